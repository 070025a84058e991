"""A store that several searches share: in one file, and in a real PostgreSQL server."""

import socket
import sqlite3
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from postgres import PASSWORD, TYPED, Server

from envs import shared_store, store_url
from envs.evaluation import Evaluation
from envs.shared_store import SharedStore
from envs.store_url import SharedStoreError, without_password

ODD = Evaluation(
    {"x": 1, "name": "ä"}, {"area_m2": 0.1 + 0.2, "tiny": 5e-324}, "not\0at all \ud800", 0.25,
    "short", {"b": 1.0, "a": 0.5},
)  # fmt: skip
KEY, OTHER = "ab" * 32, "f0" * 32


def test_an_evaluation_comes_back_to_the_last_bit(address: str) -> None:
    with closing(SharedStore(address)) as store:
        store.put(KEY, ODD)
        assert store.find([KEY, OTHER]) == {KEY: ODD}
        assert [*store.find([KEY])[KEY].stage_s] == ["b", "a"]


def test_the_first_of_two_results_stays(address: str) -> None:
    with closing(SharedStore(address)) as one, closing(SharedStore(address)) as other:
        one.put(KEY, ODD)
        other.put(KEY, Evaluation({}, {}))
        assert other.find([KEY]) == {KEY: ODD}


def test_more_keys_than_one_statement_takes_are_found(address: str) -> None:
    keys = [f"{i:064x}" for i in range(2 * shared_store.AT_ONCE + 1)]
    with closing(SharedStore(address)) as store:
        for key in (keys[0], keys[-1]):
            store.put(key, ODD)
        assert set(store.find(keys)) == {keys[0], keys[-1]}


def test_many_may_begin_and_write_at_once(address: str) -> None:
    def work(_: int) -> int:
        with closing(SharedStore(address)) as store:
            for i in range(20):
                store.put(f"{i:064x}", ODD)
            return len(store.find([f"{i:064x}" for i in range(20)]))

    with ThreadPoolExecutor(6) as pool:
        assert [*pool.map(work, range(6))] == [20] * 6


def test_what_one_has_claimed_no_other_gets(postgresql: Server) -> None:
    address = postgresql.new_database()
    with closing(SharedStore(address)) as one, closing(SharedStore(address)) as other:
        assert one.claimed([KEY]) == {KEY}
        assert other.claimed([KEY, OTHER]) == {OTHER}
        one.release(KEY)
        assert other.claimed([KEY]) == {KEY}


def test_whoever_is_gone_claims_nothing(postgresql: Server) -> None:
    address = postgresql.new_database()
    with closing(SharedStore(address)) as other:
        gone = SharedStore(address)
        assert gone.claimed([KEY]) == {KEY}
        gone.close()
        until = time.monotonic() + 10  # the server notices a little later
        while not (found := other.claimed([KEY])) and time.monotonic() < until:
            time.sleep(0.05)
        assert found == {KEY}


CLAIMING = """
import sys, time
from envs.shared_store import SharedStore
print(SharedStore(sys.argv[1]).claimed([sys.argv[2]]), flush=True)
time.sleep(600)
"""


def test_who_is_killed_claims_nothing_any_more(postgresql: Server) -> None:
    address = postgresql.new_database()
    with (
        closing(SharedStore(address)) as other,
        subprocess.Popen(
            [sys.executable, "-c", CLAIMING, address, KEY], stdout=subprocess.PIPE, text=True
        ) as process,
    ):
        assert process.stdout is not None
        assert KEY in process.stdout.readline()
        assert other.claimed([KEY]) == set()
        process.kill()
        until = time.monotonic() + 30
        while not other.claimed([KEY]) and time.monotonic() < until:
            time.sleep(0.05)
        assert time.monotonic() < until


def test_a_server_that_restarts_is_waited_for(postgresql: Server) -> None:
    with closing(SharedStore(postgresql.new_database())) as store:
        store.put(KEY, ODD)
        postgresql.stop()
        later = threading.Timer(1.0, postgresql.start)
        later.start()
        try:
            assert store.find([KEY]) == {KEY: ODD}
        finally:
            later.join()


def test_a_server_that_stays_away_is_one_line(
    postgresql: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared_store, "RETRY_S", 1.0)
    with closing(SharedStore(postgresql.new_database())) as store:
        postgresql.stop()
        try:
            with pytest.raises(SharedStoreError, match="refused") as error:
                store.put(KEY, ODD)
        finally:
            postgresql.start()
        assert "\n" not in str(error.value)
        assert TYPED not in str(error.value)


