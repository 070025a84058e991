"""How the engines are compiled; whoever calls an `entry` compiles it once per machine."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from configs.compilation import Store

if TYPE_CHECKING:
    from collections.abc import Callable

STORE = Store(Path(__file__).parent, "the simulator", takes_s=15, error_model="numpy")
compiled, inlined, entry = STORE.compiled, STORE.inlined, STORE.entry
Row = Any
"""A row of a table: Numba passes its address, so that no references are counted."""


def _at(_: Any, table: Any, index: Any) -> Any:  # noqa: ANN401 (Numba's own types)
    """A row of a table that is given by its first row; no index is checked, or taken from behind.

    Numba compares every signed index of an array with 0, and counts references of the array.
    """
    if not isinstance(table, types.Record) or not isinstance(index, types.Integer):
        return None

    def generate(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:  # noqa: ANN401
        first, number = arguments
        size = context.get_constant(types.intp, table.size)
        return cgutils.pointer_add(builder, first, builder.mul(number, size))  # type: ignore[no-untyped-call]

    return table(table, types.intp), generate


def _rows(_: Any, block: Any, _offset: Any, dtype: Any) -> Any:  # noqa: ANN401
    """The first row of a table that begins at some byte of a block of memory."""
    if not isinstance(dtype, types.DType) or not isinstance(dtype.dtype, types.Record):
        return None

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ANN401
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        row = cgutils.pointer_add(builder, array.data, arguments[1])  # type: ignore[no-untyped-call]
        return builder.bitcast(row, context.get_value_type(dtype.dtype))

    return dtype.dtype(block, types.intp, dtype), generate


def _lowest_bit(_: Any, word: Any) -> Any:  # noqa: ANN401
    """Position of the lowest bit that is set; of 0, undefined."""
    if not isinstance(word, types.Integer):
        return None

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:  # noqa: ANN401
        return builder.cttz(arguments[0], cgutils.true_bit)

    return types.int64(types.int64), generate


at = cast("Callable[[Row, int], Row]", intrinsic(_at))
rows = cast("Callable[[Any, int, Any], Row]", intrinsic(_rows))
lowest_bit = cast("Callable[[int], int]", intrinsic(_lowest_bit))
