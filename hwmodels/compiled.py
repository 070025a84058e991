"""How the numeric core is compiled; whoever calls an `entry` compiles it once per machine."""

import hashlib
import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
from numba.core import config

Function = TypeVar("Function", bound=Callable[..., Any])
Record = Any  # one row of a table: its fields are numbers
_PACKAGE = Path(__file__).parent
_DATA = _PACKAGE.parent / "configs" / "layout"


def compiled(function: Function) -> Function:
    """Compile a function into the compiled functions that call it; 0/0 is NaN as in numpy.

    Inlined: a call hands a chip over as its hundred numbers, which took half of an estimate's time.
    """
    return cast("Function", numba.njit(error_model="numpy", forceinline=True)(function))


def entry(function: Function) -> Function:
    """Compile a function that Python calls, and keep the result on disk.

    Numba renews stored code when the function's own file changes, not when a file it calls into
    does. So the store is named after every source of this package and the constants they read.
    """
    before = config.CACHE_DIR  # type: ignore[attr-defined]
    config.CACHE_DIR = str(store())  # type: ignore[attr-defined]
    try:
        return cast("Function", numba.njit(error_model="numpy", cache=True)(function))
    finally:
        config.CACHE_DIR = before  # type: ignore[attr-defined]


@cache
def store() -> Path:
    """Directory of the compiled code: beside the package, or the user's where that is read-only."""
    beside = _PACKAGE / "__pycache__"
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    parent = beside if _is_writable(beside) else caches / "coexplore"
    return parent / f"numba-{_digest()}"


def is_stored() -> bool:
    """Whether the code was compiled before; if not, the first estimate takes some 40 s."""
    return any(store().rglob("*.nbc"))


def _is_writable(path: Path) -> bool:
    existing = next(parent for parent in (path, *path.parents) if parent.exists())
    return os.access(existing, os.W_OK)


def _digest() -> str:
    sources = [*_PACKAGE.glob("*.py"), *_PACKAGE.glob("components/*.py"), *_DATA.glob("*.yaml")]
    return hashlib.sha256(b"".join(path.read_bytes() for path in sorted(sources))).hexdigest()[:16]
