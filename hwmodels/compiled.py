"""Numba, set up once: compiled functions, and entries whose machine code is kept on disk."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import numba

Function = TypeVar("Function", bound=Callable[..., Any])
Record = Any  # one row of a structured array: fields are attributes

_PACKAGE = Path(__file__).parent
_DATA = _PACKAGE.parent / "configs" / "layout"


def compiled(function: Function) -> Function:
    """Compile a function; a division by zero yields infinity, as in numpy."""
    return cast("Function", numba.njit(error_model="numpy")(function))


def entry(function: Function) -> Function:
    """Compile a function that Python calls, and keep the result on disk.

    Numba renews stored code when the function's own file changes, not when a file it calls into
    does. So the store is named after every source of this package and the constants they read.
    """
    before = numba.config.CACHE_DIR
    numba.config.CACHE_DIR = str(_PACKAGE / "__pycache__" / f"numba-{_digest()}")
    try:
        return cast("Function", numba.njit(error_model="numpy", cache=True)(function))
    finally:
        numba.config.CACHE_DIR = before


def _digest() -> str:
    sources = [*sorted(_PACKAGE.rglob("*.py")), *sorted(_DATA.glob("*.yaml"))]
    return hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()[:16]
