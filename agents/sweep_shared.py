"""The file that the searches of a sweep share, checked where a mistake can be told in one line."""

import sqlite3
from contextlib import closing
from pathlib import Path

from agents.usage import UsageError
from envs.store import NO_FAULT_OF_THE_FILE
from envs.store_url import SharedStoreError

SHARED = "shared.sqlite"  # in the folder of the sweep


def check_shared(folder: Path) -> None:
    """See that what searches have shared before can be read.

    Raises:
        UsageError: If not; with what may be done, if it is damaged.
    """
    path = folder / SHARED
    if not path.exists():
        return
    from envs.shared_store import SharedStore  # noqa: PLC0415 (loads SQLAlchemy)

    try:
        _check_pages(path)
        SharedStore(f"sqlite:///{path.resolve()}").close()
    except (sqlite3.Error, SharedStoreError) as error:
        raise UsageError(f"resume: {path}: {_told(path, error)}") from error


def _check_pages(path: Path) -> None:
    with closing(sqlite3.connect(path)) as store:
        found = str(store.execute("PRAGMA quick_check(1)").fetchone()[0])
    if found != "ok":
        raise sqlite3.DatabaseError(found)


def _told(path: Path, error: Exception) -> str:
    """What is wrong; of a damaged file also that it may go: SQLite's own beside it go with it."""
    said = getattr(error.__cause__, "orig", error)  # what SQLite said, below SQLAlchemy
    code = getattr(said, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT)
    if code & 0xFF in NO_FAULT_OF_THE_FILE:
        return str(said)
    return (
        f"is damaged ({said}); move {path}* away: it only saves work, since searches keep what "
        "they have evaluated in stores of their own"
    )
