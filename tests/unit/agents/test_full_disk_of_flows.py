"""A full disk under a flow, a log or a sweep: one line, nothing lost, and on to the same result."""

import errno
import json
import os
import threading
from collections.abc import Iterator
from contextlib import closing, nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from flows import small, typed
from full_disk import room
from searches import trajectory

from agents import sweep_keeper, sweep_run, sweep_trial
from agents.sweep import main as sweep
from agents.sweep_keeper import TRIALS, Keeper
from agents.sweep_plan import Sweep, sweep_of
from agents.train import main
from envs.evaluation import Evaluation
from envs.shared_store import SharedStore
from envs.store import EvaluationStore
from envs.store_url import SharedStoreError

TOY = ["env=toy", "search.budget=24"]
SWEEP = [*TOY, "sweep.grid.seed=[0,1]"]


def found(flow: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((flow / "summary.json").read_bytes())
    return {name: value for name, value in content.items() if name != "wall_s"}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """What a flow finds that has room."""
    path = tmp_path_factory.mktemp("whole") / "flow"
    with small():
        assert main(typed(path)) == 0
        yield found(path)


@pytest.mark.parametrize(
    ("n_bytes", "file"),
    [(30_000, "evaluations.sqlite"), (60_000, "weights"), (150_000, "checkpoint.pt")],
)
def test_a_flow_goes_on_to_the_same_result_once_there_is_room(
    n_bytes: int,
    file: str,
    whole: dict[str, Any],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    flow = tmp_path / "flow"
    with room(n_bytes):
        assert main(typed(flow)) == 2
    told = capsys.readouterr().err
    assert f"{flow}/1-search/{file}" in told
    assert told.count("\n") == 1
    assert not list(tmp_path.rglob("*.new"))
    is_begun = (flow / "config.yaml").exists()
    if is_begun:
        with closing(EvaluationStore(flow / "1-search" / "evaluations.sqlite")) as store:
            store.check()
    assert main([f"resume={flow}"] if is_begun else typed(flow)) == 0
    assert found(flow) == whole


def test_a_full_disk_before_a_search_begins_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def compiled(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "a/place")

    monkeypatch.setattr("agents.command.problem_of", compiled)
    assert main(TOY) == 2
    assert capsys.readouterr().err == "error: a/place: No space left on device\n"


@pytest.mark.parametrize("n_written", [0, 20])
def test_a_log_that_cannot_be_written_ends_a_search_in_one_line(
    n_written: int, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    run, hook, points = tmp_path / "run", threading.excepthook, iter(range(n_written))

    def write(*_: object) -> None:
        if next(points, None) is None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("tensorboard.summary.writer.record_writer.RecordWriter.write", write)
        assert main([*TOY, f"run_dir={run}"]) == 2
    told = capfd.readouterr().err
    assert told.startswith(f"error: {run}: No space left on device")
    assert told.count("\n") == 1
    assert threading.excepthook is hook
    assert main([f"resume={run}"] if run.exists() else [*TOY, f"run_dir={run}"]) == 0
    assert main([*TOY, f"run_dir={tmp_path / 'whole'}"]) == 0
    assert trajectory(run) == trajectory(tmp_path / "whole")


def test_a_sweep_that_cannot_be_noted_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sweep_run, "cluster", lambda *_: nullcontext())
    monkeypatch.setattr(sweep_run, "_check_room", lambda _: None)
    with room(10):
        assert sweep([*SWEEP, f"run_dir={tmp_path / 'sweep'}"]) == 2
    told = capsys.readouterr().err
    assert told.endswith("File too large\n")
    assert told.count("\n") == 1
    assert not list(tmp_path.rglob("sweep.yaml*"))


@pytest.fixture
def searched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A sweep whose searches run here, and the one who keeps what they find."""
    here = SimpleNamespace(get_node_id=lambda: "here")
    monkeypatch.setattr("ray.get_runtime_context", lambda: here)
    monkeypatch.setattr(sweep_trial.tune, "report", lambda _: None)
    for module in (sweep_keeper, sweep_trial):
        monkeypatch.setattr(module, "answer", lambda asked: asked)
    (tmp_path / TRIALS).mkdir()
    made: Sweep = sweep_of([*SWEEP, f"run_dir={tmp_path}"])
    keeper = Keeper(str(tmp_path))
    with closing(keeper._store):
        names = ("node", "find", "put", "claimed", "release", "kept")
        actor = {name: SimpleNamespace(remote=getattr(keeper, name)) for name in names}
        yield SimpleNamespace(
            run=lambda: sweep_trial.run_trial({"number": 1}, made, SimpleNamespace(**actor)),
            folder=tmp_path / TRIALS / made.trials[1].name,
        )


def test_a_search_of_a_sweep_that_cannot_write_is_told_and_goes_on(
    searched: Any, tmp_path: Path
) -> None:
    with room(200_000), pytest.raises(sweep_trial.TrialFailedError) as caught:
        searched.run()
    told = str(caught.value)
    assert told.startswith("seed=1: ")
    assert "File too large" in told
    assert f"{searched.folder}/checkpoint.pt" in told
    assert told.isprintable()
    searched.run()
    assert main([*TOY, "seed=1", f"run_dir={tmp_path / 'alone'}"]) == 0
    assert trajectory(searched.folder) == trajectory(tmp_path / "alone")


def put_many(store: SharedStore, one: Evaluation) -> None:
    for number in range(1, 99):
        store.put(f"{number:064}", one)


def test_what_a_sweep_shares_outlives_a_full_disk(tmp_path: Path) -> None:
    one = Evaluation({"a": "b" * 4096}, {"energy_j": 0.5}, None, 0.5)
    with closing(SharedStore(f"sqlite:///{tmp_path / 'shared.sqlite'}")) as store:
        store.put("0" * 64, one)
        with room(10_000), pytest.raises(SharedStoreError) as caught:
            put_many(store, one)
        assert "\n" not in str(caught.value)
        assert store.find(["0" * 64]) == {"0" * 64: one}
        store.put("k" * 64, one)
        assert store.find(["k" * 64]) == {"k" * 64: one}
