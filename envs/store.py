"""Memo of every evaluation in SQLite: one writer, one commit per result."""

import hashlib
import json
import math
import shlex
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from configs.arguments import one_line
from envs.evaluation import Evaluation

SCHEMA = """
CREATE TABLE IF NOT EXISTS evaluations (
    key TEXT PRIMARY KEY, choices TEXT NOT NULL, metrics TEXT NOT NULL, infeasible TEXT,
    wall_s REAL NOT NULL, created TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP,
    fidelity TEXT NOT NULL DEFAULT 'full', stage_s TEXT NOT NULL DEFAULT '{}'
);
CREATE TABLE IF NOT EXISTS visits (
    step INTEGER PRIMARY KEY, key TEXT NOT NULL, reward REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS context (id INTEGER PRIMARY KEY CHECK (id = 0), content TEXT NOT NULL);
"""


ADDED = {  # columns that stores of earlier versions lack
    "fidelity": "TEXT NOT NULL DEFAULT 'full'",
    "stage_s": "TEXT NOT NULL DEFAULT '{}'",
}


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
            self._connection = _to_read(Path(path)) if is_read_only else _to_write(path)
            self._added = _added(self._connection)

    def __len__(self) -> int:
        """Return the number of evaluations."""
        count: int = self._rows("SELECT COUNT(*) FROM evaluations")[0][0]
        return count

    def get(self, key: str) -> Evaluation | None:
        """Return the evaluation under a key, or None.

        Raises:
            DamagedStoreError: If what is stored there is none.
        """
        rows = self._rows(
            f"SELECT choices, metrics, infeasible, wall_s, {self._added} FROM evaluations "  # noqa: S608 (names of our own)
            "WHERE key = ?",
            (key,),
        )
        if not rows:
            return None
        with told_of(self.path):
            return evaluation_of(rows[0])

    def put(self, key: str, evaluation: Evaluation) -> None:
        """Commit one evaluation.

        Raises:
            StoreError: If the key is known already: nothing is ever evaluated twice.
        """
        if self.get(key) is not None:
            raise StoreError(f"evaluated twice: {dict(evaluation.choices)}")
        self._commit(
            "INSERT INTO evaluations "
            "(key, choices, metrics, infeasible, wall_s, fidelity, stage_s) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    key,
                    json.dumps(dict(evaluation.choices)),
                    json.dumps(dict(evaluation.metrics)),
                    evaluation.infeasible,
                    evaluation.wall_s,
                    evaluation.fidelity,
                    json.dumps(dict(evaluation.stage_s)),
                )
            ],
        )

    def context(self) -> dict[str, Any] | None:
        """Return what the evaluations depend on, as `keep_context` was told; None if never."""
        rows = self._rows("SELECT content FROM context")
        with told_of(self.path):
            return _object(rows[0][0]) if rows else None

    def keep_context(self, context: Mapping[str, Any]) -> None:
        """Commit what all evaluations depend on, as plain data."""
        self._commit("INSERT OR REPLACE INTO context VALUES (0, ?)", [(json.dumps(context),)])

    def visit(self, visits: list[tuple[int, str, float]]) -> None:
        """Commit (step, key, reward) rows; a step written again is replaced."""
        self._commit("INSERT OR REPLACE INTO visits VALUES (?, ?, ?)", visits)

    def visits(self) -> list[tuple[int, str, float]]:
        """Return all (step, key, reward) rows in order."""
        rows = self._rows("SELECT step, key, reward FROM visits ORDER BY step")
        with told_of(self.path):
            return [visit_of(row) for row in rows]

    def _rows(self, query: str, values: Sequence[object] = ()) -> list[Any]:
        with told_of(self.path):
            return self._connection.execute(query, values).fetchall()

    def _commit(self, query: str, rows: Sequence[Sequence[object]]) -> None:
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


def evaluation_of(row: Sequence[Any]) -> Evaluation:
    """An evaluation of its columns: choices, metrics, infeasible, wall_s, fidelity, stage_s.

    Raises:
        TypeError: If they do not hold what `put` writes ...
        ValueError: ... or no JSON, or no finite number.
    """
    choices, metrics, infeasible, wall_s, fidelity, stage_s = row
    if not (isinstance(infeasible, str | None) and isinstance(fidelity, str)):
        raise TypeError("an evaluation is damaged")
    return Evaluation(
        _object(choices), _numbers(metrics), infeasible, _number(wall_s), fidelity,
        _numbers(stage_s),
    )  # fmt: skip


def visit_of(row: Sequence[Any]) -> tuple[int, str, float]:
    """A visit of its columns: step, key, reward.

    Raises:
        TypeError: If they do not hold what `visit` writes ...
        ValueError: ... or no finite number.
    """
    step, key, reward = row
    if not isinstance(key, str):
        raise TypeError("a visit is damaged")
    return step, key, _number(reward)


def _object(text: str) -> dict[str, Any]:
    found = json.loads(text)
    if not isinstance(found, dict):
        raise TypeError("no JSON object")
    return found


def _numbers(text: str) -> dict[str, float]:
    return {name: _number(value) for name, value in _object(text).items()}


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError("no finite number")
    return value


def _to_write(path: Path | str) -> sqlite3.Connection:
    connection = sqlite3.connect(path)
    if connection.execute("PRAGMA integrity_check(1)").fetchone() != ("ok",):
        raise sqlite3.DatabaseError("database disk image is malformed")
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.executescript(SCHEMA)
    for name in _missing(connection):
        connection.execute(f"ALTER TABLE evaluations ADD COLUMN {name} {ADDED[name]}")
    return connection


def _to_read(path: Path) -> sqlite3.Connection:
    """Open a store that is there, also in a folder in which nothing can be written."""
    place = path.resolve().as_uri()
    try:
        return _asked(f"{place}?mode=ro")
    except sqlite3.OperationalError:  # SQLite's own files beside the store cannot be made
        return _asked(f"{place}?immutable=1")


def _asked(place: str) -> sqlite3.Connection:
    connection = sqlite3.connect(place, uri=True)
    connection.execute("SELECT 1 FROM evaluations, visits LIMIT 1")
    return connection


def _missing(connection: sqlite3.Connection) -> list[str]:
    there = {name for _, name, *_ in connection.execute("PRAGMA table_info(evaluations)")}
    return [name for name in ADDED if name not in there]


def _added(connection: sqlite3.Connection) -> str:
    """What to ask for the added columns: their defaults where an old store is only read."""
    defaults = {name: kind.rpartition(" ")[2] for name, kind in ADDED.items()}
    missing = _missing(connection)
    return ", ".join(defaults[name] if name in missing else name for name in ADDED)
