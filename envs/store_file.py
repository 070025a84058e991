"""The file of a store: its tables, and how it is opened."""

import sqlite3
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

SCHEMA = """
CREATE TABLE IF NOT EXISTS evaluations (
    key TEXT PRIMARY KEY, choices TEXT NOT NULL, metrics TEXT NOT NULL, infeasible TEXT,
    wall_s REAL NOT NULL, created TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP,
    fidelity TEXT NOT NULL DEFAULT 'full', stage_s TEXT NOT NULL DEFAULT '{}', checksum INTEGER
);
CREATE TABLE IF NOT EXISTS visits (
    step INTEGER PRIMARY KEY, key TEXT NOT NULL, reward REAL NOT NULL, checksum INTEGER
);
CREATE TABLE IF NOT EXISTS context (
    id INTEGER PRIMARY KEY CHECK (id = 0), content TEXT NOT NULL, checksum INTEGER
);
"""
COLUMNS = {  # of a row, the checksum over all others last
    "evaluations": (
        "key", "choices", "metrics", "infeasible", "wall_s", "fidelity", "stage_s", "checksum",
    ),
    "visits": ("step", "key", "reward", "checksum"),
    "context": ("id", "content", "checksum"),
}  # fmt: skip
LEAST_BYTES = 512  # the smallest page of SQLite
ADDED = {  # what stores of earlier versions lack, and what they are taken to hold there
    "fidelity": ("TEXT NOT NULL", "'full'"),
    "stage_s": ("TEXT NOT NULL", "'{}'"),
    "checksum": ("INTEGER", "NULL"),
}


def to_write(path: Path | str) -> sqlite3.Connection:
    """Open a store, which is made if it is not there and gets what an earlier version lacks.

    Raises:
        sqlite3.Error: If it cannot be opened, or is not sound.
    """
    connection = sqlite3.connect(path)
    try:
        _check_sound(connection, path)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.executescript(SCHEMA)
        _add_columns(connection)
    except Exception:
        connection.close()
        raise
    return connection


def to_read(path: Path) -> sqlite3.Connection:
    """Open a store that is there, also in a folder in which nothing can be written.

    Raises:
        sqlite3.Error: If it cannot be opened, is no store or not sound.
    """
    with suppress(sqlite3.OperationalError):  # SQLite's own files beside it cannot be made
        return _asked(path, "mode=ro")
    return _asked(path, "immutable=1")


def selections(connection: sqlite3.Connection) -> Mapping[str, str]:
    """What to select of each table for a row of `COLUMNS`, also of an old store."""
    return {table: ", ".join(_selected(connection, table)) for table in COLUMNS}


def insertion(table: str) -> str:
    """The statement that inserts rows of `COLUMNS`."""
    names = COLUMNS[table]
    return f"INTO {table} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"


def _is_cut_short(path: Path | str) -> bool:
    """Whether so little is left of a file that SQLite takes it for an empty one."""
    try:
        return 0 < Path(path).stat().st_size < LEAST_BYTES
    except OSError:
        return False


def _check_sound(connection: sqlite3.Connection, path: Path | str) -> None:
    found = connection.execute("PRAGMA integrity_check(1)").fetchone()
    if _is_cut_short(path) or found != ("ok",):
        raise sqlite3.DatabaseError("database disk image is malformed")


def _asked(path: Path, how: str) -> sqlite3.Connection:
    connection = sqlite3.connect(f"{path.resolve().as_uri()}?{how}", uri=True)
    try:
        connection.execute("SELECT 1 FROM evaluations, visits LIMIT 1")
        _check_sound(connection, path)
    except Exception:
        connection.close()
        raise
    return connection


def _add_columns(connection: sqlite3.Connection) -> None:
    for table in COLUMNS:
        for name in _missing(connection, table):
            kind, default = ADDED[name]
            connection.execute(f"ALTER TABLE {table} ADD COLUMN {name} {kind} DEFAULT {default}")


def _missing(connection: sqlite3.Connection, table: str) -> list[str]:
    there = {name for _, name, *_ in connection.execute(f"PRAGMA table_info({table})")}
    return [name for name in COLUMNS[table] if name in ADDED and name not in there]


def _selected(connection: sqlite3.Connection, table: str) -> list[str]:
    missing = _missing(connection, table)
    return [ADDED[name][1] if name in missing else name for name in COLUMNS[table]]
