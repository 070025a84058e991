"""Memo of every evaluation in SQLite: one writer, one commit per result."""

import hashlib
import json
import shlex
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from configs.arguments import one_line
from envs.evaluation import Evaluation
from envs.store_file import insertion, selections, to_read, to_write
from envs.store_rows import (
    Row,
    context_of,
    context_row,
    evaluation_of,
    evaluation_row,
    visit_of,
    visit_row,
)

NO_FAULT_OF_THE_FILE = {  # but of the disk, or of who may do what; anything else is damage
    sqlite3.SQLITE_BUSY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_PERM, sqlite3.SQLITE_READONLY,
}  # fmt: skip


class StoreError(ValueError):
    """A store file that cannot be read or written."""


class DamagedStoreError(StoreError):
    """A store file that does not hold what was put there; `envs.rescue` saves what it can."""


def digest(data: object) -> str:
    """SHA-256 of the canonical JSON of plain data, in hexadecimal."""
    text = json.dumps(data, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


class EvaluationStore:
    """Evaluations by key, and the order in which a search visited them.

    A result is on disk when `put` returns: a killed process loses only what was still running.

    Args:
        is_read_only: Nothing is written, and the file has to be there.

    Raises:
        StoreError: If the file is no store, or cannot be opened.
    """

    def __init__(self, path: Path | str = ":memory:", *, is_read_only: bool = False) -> None:
        self.path = path
        with told_of(path):
            self._connection = to_read(Path(path)) if is_read_only else to_write(path)
            self._selections = selections(self._connection)

    def __len__(self) -> int:
        """Return the number of evaluations."""
        count: int = self._rows("SELECT COUNT(*) FROM evaluations")[0][0]
        return count

    def get(self, key: str) -> Evaluation | None:
        """Return the evaluation under a key, or None.

        Raises:
            DamagedStoreError: If what is stored there is none.
        """
        rows = self._selected("evaluations", "WHERE key = ?", (key,))
        with told_of(self.path):
            return evaluation_of(rows[0])[1] if rows else None

    def put(self, key: str, evaluation: Evaluation) -> None:
        """Commit one evaluation.

        Raises:
            StoreError: If the key is known already: nothing is ever evaluated twice.
        """
        if self.get(key) is not None:
            raise StoreError(f"evaluated twice: {dict(evaluation.choices)}")
        self._commit(f"INSERT {insertion('evaluations')}", [evaluation_row(key, evaluation)])

    def context(self) -> dict[str, Any] | None:
        """Return what the evaluations depend on, as `keep_context` was told; None if never."""
        rows = self._selected("context")
        with told_of(self.path):
            return context_of(rows[0]) if rows else None

    def keep_context(self, context: Mapping[str, Any]) -> None:
        """Commit what all evaluations depend on, as plain data."""
        self._commit(f"INSERT OR REPLACE {insertion('context')}", [context_row(context)])

    def visit(self, visits: Iterable[tuple[int, str, float]]) -> None:
        """Commit (step, key, reward) rows; a step written again is replaced."""
        rows = [visit_row(*visit) for visit in visits]
        self._commit(f"INSERT OR REPLACE {insertion('visits')}", rows)

    def visits(self) -> list[tuple[int, str, float]]:
        """Return all (step, key, reward) rows in order."""
        rows = self._selected("visits", "ORDER BY step")
        with told_of(self.path):
            return [visit_of(row) for row in rows]

    def _selected(self, table: str, which: str = "", values: Row = ()) -> list[Row]:
        query = f"SELECT {self._selections[table]} FROM {table} {which}"  # noqa: S608 (our names)
        return self._rows(query, values)

    def _rows(self, query: str, values: Row = ()) -> list[Row]:
        with told_of(self.path):
            return self._connection.execute(query, values).fetchall()

    def _commit(self, query: str, rows: Sequence[Row]) -> None:
        with told_of(self.path), self._connection:
            self._connection.executemany(query, rows)

    def check(self) -> None:
        """Read everything once.

        Raises:
            DamagedStoreError: If something is not what was put there.
        """
        self.context()
        self.visits()
        for (key,) in self._rows("SELECT key FROM evaluations NOT INDEXED"):
            self.get(key)

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def __del__(self) -> None:
        """Close what was forgotten: Python 3.13 warns of it."""
        with suppress(AttributeError, sqlite3.Error):  # never opened, or of another thread
            self._connection.close()


@contextmanager
def told_of(path: Path | str) -> Iterator[None]:
    """Turn whatever goes wrong with a file into one kind of error, and damage into another.

    Raises:
        StoreError: In one line.
        ProgrammingError: If the store is closed, or another thread's.
    """
    try:
        yield
    except sqlite3.ProgrammingError:  # a mistake of ours, such as asking a closed one
        raise
    except (sqlite3.Error, ValueError, TypeError, RecursionError) as error:
        code = getattr(error, "sqlite_errorcode", None) or sqlite3.SQLITE_CORRUPT
        told = f"{path} cannot be used as a store: {one_line(str(error))}"
        if code & 0xFF in NO_FAULT_OF_THE_FILE:
            raise StoreError(told) from error
        run = shlex.quote(str(Path(path).parent))
        how = f"python -m agents.rescue {run} saves what can be read"
        raise DamagedStoreError(f"{told}; {how}") from error
