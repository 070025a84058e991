"""Saves what can still be read of a damaged store into a new one.

A file of SQLite is a row of pages, and the rows of a table lie in leaves. Whatever the pages above
them hold, each leaf can be read by itself: it is put where a sound, empty store has its table.
"""

import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from envs.store import EvaluationStore, StoreError
from envs.store_file import COLUMNS
from envs.store_rows import Row, context_of, evaluation_of, visit_of

LEAF = 13  # first byte of a page that holds rows of a table
KEY_LENGTH = 64  # of a digest in hexadecimal
BESIDE = ("", "-wal", "-shm")  # the file, and SQLite's own beside it
UNREADABLE = (sqlite3.Error, ValueError, TypeError, RecursionError)


@dataclass(frozen=True)
class Rescued:
    """What was saved.

    Attributes:
        kept: Where the damaged file lies now.
        is_of_known_code: Whether what all evaluations depend on is among it: no search goes on
            with others.
    """

    n_evaluations: int
    n_visits: int
    kept: Path
    is_of_known_code: bool


def rescue(path: Path) -> Rescued:
    """Put a new store in the place of a damaged one, which is kept beside it.

    What cannot be read, or is not what was put there, is left out.

    Raises:
        StoreError: If nothing can be read, or the new store not be written; all is as before then.
    """
    new = path.with_name(f"{path.name}.new")
    new.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory() as folder, closing(EvaluationStore(new)) as store:
        _save(_pages(path, Path(folder)), Path(folder, "sound"), store)
        found, n_visits, context = len(store), len(store.visits()), store.context()
    if not found:
        new.unlink()
        raise StoreError(f"{path}: no evaluation can be read")
    kept = _free(path)
    for ending in BESIDE:
        with suppress(FileNotFoundError):
            path.with_name(path.name + ending).replace(kept.with_name(kept.name + ending))
    new.replace(path)
    return Rescued(found, n_visits, kept, context is not None)


def _free(path: Path) -> Path:
    """A name for the damaged file that none has yet."""
    n, free = 1, path.with_name(f"{path.name}.damaged")
    while free.exists():
        n += 1
        free = path.with_name(f"{path.name}.damaged-{n}")
    return free


def _pages(path: Path, folder: Path) -> bytes:
    """The content of a file, with what SQLite had still to put into it."""
    for ending in BESIDE:
        with suppress(FileNotFoundError):
            shutil.copy(path.with_name(path.name + ending), folder / f"damaged{ending}")
    copy = folder / "damaged"
    with suppress(sqlite3.Error), closing(sqlite3.connect(copy)) as damaged:
        damaged.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    return copy.read_bytes()


def _save(content: bytes, sound: Path, store: EvaluationStore) -> None:
    """Put every row of every leaf that is what `EvaluationStore` writes into a store."""
    with closing(EvaluationStore(sound)), closing(sqlite3.connect(sound)) as empty:
        roots = dict(empty.execute("SELECT name, rootpage FROM sqlite_schema"))
        n_bytes = empty.execute("PRAGMA page_size").fetchone()[0]
    whole = content + bytes(-len(content) % n_bytes)  # a file cut short ends within a page
    first = bytearray(sound.read_bytes()[:n_bytes])
    first[28:32] = (len(whole) // n_bytes).to_bytes(4, "big")  # pages of the file
    sound.write_bytes(bytes(first) + whole[n_bytes:])
    takers: dict[str, Callable[[Row], None]] = {
        "evaluations": lambda row: _put(store, row),
        "visits": lambda row: _visit(store, row),
        "context": lambda row: store.keep_context(context_of(row)),
    }
    for at in (one for one in range(n_bytes, len(whole), n_bytes) if whole[one] == LEAF):
        with sound.open("r+b") as file:
            for root in (roots[table] for table in COLUMNS):
                file.seek((root - 1) * n_bytes)
                file.write(whole[at : at + n_bytes])
        for table, take in takers.items():
            for row in _rows(sound, table):
                with suppress(*UNREADABLE, StoreError):
                    take(row)


def _rows(path: Path, table: str) -> Iterator[Row]:
    """The rows of a table, each looked up by itself: others that cannot be read do not matter."""
    with closing(sqlite3.connect(path)) as file, suppress(sqlite3.Error):
        for (rowid,) in file.execute(f"SELECT rowid FROM {table} NOT INDEXED").fetchall():  # noqa: S608
            with suppress(sqlite3.Error):
                query = f"SELECT {', '.join(COLUMNS[table])} FROM {table} WHERE rowid = ?"  # noqa: S608
                yield file.execute(query, (rowid,)).fetchone()


def _put(store: EvaluationStore, row: Row) -> None:
    key, evaluation = evaluation_of(row)
    if len(key) == KEY_LENGTH:
        store.put(key, evaluation)


def _visit(store: EvaluationStore, row: Row) -> None:
    visit = visit_of(row)
    if len(visit[1]) == KEY_LENGTH:  # a row of another table has something else there
        store.visit([visit])
