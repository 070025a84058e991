"""A damaged store is seen when it is opened, and what can be read of it is saved."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from envs.evaluation import Evaluation
from envs.rescue import rescue
from envs.store import DamagedStoreError, EvaluationStore, StoreError, digest

N = 200
PAGE = 4096
CONTEXT = {"versions": [1, 2]}


def evaluation(i: int) -> Evaluation:
    choices = {f"conv{j}.kernel": (i + j) % 7 for j in range(20)}
    return Evaluation(choices, {"accuracy": i / N}, None, 0.25)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A store that was filled as a search fills it."""
    made = tmp_path / "evaluations.sqlite"
    with closing(EvaluationStore(made)) as store:
        store.keep_context(CONTEXT)
        for i in range(N):
            store.put(digest(i), evaluation(i))
            store.visit([(i, digest(i), i / N)])
    return made


def overwritten(begin: int, end: int) -> Callable[[bytes], bytes]:
    return lambda content: content[:begin] + b"\x7f" * (end - begin) + content[end:]


DAMAGES: dict[str, tuple[Callable[[bytes], bytes], int]] = {  # and how many are saved at least
    "the header": (overwritten(0, 100), N),
    "the first page": (overwritten(0, PAGE), N),
    "where the table begins": (overwritten(PAGE, 2 * PAGE), N),
    "pages in the middle": (overwritten(10 * PAGE, 12 * PAGE), N - 40),
    "cut short": (lambda content: content[: len(content) // 2 + 999], N // 3),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_what_can_be_read_of_a_damaged_store_is_saved(damage: str, path: Path) -> None:
    change, n_least = DAMAGES[damage]
    damaged = change(path.read_bytes())
    path.write_bytes(damaged)
    with pytest.raises(DamagedStoreError, match=r"agents\.rescue .* saves what can be read"):
        EvaluationStore(path)
    saved = rescue(path)
    assert n_least <= saved.n_evaluations <= N
    assert saved.kept.read_bytes() == damaged
    with closing(EvaluationStore(path)) as store:
        store.check()
        assert store.context() == CONTEXT
        found = [store.get(digest(i)) for i in range(N)]
        assert len(store) == saved.n_evaluations == N - found.count(None)
        visits = store.visits()
        assert n_least <= len(visits) == saved.n_visits
        assert {*visits} <= {(i, digest(i), i / N) for i in range(N)}
    assert saved.is_of_known_code
    assert all(one in (None, evaluation(i)) for i, one in enumerate(found))


def test_what_lies_in_the_log_of_a_killed_process_is_saved(path: Path, tmp_path: Path) -> None:
    copy = tmp_path / "killed" / path.name
    copy.parent.mkdir()
    with closing(EvaluationStore(path)) as store:
        store.put(digest("last"), evaluation(N))
        for one in tmp_path.glob("evaluations.sqlite*"):
            copy.with_name(one.name).write_bytes(one.read_bytes())
    content = bytearray(copy.read_bytes())
    content[4 * PAGE :] = overwritten(0, len(content) - 4 * PAGE)(bytes(content[4 * PAGE :]))
    copy.write_bytes(content)
    rescue(copy)
    with closing(EvaluationStore(copy)) as store:
        assert store.get(digest("last")) == evaluation(N)


def test_a_second_rescue_keeps_both_damaged_files(path: Path) -> None:
    for _ in range(2):
        path.write_bytes(overwritten(0, 100)(path.read_bytes()))
        rescue(path)
    names = {"evaluations.sqlite.damaged", "evaluations.sqlite.damaged-2"}
    assert names <= {one.name for one in path.parent.iterdir()}


@pytest.mark.parametrize("content", [b"", b"not a store", b"\x00" * 3 * PAGE])
def test_a_file_without_evaluations_is_left_as_it_was(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "evaluations.sqlite"
    path.write_bytes(content)
    with pytest.raises(StoreError, match="no evaluation can be read"):
        rescue(path)
    assert {one.name: one.read_bytes() for one in tmp_path.iterdir()} == {path.name: content}


CHANGES = {
    "metrics = '{\"accuracy\": NaN}'": "no finite number",
    "metrics = '[1]'": "no JSON object",
    "choices = 'nonsense'": "Expecting value",
    'stage_s = \'{"full": "long"}\'': "no finite number",
    "wall_s = 'long'": "no finite number",
    "choices = CAST(x'22ff22' AS TEXT)": "UTF-8",
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_row_that_no_search_wrote_is_damage(change: str, path: Path) -> None:
    with closing(sqlite3.connect(path)) as file, file:
        file.execute(f"UPDATE evaluations SET checksum = NULL, {change} WHERE rowid = 3")  # noqa: S608
    with closing(EvaluationStore(path)) as store:
        with pytest.raises(DamagedStoreError, match=CHANGES[change]):
            store.get(digest(2))
        with pytest.raises(DamagedStoreError, match=CHANGES[change]):
            store.check()
        assert store.get(digest(3)) == evaluation(3)
    assert rescue(path).n_evaluations == N - 1


def test_no_row_of_one_table_is_taken_for_one_of_another(tmp_path: Path) -> None:
    path = tmp_path / "evaluations.sqlite"  # of one leaf for each table
    visits = [(i, digest(i), 0.5) for i in range(3)]
    with closing(EvaluationStore(path)) as store:
        store.keep_context(CONTEXT)
        store.visit(visits)
        for _, key, _ in visits:
            store.put(key, evaluation(0))
    path.write_bytes(overwritten(0, 100)(path.read_bytes()))
    rescue(path)
    with closing(EvaluationStore(path)) as store:
        assert store.visits() == visits
        assert len(store) == len(visits)
        assert store.context() == CONTEXT
