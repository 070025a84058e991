"""How far a sweep is: what searches tell, what is counted, when it has ended. Without Ray."""

import io
import pickle
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ray.air._internal.util import skip_exceptions
from ray.exceptions import RayError
from report_runs import synthetic_run
from rich.console import Console

from agents import sweep_progress, sweep_run, sweep_trial
from agents.ray_workers import LostError
from agents.saved import FailedSearchError
from agents.sweep_keeper import TRIALS
from agents.sweep_plan import Sweep, reopened, sweep_of
from agents.sweep_progress import Progress
from agents.sweep_run import _failures, n_ended
from agents.sweep_trial import MISTAKE, WORST, _Reports, ended, found, settings_of
from agents.usage import UsageError
from envs.evaluation import DeviceMemoryError
from envs.rewards import RewardError
from envs.store import StoreError

TOY = ["env=toy", "sweep.grid.seed=[0,1]", "search.budget=40"]


class Remote:
    """A keeper that notes who is forgotten."""

    def __init__(self) -> None:
        self.forgotten: list[int] = []
        self.forget = SimpleNamespace(remote=self.forgotten.append)


@pytest.fixture
def sweep() -> Sweep:
    return sweep_of([*TOY, "run_dir=new"])


@pytest.fixture
def shown(sweep: Sweep, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setattr(sweep_progress, "answer", lambda asked: asked)
    made: Any = SimpleNamespace(text=io.StringIO(), keeper=Remote())
    made.progress = Progress(Console(file=made.text, width=200), sweep, made.keeper)
    yield made
    made.progress.close()


def trial(number: int, n: int = 0) -> Any:
    result = {"evaluations": n, "hypervolume": 0.25, "best_reward": 0.5} if n else None
    return SimpleNamespace(trial_id=f"1a2b_{number}", config={"number": number}, last_result=result)


def test_designs_of_all_searches_are_counted_once(shown: Any) -> None:
    progress = shown.progress
    for number, n in ((0, 10), (1, 5), (0, 20)):
        one = trial(number, n)
        progress.on_trial_result(1, [], one, one.last_result)
    whole, first, second = progress._bars.tasks
    assert (whole.completed, whole.total) == (25, 80)
    assert [first.completed, second.completed] == [20, 5]
    assert [first.description, second.description] == ["000_seed-0", "001_seed-1"]
    assert first.fields["told"] == "hypervolume 0.2500  best 0.5000"


def test_no_more_searches_have_a_bar_than_a_terminal_shows(
    shown: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweep_progress, "MOST_BARS", 1)
    for number in (0, 1):
        shown.progress.on_trial_result(1, [], trial(number, 5), trial(number, 5).last_result)
    assert len(shown.progress._bars.tasks) == 2
    assert shown.progress._bars.tasks[0].completed == 10


def test_a_search_that_ends_is_told_and_gives_up_its_claims(shown: Any) -> None:
    shown.progress.on_trial_result(1, [], trial(1, 40), trial(1, 40).last_result)
    shown.progress.on_trial_complete(1, [], trial(1, 40))
    shown.progress.on_trial_error(1, [], trial(0))
    shown.progress.on_trial_recover(1, [], trial(0))
    assert shown.progress.n_ended == 1
    assert shown.keeper.forgotten == [1, 0, 0]
    assert shown.progress.failed == ["000_seed-0"]
    assert shown.text.getvalue() == (
        "1/2  001_seed-1: 40 designs, hypervolume 0.2500, best reward 0.5000\n"
    )
    assert len(shown.progress._bars.tasks) == 1


def test_what_ray_reads_back_is_that_of_the_sitting(shown: Any, sweep: Sweep) -> None:
    kept = pickle.dumps(shown.progress)
    later = Progress(Console(file=io.StringIO()), sweep, shown.keeper)
    assert pickle.loads(kept) is later  # noqa: S301 (our own)
    later.close()


@pytest.fixture
def reported(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = []
    monkeypatch.setattr(sweep_trial.tune, "report", told.append)
    return told


def state(n: int, best: Any = None) -> Any:
    archive = SimpleNamespace(hypervolume=lambda: 0.25)
    return SimpleNamespace(seen=[*range(n)], archive=archive, best=best)


def test_a_search_tells_now_and_then_but_not_its_end(reported: list[dict[str, Any]]) -> None:
    # a scheduler stops a search that tells of its whole budget: all is to be written before
    reports = _Reports(40, None)
    for n in (1, 2, 3, 4, 38, 39, 40):
        reports.on_batch(state(n), {})
    assert [one["evaluations"] for one in reported] == [2, 4, 38]


def test_a_search_without_a_feasible_design_tells_the_worst_reward() -> None:
    assert found(state(3)) == {"evaluations": 3, "hypervolume": 0.25, "best_reward": WORST}
    assert found(state(3, (0.5, None)))["best_reward"] == 0.5
    summary = {"evaluations": 3, "hypervolume": 0.25, "best": None}
    directory: Any = SimpleNamespace(summary=summary)
    assert ended(directory) == found(state(3))
    summary["best"] = {"reward": 0.5}  # type: ignore[assignment]
    assert ended(directory)["best_reward"] == 0.5


def test_a_search_that_has_begun_goes_on_with_the_ray_of_now(tmp_path: Path) -> None:
    typed = [*TOY, "ray=cluster", "ray.address=old:1", "ray.cpus_per_design=64"]
    made = sweep_of([*typed, f"run_dir={tmp_path}"])
    made.keep()
    folder = tmp_path / TRIALS / made.trials[1].name
    new = settings_of(made, made.trials[1], folder)
    assert (new.seed, new.run_dir, new.resume) == (1, str(folder), None)
    assert new.ray.cpus_per_design == 64
    synthetic_run(folder, 3, 1, tuple(typed[:1] + typed[2:]))
    again = reopened(tmp_path, ["ray=cluster", "ray.address=new:1"])
    on = settings_of(again, again.trials[1], folder)
    assert (on.seed, on.resume) == (1, str(folder))
    assert (on.ray.address, on.ray.cpus_per_design) == ("new:1", 1)


def test_settings_are_read_on_a_machine_that_has_not_the_files_of_the_driver(
    tmp_path: Path,
) -> None:
    typed = [*TOY, "ray.token_file=/of/the/driver", "ray.working_dir=/of/the/driver"]
    made = sweep_of([*typed, f"run_dir={tmp_path}"])
    assert settings_of(made, made.trials[0], tmp_path / "t").ray.token_file == "/of/the/driver"  # noqa: S105


def result(error: str | None, *, done: bool | None) -> Any:
    metrics = None if done is None else {"done": done}
    return SimpleNamespace(error=error and RuntimeError(error), metrics=metrics)


def test_searches_that_ended_in_an_earlier_sitting_count_and_interrupted_ones_do_not() -> None:
    results = [result(None, done=True), result(None, done=False), result(None, done=None)]
    assert n_ended([*results, result("why", done=True)]) == 1


def test_the_first_failure_is_told_with_the_way_on(sweep: Sweep, shown: Any) -> None:
    results = [result(None, done=True), result("a\n\nagents.b.C: why: it\n", done=False)]
    shown.progress.on_trial_error(1, [], trial(1))
    assert _failures(sweep, results, shown.progress) == (
        "error: 1 of 2 searches failed (001_seed-1); the first: why: it\n"
        f"mend it, then go on with: python -m agents.sweep resume={sweep.folder}\n"
    )


def test_no_more_failures_are_named_than_a_reader_wants(sweep: Sweep, shown: Any) -> None:
    shown.progress.failed[:] = [f"n{i}" for i in range(12)]
    told = _failures(sweep, [result("why", done=False)] * 12, shown.progress)
    assert "failed (n0, n1, n2, n3, n4, n5, n6, n7, n8, n9, ...); " in told


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (RayError("trace\nenvs.store_url.SharedStoreError: disk is full"), "disk is full"),
        (EOFError("Ran out of input"), "a file of Ray Tune is cut short; is the disk full?"),
    ],
)
def test_what_keeps_a_sweep_from_going_on_is_one_line(
    error: Exception, why: str, sweep: Sweep, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, capsys: Any,
) -> None:  # fmt: skip
    def broken(_: Path) -> Any:
        raise error

    monkeypatch.setattr(sweep_run, "_keeper", broken)
    assert sweep_run._run(replace(sweep, folder=tmp_path)) == 1
    assert capsys.readouterr().err == (
        f"error: the sweep ended early: {why}\n"
        f"mend it, then go on with: python -m agents.sweep resume={tmp_path}\n"
    )