def test_a_database_that_is_not_there_is_one_line(postgresql: Server) -> None:
    with pytest.raises(SharedStoreError, match=r'database "nowhere" does not exist$'):
        SharedStore(postgresql.address("nowhere"))


def test_a_wrong_password_is_told_without_it(postgresql: Server) -> None:
    wrong = postgresql.address().replace(TYPED, "tester")  # as the user is called, too
    with pytest.raises(SharedStoreError, match="authentication failed") as error:
        SharedStore(wrong)
    assert ":tester@" not in str(error.value)


def test_a_missing_password_is_told_with_where_to_put_it(postgresql: Server) -> None:
    with pytest.raises(SharedStoreError, match=r"no password .*PGPASSWORD"):
        SharedStore(without_password(postgresql.address()))


def test_a_user_who_may_only_read_is_told_at_once(postgresql: Server) -> None:
    address = postgresql.new_database()
    SharedStore(address).close()
    database = address.rpartition("/")[2]
    postgresql.asked(f"CREATE ROLE reader LOGIN PASSWORD '{PASSWORD}'")
    postgresql.asked("GRANT SELECT ON coexplore_evaluations TO reader", database)
    with pytest.raises(SharedStoreError, match="permission denied for table coexplore_evaluations"):
        SharedStore(postgresql.address(database, "reader"))


def test_a_server_that_never_answers_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("psycopg", reason="coexplore[postgresql] is not installed")
    monkeypatch.setitem(shared_store.ASKED, "connect_timeout", 2)  # libpq knows no less
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen()
        with pytest.raises(SharedStoreError, match="timeout"):
            SharedStore(f"postgresql://me@127.0.0.1:{deaf.getsockname()[1]}/team")


def test_a_missing_driver_is_told_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "psycopg", None)
    with pytest.raises(SharedStoreError, match=r"psycopg; pip install 'coexplore\[postgresql\]'"):
        SharedStore("postgresql://me@127.0.0.1/team")


def test_a_file_that_is_no_database_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "team.sqlite"
    path.write_text("not a database, but long enough to be looked at" * 30)
    with pytest.raises(SharedStoreError, match=r"file is not a database$"):
        SharedStore(f"sqlite:///{path}")


def test_a_table_of_another_kind_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "team.sqlite"
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE coexplore_evaluations (key TEXT)")
    with pytest.raises(SharedStoreError, match=r"no column named|no such column"):
        SharedStore(f"sqlite:///{path}")


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("postgresql://me:secret@host:5433/db", "postgresql+psycopg://me@host:5433/db"),
        ("postgres://:secret@/db?host=/tmp", "postgresql+psycopg:///db?host=%2Ftmp"),
        ("postgresql://h/db?password=secret&sslmode=require", None),
        ("sqlite:////data/team.sqlite", "sqlite:////data/team.sqlite"),
    ],
)
def test_an_address_is_kept_without_its_password(address: str, kept: str | None) -> None:
    found = without_password(address)
    assert found == (kept or "postgresql+psycopg://h/db?sslmode=require")
    assert "secret" not in found
    assert "*" not in found  # would be taken for the password when it is read back


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("mysql://me:secret@h/db", "no database called 'mysql'"),
        ("me:secret", "needs an address such as postgresql"),
        ("postgresql://me:se@secret@h/db", "within a password is written %40"),
        ("postgresql://me:secret@h", "names no database"),
        ("postgresql://me:secret@h:port/db", "needs an address such as postgresql"),
        ("sqlite://", "names no file"),
        ("sqlite://secret/team.sqlite", "takes no host"),
    ],
)
def test_a_wrong_address_is_told_without_what_may_be_secret(address: str, message: str) -> None:
    with pytest.raises(SharedStoreError, match=message) as error:
        store_url.store_url(address)
    assert "secret" not in str(error.value)


def test_a_relative_file_is_kept_whole_and_the_rest_as_typed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    kept = store_url.checked_address("sqlite:///team.sqlite?timeout=3")
    assert kept == f"sqlite:///{tmp_path}/team.sqlite?timeout=3"
    for typed in ("postgresql://me:secret@host/db", "sqlite:////data/team.sqlite"):
        assert store_url.checked_address(typed) == typed
