"""Memo of every evaluation in SQLite: one writer, one commit per result."""

import hashlib
import json
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any

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


class StoreError(ValueError):
    """A store file that cannot be read or written."""


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
        try:
            self._connection = _to_read(Path(path)) if is_read_only else _to_write(path)
            self._added = _added(self._connection)
        except sqlite3.DatabaseError as error:
            raise StoreError(f"{path} cannot be used as a store: {error}") from error

    def __len__(self) -> int:
        """Return the number of evaluations."""
        count: int = self._connection.execute("SELECT COUNT(*) FROM evaluations").fetchone()[0]
        return count

    def get(self, key: str) -> Evaluation | None:
        """Return the evaluation under a key, or None."""
        row = self._connection.execute(
            f"SELECT choices, metrics, infeasible, wall_s, {self._added} FROM evaluations "  # noqa: S608 (names of our own)
            "WHERE key = ?",
            (key,),
        ).fetchone()
        if row is None:
            return None
        choices, metrics, infeasible, wall_s, fidelity, stage_s = row
        return Evaluation(
            json.loads(choices), json.loads(metrics), infeasible, wall_s, fidelity,
            json.loads(stage_s),
        )  # fmt: skip

    def put(self, key: str, evaluation: Evaluation) -> None:
        """Commit one evaluation.

        Raises:
            StoreError: If the key is known already: nothing is ever evaluated twice.
        """
        if self.get(key) is not None:
            raise StoreError(f"evaluated twice: {dict(evaluation.choices)}")
        with self._connection:
            self._connection.execute(
                "INSERT INTO evaluations "
                "(key, choices, metrics, infeasible, wall_s, fidelity, stage_s) "
                "VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    key,
                    json.dumps(dict(evaluation.choices)),
                    json.dumps(dict(evaluation.metrics)),
                    evaluation.infeasible,
                    evaluation.wall_s,
                    evaluation.fidelity,
                    json.dumps(dict(evaluation.stage_s)),
                ),
            )

    def context(self) -> dict[str, Any] | None:
        """Return what the evaluations depend on, as `keep_context` was told; None if never."""
        row = self._connection.execute("SELECT content FROM context").fetchone()
        content: dict[str, Any] | None = json.loads(row[0]) if row else None
        return content

    def keep_context(self, context: Mapping[str, Any]) -> None:
        """Commit what all evaluations depend on, as plain data."""
        with self._connection:
            self._connection.execute(
                "INSERT OR REPLACE INTO context VALUES (0, ?)", (json.dumps(context),)
            )

    def visit(self, visits: list[tuple[int, str, float]]) -> None:
        """Commit (step, key, reward) rows; a step written again is replaced."""
        with self._connection:
            self._connection.executemany("INSERT OR REPLACE INTO visits VALUES (?, ?, ?)", visits)

    def visits(self) -> list[tuple[int, str, float]]:
        """Return all (step, key, reward) rows in order."""
        return self._connection.execute(
            "SELECT step, key, reward FROM visits ORDER BY step"
        ).fetchall()

    def close(self) -> None:
        """Close the file."""
        self._connection.close()


def _to_write(path: Path | str) -> sqlite3.Connection:
    connection = sqlite3.connect(path)
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