def test_whatever_ends_a_search_can_travel_and_says_why(
    sweep: Sweep, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise FailedSearchError("trace\ndisk is full", ": resume=it goes on") from OSError(28)

    monkeypatch.setattr(sweep_trial, "_run_trial", fail)
    with pytest.raises(sweep_trial.TrialFailedError) as caught:
        sweep_trial.run_trial({"number": 1}, sweep, None)
    there = pickle.loads(pickle.dumps(caught.value))  # noqa: S301 (our own)
    assert str(there).startswith("seed=1: disk is full")
    assert skip_exceptions(caught.value).args == there.args  # which Ray copies, causes and all


def outcome_of(error: Exception, cause: Exception | None, sweep: Sweep) -> None:
    def fail(*_: Any) -> None:
        raise error from cause

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sweep_trial, "_run_trial", fail)
        with pytest.raises(sweep_trial.TrialFailedError):
            sweep_trial.run_trial({"number": 1}, sweep, None)


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (UsageError("agent: no such thing"), None),
        (FailedSearchError("the reward fails", " in x"), RewardError("why")),
        (UsageError("ray: a worker cannot load what it is sent"), None),
    ],
)
def test_a_mistake_of_the_user_is_told_at_once_and_is_not_tried_again(
    error: Exception, cause: Exception | None, sweep: Sweep, shown: Any,
    reported: list[dict[str, Any]], capsys: Any,
) -> None:  # fmt: skip
    outcome_of(error, cause, sweep)
    one = trial(1)
    shown.progress.on_trial_start(1, [], one)
    assert one.max_failures == 3
    shown.progress.on_trial_result(1, [], one, reported.pop())
    assert one.max_failures == 0
    told = error.why if isinstance(error, FailedSearchError) else str(error)
    assert capsys.readouterr().err == f"001_seed-1: {told}; it is not tried again\n"
    assert len(shown.progress._bars.tasks) == 1  # no bar of its own


