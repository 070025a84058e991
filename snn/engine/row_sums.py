"""Adding rows of 16-bit weights with vector instructions, which compiled loops do not reach.

The code is written as LLVM instructions, so it runs on every processor that Numba knows.
"""

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

TOGETHER = 8  # 8 * 4096 still fits into 16 bits
LANES = (128, 16)  # channels that are added at once; rows have a multiple of the last
WORD, SHORT, WIDE = ir.IntType(64), ir.IntType(16), ir.IntType(32)
Typed = Any  # types and values of compiled code


def _add_rows(_typing: Typed, weights: Typed, offsets: Typed, n: Typed, total: Typed) -> Typed:
    """Compute ``total[k] = sum over j < n of weights[offsets[j] + k]``.

    Args:
        weights: 16-bit numbers within +-4096, flat.
        offsets: Of 32 bits, at least ``n``, which is a multiple of 8.
        total: 32-bit numbers; their number is a multiple of 16.
    """
    return types.void(weights, offsets, n, total), _generate


add_rows: Typed = intrinsic(_add_rows)


def _generate(context: Typed, builder: ir.IRBuilder, signature: Typed, arguments: Typed) -> Typed:
    arrays = [
        context.make_array(signature.args[i])(context, builder, arguments[i]) for i in (0, 1, 3)
    ]
    channels = builder.extract_value(arrays[2].shape, 0)
    groups = builder.udiv(arguments[2], WORD(TOGETHER))
    first = WORD(0)
    for lanes in LANES:
        count = builder.udiv(builder.sub(channels, first), WORD(lanes))
        with cgutils.for_range(builder, count) as part:
            place = builder.add(first, builder.mul(part.index, WORD(lanes)))
            _add_part(builder, arrays, groups, place, lanes)
        first = builder.add(first, builder.mul(count, WORD(lanes)))
    return context.get_dummy_value()


def _add_part(
    builder: ir.IRBuilder, arrays: Typed, groups: Typed, place: Typed, lanes: int
) -> None:
    """Add up ``lanes`` channels from ``place`` on, in registers."""
    weights, offsets, total = arrays
    wide = ir.VectorType(WIDE, lanes)
    sums = cgutils.alloca_once(builder, wide)  # type: ignore[no-untyped-call]
    builder.store(ir.Constant(wide, None), sums)
    with cgutils.for_range(builder, groups) as group:
        rows = []
        for j in range(TOGETHER):
            at = builder.add(builder.mul(group.index, WORD(TOGETHER)), WORD(j))
            offset = builder.zext(builder.load(builder.gep(offsets.data, [at])), WORD)
            rows.append(_row(builder, weights, builder.add(offset, place), lanes))
        short = rows[0]
        for row in rows[1:]:
            short = builder.add(short, row)
        builder.store(builder.add(builder.load(sums), builder.sext(short, wide)), sums)
    target = builder.bitcast(builder.gep(total.data, [place]), wide.as_pointer())
    builder.store(builder.load(sums), target, align=4)


def _row(builder: ir.IRBuilder, weights: Typed, offset: Typed, lanes: int) -> Typed:
    narrow = ir.VectorType(SHORT, lanes)
    pointer = builder.bitcast(builder.gep(weights.data, [offset]), narrow.as_pointer())
    return builder.load(pointer, align=2)
