"""Evaluations that several searches share, in PostgreSQL or in one SQLite file."""

import json
import socket
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, IntegrityError, ProgrammingError, SQLAlchemyError

from envs.evaluation import Evaluation
from envs.store_url import SQLITE, SharedStoreError, secrets_of, store_url, without_password

T = TypeVar("T")
RETRY_S = 12.0  # a server that restarts is back by then; with a last attempt less than 30 s
PAUSE_S = 0.5  # between attempts
AT_ONCE = 500  # keys in one statement
MISSING = "PostgreSQL needs the package psycopg; pip install 'coexplore[postgresql]'"
LOST = ("08", "57P")  # SQLSTATE of lost connections, and of a server that shuts down or starts

TEXTS = ("choices", "metrics", "infeasible", "stage_s")  # as JSON, in ASCII for any encoding
EVALUATIONS = sa.Table(
    "coexplore_evaluations",
    sa.MetaData(),
    sa.Column("key", sa.String(64), primary_key=True),
    *(sa.Column(name, sa.Text, nullable=name == "infeasible") for name in TEXTS),
    sa.Column("fidelity", sa.Text, nullable=False),
    sa.Column("wall_s", sa.Double, nullable=False),
    sa.Column("host", sa.Text, nullable=False),
    sa.Column("created", sa.DateTime, nullable=False, server_default=sa.func.now()),
)

# what a connection asks of PostgreSQL, unless the address says otherwise: none hangs for ever, and
# the locks of a machine that is gone are freed
ASKED: dict[str, Any] = {
    "connect_timeout": 10,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 2,
    "tcp_user_timeout": 15_000,
    "application_name": "coexplore",
    "options": "-c statement_timeout=15s -c tcp_keepalives_idle=30 -c tcp_keepalives_interval=10 "
    "-c tcp_keepalives_count=3",
}


