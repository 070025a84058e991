"""How numeric code is compiled: once per machine, and again when any of its sources changes."""

import fcntl
import hashlib
import os
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
from numba.core import config

Function = TypeVar("Function", bound=Callable[..., Any])
NOT_FROM_PYTHON: dict[str, Any] = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
INTERNALS = ("_insert", "_compile_for_args", "overloads")  # of Numba, that this can do without


class Store:
    """Compiles the functions of one package, and keeps what Python calls on disk.

    Numba renews stored code when the function's own file changes, not when a file it calls into
    does. So the directory of the store is named after every source of the package, and the data
    that they read while they are compiled.

    Args:
        package: Its directory; sources are its modules and those of ``folders`` in it.
        what: Is compiled, for people.
        takes_s: Time that it takes, about.
        data: Files whose content is compiled in.
        options: Of `numba.njit`, for every function.
    """

    def __init__(
        self,
        package: Path,
        what: str,
        takes_s: int,
        folders: Iterable[str] = (),
        data: Iterable[Path] = (),
        **options: Any,  # noqa: ANN401 (Numba's)
    ) -> None:
        self._package, self._what, self._takes_s = package, what, takes_s
        self._folders, self._data, self._options = tuple(folders), tuple(data), options

    def compiled(self, function: Function) -> Function:
        """Compile a function that other compiled functions call; it is not kept."""
        return self._inner(function, **self._options)

    def inlined(self, function: Function) -> Function:
        """The same, and copied to wherever it is called."""
        return self._inner(function, forceinline=True, **self._options)

    def _inner(self, function: Function, **options: Any) -> Function:  # noqa: ANN401 (Numba's)
        """Leave what Python calls, a third of the time that compiling takes, until it does."""
        whole = numba.njit(**options)(function)
        if not all(hasattr(whole, name) for name in INTERNALS):  # of another Numba, or without it
            return cast("Function", whole)
        made = numba.njit(**NOT_FROM_PYTHON, **options)(function)
        _call_another(made, whole)
        return cast("Function", made)

    def entry(self, function: Function) -> Function:
        """Compile a function that Python calls; other threads run beside it."""
        before = config.CACHE_DIR  # type: ignore[attr-defined]
        config.CACHE_DIR = str(self.path)  # type: ignore[attr-defined]
        try:
            made = numba.njit(cache=True, nogil=True, **self._options)(function)
        finally:
            config.CACHE_DIR = before  # type: ignore[attr-defined]
        if made is not function:  # which it is under NUMBA_DISABLE_JIT
            made.compile = self._one_at_a_time(function.__qualname__, made.compile)
        return cast("Function", made)

    def _one_at_a_time(self, name: str, compile_: Callable[..., Any]) -> Callable[..., Any]:
        """What the first of several processes compiles is what the others wait for and load."""

        def compiled(signature: object) -> Any:  # noqa: ANN401 (Numba's)
            with self._told(), _locked(self.path / f"{name}.lock"):
                return compile_(signature)

        return compiled

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Name the place where the disk is full, which Numba does not."""
        try:
            yield
        except OSError as error:
            raise OSError(error.errno, error.strerror, str(self.path)) from error

    @cached_property
    def path(self) -> Path:
        """Directory of the compiled code: in the package, or where else it can be written."""
        lasting = (place for place in _lasting(self._package) if _is_writable(place))
        parent = next(lasting, None) or _temporary()
        return parent / f"numba-{self._digest()}"

    def is_stored(self, function: str = "") -> bool:
        """Whether an entry of that name, or any, was compiled before."""
        return any(self.path.rglob(f"*{function}-*.nbc"))

    def announce(self, function: str = "") -> None:
        """Say on stderr that the first call will take its time, if it will."""
        if not self.is_stored(function):
            sys.stderr.write(
                f"compiling {self._what}, once on this machine: about {self._takes_s} s ...\n"
            )

    def _digest(self) -> str:
        folders = (self._package, *(self._package / name for name in self._folders))
        sources = [path for folder in folders for path in folder.glob("*.py")]
        whole = hashlib.sha256()
        for path in sorted([*sources, *self._data]):
            whole.update(path.name.encode() + path.read_bytes())
        return whole.hexdigest()[:16]


def _lasting(package: Path) -> Iterator[Path]:
    """In the package, else in the user's cache, if the user has a home."""
    yield package / "__pycache__"
    with suppress(RuntimeError):
        yield Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "coexplore"


def _temporary() -> Path:
    """A folder among the temporary files that nobody else can put code into."""
    place = Path(tempfile.gettempdir()) / f"coexplore-{os.getuid()}"
    place.mkdir(mode=0o700, exist_ok=True)
    is_ours = place.lstat().st_uid == os.getuid()
    return place if is_ours else Path(tempfile.mkdtemp(prefix="coexplore-"))


def _call_another(made: Any, whole: Any) -> None:  # noqa: ANN401 (Numba's)
    """Have Python call another dispatcher's code, for this one has none that it can call."""
    insert = made._insert  # noqa: SLF001 (what Python calls by kinds of arguments)

    def compiled(*arguments: object, **named: object) -> object:
        found = whole._compile_for_args(*arguments, **named)  # noqa: SLF001 (as Numba does)
        for signature, one in whole.overloads.items():
            insert([kind._code for kind in signature], one.entry_point)  # noqa: SLF001
        return found

    made._insert = lambda *_: None  # noqa: SLF001
    made._compile_for_args = compiled  # noqa: SLF001 (asked for what was not inserted)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _is_writable(path: Path) -> bool:
    existing = next(parent for parent in (path, *path.parents) if parent.exists())
    return os.access(existing, os.W_OK)
