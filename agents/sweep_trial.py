"""One search of a sweep, in a Ray worker: it goes on with what is kept of it."""

import tempfile
import time
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import ray
from ray import tune

from agents.loop import SearchState
from agents.problems import load_data, problem_of
from agents.ray_workers import LostError
from agents.rundir import RunDirectory
from agents.saved import FailedSearchError
from agents.settings import OPEN_END, RunSettings
from agents.sweep_keeper import TRIALS, KeeperShared, answer, packed, unpack
from agents.sweep_plan import Sweep
from agents.sweep_settings import NUMBER, SweepTrial
from agents.usage import UsageError, settings_from
from envs.evaluation import DeviceMemoryError, Evaluation
from envs.store import StoreError

KEEP_EVERY_S = 10.0  # a run directory on another machine
REPORTS = 20  # of a whole search
LOCK_S, PAUSE_S = 30.0, 0.5  # for the process of before to be gone
Actor = Any  # a handle of Ray
WORST = float("-inf")  # reward of a search that has found nothing feasible yet
MISTAKE = "mistake"  # in a report: why no retry will help
PASSING = (LostError, OSError, StoreError, DeviceMemoryError)


class TrialFailedError(RuntimeError):
    """A search that ended before its end."""


class _Reports:
    """Tells Tune how far a search is, every so many designs."""

    def __init__(self, budget: int, keep: "_Keeping | None") -> None:
        self._budget, self._every = budget, max(1, budget // REPORTS)
        self._told = 0
        self._keep = keep

    def on_evaluation(self, evaluation: Evaluation) -> None:
        """Wait for the batch."""

    def on_batch(self, state: SearchState, curves: dict[str, float]) -> None:
        """Tell, if enough is new; the end is told once all is written: Tune may stop it then."""
        del curves
        if self._keep is not None:
            self._keep.now_and_then()
        if len(state.seen) < self._budget and len(state.seen) - self._told >= self._every:
            self._told = len(state.seen)
            tune.report(found(state))


def found(state: SearchState) -> dict[str, Any]:
    """How far a search is, for Tune; without a feasible design its best reward is the worst."""
    return {
        "evaluations": len(state.seen),
        "hypervolume": state.archive.hypervolume(),
        "best_reward": state.best[0] if state.best else WORST,
    }


class _Keeping:
    """Hands a run directory over to the keeper on another machine."""

    def __init__(self, keeper: Actor, name: str, folder: Path) -> None:
        self._keeper, self._name, self._folder = keeper, name, folder
        self._last = time.monotonic()

    def now_and_then(self) -> None:
        """Hand it over, if the last time is long ago."""
        if time.monotonic() - self._last >= KEEP_EVERY_S:
            self.now()

    def now(self) -> None:
        """Hand it over."""
        answer(self._keeper.keep.remote(self._name, packed(self._folder)))
        self._last = time.monotonic()


def run_trial(config: Mapping[str, Any], sweep: Sweep, keeper: Actor) -> None:
    """Do one search: what Tune calls."""
    trial = sweep.trial(config)
    try:
        _run_trial(sweep, trial, config, keeper)
    except Exception as error:  # noqa: BLE001 (not every one can travel to the driver)
        why = why_of(error)
        if is_mistake(error):
            nothing = {"evaluations": 0, "hypervolume": 0.0, "best_reward": 0.0}
            tune.report({**nothing, MISTAKE: why})
        raise TrialFailedError(f"{trial.told}: {why}") from None  # Ray copies what it is from


def why_of(error: Exception) -> str:
    """What a search failed at, in one line; how to go on is told of the whole sweep."""
    told = error.why if isinstance(error, FailedSearchError) else str(error)
    return (told.strip() or type(error).__name__).splitlines()[-1]


def is_mistake(error: BaseException) -> bool:
    """Whether a search has ended by what the user has asked for, and would do so again."""
    whole = (error, error.__cause__)
    return isinstance(error, UsageError) and not any(isinstance(one, PASSING) for one in whole)


def _run_trial(sweep: Sweep, trial: SweepTrial, config: Mapping[str, Any], keeper: Actor) -> None:
    shared = KeeperShared(keeper, config[NUMBER])
    is_here = answer(keeper.node.remote()) == ray.get_runtime_context().get_node_id()
    if is_here:
        _searched(sweep, trial, shared, sweep.folder / TRIALS / trial.name, None)
        return
    with tempfile.TemporaryDirectory(prefix="coexplore-") as place:
        folder = Path(place) / trial.name
        content = answer(keeper.kept.remote(trial.name))
        if content is not None:
            unpack(content, folder)
        _searched(sweep, trial, shared, folder, _Keeping(keeper, trial.name, folder))


def _searched(
    sweep: Sweep,
    trial: SweepTrial,
    shared: KeeperShared,
    folder: Path,
    keeping: _Keeping | None,
) -> None:
    from agents.session import Company, run_session  # noqa: PLC0415 (loads torch)

    settings = settings_of(sweep, trial, folder)
    problem = problem_of(settings)
    load_data(problem)
    reports = _Reports(settings.search.budget or OPEN_END, keeping)
    with closing(_locked(settings)) as directory:
        code = run_session(settings, problem, directory, Company([reports], shared))
    if code:
        raise TrialFailedError(f"ended with exit code {code}")
    if keeping is not None:
        keeping.now()
    tune.report(ended(directory))


def settings_of(sweep: Sweep, trial: SweepTrial, folder: Path) -> RunSettings:
    """Settings of a search, or of going on with it, on the Ray of now, where there is a run."""
    if (folder / "config.yaml").is_file():
        return settings_from([f"resume={folder}", *sweep.on_ray])
    return settings_from([*sweep.arguments, *trial.chosen, f"run_dir={folder}"])


def _locked(settings: RunSettings) -> RunDirectory:
    """The run directory, once the process of before is gone."""
    until = time.monotonic() + LOCK_S
    while True:
        try:
            if settings.resume:
                return RunDirectory.reopen(Path(settings.resume))
            return RunDirectory.create(settings)
        except UsageError as error:
            if not settings.resume:
                raise
            if time.monotonic() > until:
                raise TrialFailedError(str(error)) from error
            time.sleep(PAUSE_S)


def ended(directory: RunDirectory) -> dict[str, Any]:
    """What a search found, for Tune."""
    summary = directory.summary
    best = summary["best"]
    return {
        "evaluations": summary["evaluations"],
        "hypervolume": summary["hypervolume"],
        "best_reward": best["reward"] if best else WORST,
    }