class SharedStore:
    """Evaluations by key, in a database that any number of processes use at once.

    Every statement is a transaction of its own. A lost connection is made again for some seconds.

    Args:
        address: As SQLAlchemy has it: ``postgresql+psycopg://...`` or ``sqlite:///...``.

    Raises:
        SharedStoreError: If the database cannot be used, in one line.
    """

    def __init__(self, address: str) -> None:
        self._url = store_url(address)
        self.told = without_password(address)
        self._is_server = self._url.drivername != SQLITE
        self._insert = (postgresql if self._is_server else sqlite).insert(EVALUATIONS)
        self._connection: sa.Connection | None = None
        self._engine = self._made()
        try:
            self._begin(self._connected())
        except SQLAlchemyError as error:
            self.close()
            raise self._error(error) from error

    def find(self, keys: Sequence[str]) -> dict[str, Evaluation]:
        """Return the evaluations that are known, by key."""
        found: dict[str, Evaluation] = {}
        for some in _parts(keys):
            query = sa.select(EVALUATIONS).where(EVALUATIONS.c.key.in_(some))
            rows = self._done(partial(_rows, query))
            found |= {row.key: _evaluation(row) for row in rows}
        return found

    def put(self, key: str, evaluation: Evaluation) -> None:
        """Commit one evaluation; one that another process has put before stays."""
        why = evaluation.infeasible
        statement = self._insert.values(
            key=key,
            choices=json.dumps(dict(evaluation.choices)),
            metrics=json.dumps(dict(evaluation.metrics)),
            infeasible=None if why is None else json.dumps(why),
            stage_s=json.dumps(dict(evaluation.stage_s)),
            fidelity=evaluation.fidelity,
            wall_s=evaluation.wall_s,
            host=socket.gethostname(),
        ).on_conflict_do_nothing()
        self._done(lambda connection: connection.execute(statement))

    def claimed(self, keys: Iterable[str]) -> set[str]:
        """Claim keys that no other process has claimed; return those that are ours now.

        The claims are locks of the connection: they end with this process, however that ends. A
        file keeps none, and every key is granted.
        """
        names = {_number(key): key for key in keys}
        if not self._is_server:
            return set(names.values())
        wanted = sa.func.unnest(sa.cast([*names], postgresql.ARRAY(sa.BigInteger)))
        number = wanted.column_valued("number")
        query = sa.select(number).where(sa.func.pg_try_advisory_lock(number))
        return {names[one] for one in self._done(lambda c: c.execute(query).scalars().all())}

    def release(self, key: str) -> None:
        """Give up a claim."""
        if self._is_server:
            query = sa.select(sa.func.pg_advisory_unlock(_number(key)))
            self._done(lambda connection: connection.execute(query).all())

    def close(self) -> None:
        """Give up every claim, and the connection."""
        self._drop()
        self._engine.dispose()

    def _made(self) -> sa.Engine:
        asked = {name: value for name, value in ASKED.items() if name not in self._url.query}
        try:
            return sa.create_engine(
                self._url,
                isolation_level="AUTOCOMMIT",
                connect_args=asked if self._is_server else {"timeout": 15},
            )
        except ImportError as error:
            raise SharedStoreError(MISSING) from error

    def _begin(self, connection: sa.Connection) -> None:
        """Have the table, and see that it can be read and written."""
        if not sa.inspect(connection).has_table(EVALUATIONS.name):
            made = sa.schema.CreateTable(EVALUATIONS, if_not_exists=True)
            with suppress(IntegrityError, ProgrammingError):  # another process makes it just now
                connection.execute(made)
            connection.execute(made)
        nothing = sa.select(EVALUATIONS).where(sa.false())
        connection.execute(EVALUATIONS.insert().from_select([*EVALUATIONS.c.keys()], nothing))

    def _connected(self) -> sa.Connection:
        if self._connection is None:
            self._connection = self._engine.connect()
            if not self._is_server:
                self._connection.exec_driver_sql("PRAGMA journal_mode=WAL")
                self._connection.exec_driver_sql("PRAGMA synchronous=NORMAL")
        return self._connection

    def _done(self, work: Callable[[sa.Connection], T]) -> T:
        """Do what may be done twice, again if the connection is lost."""
        until = time.monotonic() + RETRY_S
        while True:
            try:
                return work(self._connected())
            except SQLAlchemyError as error:
                self._drop()
                if not (self._is_server and _is_lost(error)) or time.monotonic() > until:
                    raise self._error(error) from error
                time.sleep(PAUSE_S)

    def _drop(self) -> None:
        """End the connection; the next one is a new one."""
        if self._connection is not None:
            with suppress(SQLAlchemyError):
                self._connection.invalidate()
            with suppress(SQLAlchemyError):
                self._connection.close()
            self._connection = None

    def _error(self, error: SQLAlchemyError) -> SharedStoreError:
        """What the driver says, in one line; it never tells a password, and neither do we."""
        said = str(getattr(error, "orig", None) or error).strip().splitlines() or ["no answer"]
        text = said[0]
        for secret in secrets_of(self._url):
            text = text.replace(secret, "***")
        if "password" in text and not secrets_of(self._url):
            text += " (none is kept with a run: PGPASSWORD, ~/.pgpass or store=URL give it)"
        return SharedStoreError(f"{self.told}: {text}")


def _is_lost(error: SQLAlchemyError) -> bool:
    """Whether the connection is gone, or cannot be made just now."""
    if not isinstance(error, DBAPIError):
        return False
    state = getattr(error.orig, "sqlstate", None)
    return error.connection_invalidated or state is None or state.startswith(LOST)


def _rows(query: sa.Select[Any], connection: sa.Connection) -> Sequence[sa.Row[Any]]:
    return connection.execute(query).all()


def _parts(keys: Sequence[str]) -> Iterator[Sequence[str]]:
    return (keys[i : i + AT_ONCE] for i in range(0, len(keys), AT_ONCE))


def _number(key: str) -> int:
    """A key as a lock has it: 64 bits of it, with a sign."""
    return int.from_bytes(bytes.fromhex(key[:16]), signed=True)


def _evaluation(row: sa.Row[Any]) -> Evaluation:
    return Evaluation(
        json.loads(row.choices),
        json.loads(row.metrics),
        None if row.infeasible is None else json.loads(row.infeasible),
        row.wall_s,
        row.fidelity,
        json.loads(row.stage_s),
    )
