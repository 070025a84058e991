"""Who keeps what all searches find: claims, evaluations, run directories of other machines."""

import io
import sqlite3
import tarfile
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from agents import sweep_keeper
from agents.sweep_keeper import TRIALS, Keeper, KeeperShared, packed, unpack
from envs.evaluation import Evaluation
from envs.store import EvaluationStore

ONE = Evaluation({"a": 1}, {"energy_j": 0.1 + 0.2}, None, 2.5)


@pytest.fixture
def keeper(tmp_path: Path) -> Any:
    (tmp_path / TRIALS).mkdir()
    made = Keeper(str(tmp_path))
    with closing(made._store):
        yield made


def run_with(folder: Path, text: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.yaml").write_text(text)
    return folder


def test_a_key_has_one_owner_until_it_is_given_up(keeper: Keeper) -> None:
    assert keeper.claimed(1, ["a", "b"]) == {"a", "b"}
    assert keeper.claimed(2, ["a", "b", "c"]) == {"c"}
    assert keeper.claimed(1, ["a", "c"]) == {"a"}
    keeper.release(2, "a")
    assert keeper.claimed(2, ["a"]) == set()
    keeper.release(1, "a")
    assert keeper.claimed(2, ["a"]) == {"a"}
    keeper.release(2, "nobody's")


def test_the_claims_of_a_search_that_has_ended_are_free(keeper: Keeper) -> None:
    keeper.claimed(1, ["a", "b"])
    keeper.claimed(2, ["c"])
    keeper.forget(1)
    keeper.forget(3)
    assert keeper.claimed(4, ["a", "b", "c"]) == {"a", "b"}


def test_what_is_put_is_found_by_a_keeper_begun_anew(keeper: Keeper, tmp_path: Path) -> None:
    keeper.put("k" * 64, ONE)
    with closing((again := Keeper(str(tmp_path)))._store):
        assert again.find(["k" * 64, "m" * 64]) == {"k" * 64: ONE}


def test_a_search_asks_its_keeper_under_its_own_name(
    keeper: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweep_keeper, "answer", lambda asked: asked)
    names = ("find", "put", "claimed", "release")
    actor = SimpleNamespace(**{k: SimpleNamespace(remote=getattr(keeper, k)) for k in names})
    first, second = KeeperShared(actor, 1), KeeperShared(actor, 2)
    assert first.claimed(["a"]) == {"a"}
    second.release("a")
    assert second.claimed(["a"]) == set()
    first.put("a", ONE)
    first.release("a")
    assert second.find(["a"]) == {"a": ONE}
    assert second.claimed(["a"]) == {"a"}


def test_a_run_goes_there_and_back_while_its_store_is_written(
    keeper: Keeper, tmp_path: Path
) -> None:
    run = run_with(tmp_path / "elsewhere" / "000_a", "seed: 0")
    run_with(run / "tensorboard", "events")
    for name in (".lock", "summary.json.new"):
        (run / name).write_text("not sent")
    with closing(EvaluationStore(run / "evaluations.sqlite")) as store:
        store.put("k", ONE)
        assert (run / "evaluations.sqlite-wal").stat().st_size  # in no file but this one yet
        keeper.keep("000_a", packed(run))
        store.put("later", ONE)
    content = keeper.kept("000_a")
    assert content is not None
    unpack(content, tmp_path / "back")
    assert sorted(one.name for one in (tmp_path / "back").iterdir()) == [
        "config.yaml", "evaluations.sqlite", "tensorboard",
    ]  # fmt: skip
    with closing(sqlite3.connect(tmp_path / "back" / "evaluations.sqlite")) as there:
        assert there.execute("SELECT key FROM evaluations").fetchall() == [("k",)]
    assert not [*run.rglob("*.copy")]


def test_a_search_that_has_not_begun_has_nothing_kept(keeper: Keeper, tmp_path: Path) -> None:
    assert keeper.kept("000_a") is None
    (tmp_path / TRIALS / "000_a").mkdir()
    assert keeper.kept("000_a") is None


def test_a_run_is_replaced_whole(keeper: Keeper, tmp_path: Path) -> None:
    for text, also in (("first", "old.txt"), ("second", "new.txt")):
        run = run_with(tmp_path / text, text)
        (run / also).touch()
        keeper.keep("000_a", packed(run))
    there = tmp_path / TRIALS / "000_a"
    assert (there / "config.yaml").read_text() == "second"
    assert sorted(one.name for one in there.iterdir()) == ["config.yaml", "new.txt"]
    assert [one.name for one in (tmp_path / TRIALS).iterdir()] == ["000_a"]


@pytest.mark.parametrize("name", ["../../out.txt", "/tmp/out.txt"])  # noqa: S108 (not written)
def test_a_file_outside_the_run_is_refused_and_the_run_stays(
    name: str, keeper: Keeper, tmp_path: Path
) -> None:
    keeper.keep("000_a", packed(run_with(tmp_path / "run", "good")))
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as archive:
        archive.addfile(tarfile.TarInfo(name), io.BytesIO())
    with pytest.raises(tarfile.TarError):
        keeper.keep("000_a", content.getvalue())
    assert not [*tmp_path.rglob("out.txt")]
    assert (tmp_path / TRIALS / "000_a" / "config.yaml").read_text() == "good"
