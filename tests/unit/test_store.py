import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from envs.evaluation import Evaluation
from envs.store import DamagedStoreError, EvaluationStore, StoreError, digest

INFEASIBLE = Evaluation({"x": 1, "device": "a"}, {"area_m2": 0.1 + 0.2}, "too \u00e4rmlich", 0.25)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[EvaluationStore]:
    with closing(EvaluationStore(tmp_path / "store.sqlite")) as opened:
        yield opened


def test_a_digest_does_not_depend_on_the_order_of_keys() -> None:
    assert digest({"a": 1, "b": [2, 3]}) == digest({"b": [2, 3], "a": 1})
    assert len(digest({})) == 64


def test_a_digest_depends_on_every_value() -> None:
    data: list[object] = [{"a": 1}, {"a": 2}, {"a": "1"}, {"b": 1}, {"a": [1]}, {"a": None}, {}]
    assert len({digest(one) for one in data}) == len(data)


def test_a_digest_is_the_same_on_every_machine() -> None:
    # sha256 of {"a":1}
    assert digest({"a": 1}) == "015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862"


def test_an_infeasible_evaluation_comes_back_to_the_last_bit(store: EvaluationStore) -> None:
    store.put("key", INFEASIBLE)
    assert store.get("key") == INFEASIBLE


def test_an_unknown_key_is_none(store: EvaluationStore) -> None:
    assert store.get("key") is None
    assert len(store) == 0


def test_a_refused_second_result_leaves_the_first(store: EvaluationStore) -> None:
    store.put("key", INFEASIBLE)
    with pytest.raises(StoreError, match=r"evaluated twice: \{'x': 2\}"):
        store.put("key", Evaluation({"x": 2}, {}))
    assert store.get("key") == INFEASIBLE
    assert len(store) == 1


def test_a_step_visited_again_is_replaced(store: EvaluationStore) -> None:
    store.visit([(1, "b", 0.5), (0, "a", 0.25)])
    store.visit([(1, "c", 0.75)])
    assert store.visits() == [(0, "a", 0.25), (1, "c", 0.75)]


def test_readers_do_not_wait_for_the_writer(store: EvaluationStore) -> None:
    with closing(sqlite3.connect(store.path)) as other:
        assert other.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be used as a store"):
        EvaluationStore(tmp_path / "missing" / "store.sqlite")


def test_a_store_knows_under_what_it_was_filled(store: EvaluationStore) -> None:
    assert store.context() is None
    store.keep_context({"version": 1})
    with closing(EvaluationStore(store.path)) as again:
        assert again.context() == {"version": 1}


def test_stores_in_memory_share_nothing() -> None:
    one, other = EvaluationStore(), EvaluationStore()
    one.put("key", INFEASIBLE)
    assert other.get("key") is None


def test_stages_and_fidelity_come_back(store: EvaluationStore) -> None:
    staged = Evaluation({"x": 1}, {}, "too bad", 0.5, "short", {"structure": 0.25, "short": 0.125})
    store.put("key", staged)
    assert store.get("key") == staged
    assert [*store.get("key").stage_s] == ["structure", "short"]  # type: ignore[union-attr]


KNOWN = Evaluation({"x": 1}, {"accuracy": 0.5}, None, 0.25)


@pytest.fixture
def old_store(tmp_path: Path) -> Path:
    """A store as it was before stages, with one design."""
    path = tmp_path / "old.sqlite"
    with closing(sqlite3.connect(path)) as old:
        old.execute(
            "CREATE TABLE evaluations (key TEXT PRIMARY KEY, choices TEXT NOT NULL, metrics TEXT "
            "NOT NULL, infeasible TEXT, wall_s REAL NOT NULL, created TEXT NOT NULL DEFAULT "
            "CURRENT_TIMESTAMP)"
        )
        row = ("key", '{"x": 1}', '{"accuracy": 0.5}', None, 0.25)
        old.execute(
            "INSERT INTO evaluations (key, choices, metrics, infeasible, wall_s) "
            "VALUES (?, ?, ?, ?, ?)",
            row,
        )
        old.execute(
            "CREATE TABLE visits (step INTEGER PRIMARY KEY, key TEXT NOT NULL, "
            "reward REAL NOT NULL)"
        )
        old.commit()
    return path


def test_a_store_of_an_earlier_version_opens_and_takes_more(old_store: Path) -> None:
    for _ in range(2):
        with closing(EvaluationStore(old_store)) as store:
            assert store.get("key") == KNOWN
    with closing(EvaluationStore(old_store)) as store:
        store.put("other", INFEASIBLE)
        store.visit([(0, "other", 0.5)])
        assert store.get("other") == INFEASIBLE
        store.check()


def test_a_store_of_an_earlier_version_is_read_and_left_as_it_was(old_store: Path) -> None:
    before = old_store.read_bytes()
    with closing(EvaluationStore(old_store, is_read_only=True)) as store:
        assert store.get("key") == KNOWN
    assert old_store.read_bytes() == before


def test_a_closed_store_is_not_told_as_a_damaged_one() -> None:
    store = EvaluationStore()
    store.close()
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        store.visits()


CHANGED = {
    "evaluations": "metrics = replace(metrics, '0.3', '0.2')",
    "visits": "reward = 0.75",
    "context": "content = replace(content, '1', '2')",
}


@pytest.mark.parametrize("table", CHANGED)
def test_a_digit_that_was_changed_in_any_row_is_damage(table: str, store: EvaluationStore) -> None:
    store.put("key", INFEASIBLE)
    store.visit([(0, "key", 0.5)])
    store.keep_context({"version": 1})
    store.check()
    with closing(sqlite3.connect(store.path)) as file, file:
        assert file.execute(f"UPDATE {table} SET {CHANGED[table]}").rowcount == 1  # noqa: S608
    with pytest.raises(DamagedStoreError, match="something else than was put there"):
        store.check()


@pytest.mark.parametrize("value", [0, -0.0, 1, 5e-324, 0.1 + 0.2, 1e300, 2**53 + 1.0])
def test_a_number_comes_back_as_it_was_put(value: float, store: EvaluationStore) -> None:
    evaluation = Evaluation({"x": value}, {"accuracy": value}, None, value, "full", {"full": value})
    store.put("key", evaluation)
    store.visit([(0, "key", value)])
    assert store.get("key") == evaluation
    assert store.visits() == [(0, "key", value)]