def test_searches_that_make_the_same_mistake_tell_it_once(
    sweep: Sweep, shown: Any, capsys: Any
) -> None:
    whys = ["the reward fails on (0.5, 1e-3): why", "the reward fails on (0.25, 2): why", "other"]
    for number, why in enumerate([*whys[:2], whys[0]]):
        shown.progress.on_trial_result(1, [], trial(number % 2), {MISTAKE: why})
    assert capsys.readouterr().err == f"000_seed-0: {whys[0]}; it is not tried again\n"
    same = [result(f"seed={n}: {why}", done=False) for n, why in enumerate(whys[:2])]
    assert "searches failed (), as told above\nmend it" in _failures(sweep, same, shown.progress)
    told = _failures(sweep, [*same, result("seed=1: other", done=False)], shown.progress)
    assert "; the first that is not told above: seed=1: other\nmend it" in told


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (FailedSearchError("disk is full", ": resume=it goes on"), OSError(28, "disk is full")),
        (FailedSearchError("locked", ": resume=it goes on"), StoreError("locked")),
        (FailedSearchError("memory", ": resume=it goes on"), DeviceMemoryError("memory")),
        (LostError("ray: the cluster is lost: gone"), None),
        (ZeroDivisionError("x / 0"), None),
    ],
)
def test_what_may_pass_is_tried_again(
    error: Exception, cause: Exception | None, sweep: Sweep, reported: list[dict[str, Any]]
) -> None:
    outcome_of(error, cause, sweep)
    assert reported == []
