"""Co-exploration beside the same search on fixed hardware: two fronts, accuracy against EDP."""

from collections.abc import Mapping, Sequence
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console

from agents.exits import WORKER_DIED
from agents.loop import fresh
from agents.making import make_searcher, search_with
from agents.observers import ProgressObserver
from agents.ray_cluster import workers_of
from agents.rundir import RunDirectory, resume_argument
from agents.settings import RunSettings
from agents.targets import is_met
from agents.usage import UsageError
from envs.coexplore_evaluator import CoexploreEvaluator, FixedHardware
from envs.evaluation import Evaluation
from envs.pareto import front, hypervolume
from envs.problem import Problem
from envs.service import EvaluationService
from envs.store import EvaluationStore

STORE = "fixed.sqlite"
MARGIN = 0.05  # of the box around all points, so that the worst ones count for something


@dataclass(frozen=True)
class Contender:
    """A search, and the networks that it has simulated.

    Attributes:
        met: Networks that meet all targets.
        hypervolume: Of those, as a share of the box around all points of both searches.
        hypervolume_of_all: Of all networks, whatever their area, latency and energy.
    """

    name: str
    evaluations: tuple[Evaluation, ...]
    met: tuple[Evaluation, ...]
    hypervolume: float
    hypervolume_of_all: float

    @property
    def front(self) -> list[Evaluation]:
        """Networks that meet all targets, and that no other such one of the search dominates."""
        mask = front(_losses(self.met))
        return [one for one, is_on in zip(self.met, mask, strict=True) if is_on]

    def plain(self) -> dict[str, Any]:
        """For the summary."""
        points = [(one.metrics["accuracy"], one.metrics["edp_js"]) for one in self.front]
        return {
            "simulated": len(self.evaluations),
            "met": len(self.met),
            "hypervolume": self.hypervolume,
            "hypervolume_of_all": self.hypervolume_of_all,
            "front": sorted(points),
        }


def fixed_search(
    settings: RunSettings, problem: Problem, n: int, directory: RunDirectory, console: Console
) -> list[Evaluation]:
    """Search as many networks by the same agent and seed, each on its first design."""
    evaluator = problem.evaluator
    assert isinstance(evaluator, CoexploreEvaluator)  # noqa: S101 (asked by the caller)
    fixed = replace(evaluator, search=FixedHardware(), designs="fixed")
    problem = replace(problem, evaluator=fixed)
    console.print("the same search on fixed hardware", highlight=False)
    progress = ProgressObserver(console, n, 0)
    with closing(EvaluationStore(directory.path / STORE)) as store:
        service = EvaluationService(fixed, store, settings.seed, workers_of(settings))
        with closing(service):
            agent = make_searcher(settings, problem)
            try:
                state = search_with(problem, agent, service, n, (progress,)).run(fresh(problem))
            except BrokenProcessPool as error:
                raise UsageError(
                    f"{WORKER_DIED}; what was finished is saved: "
                    f"{resume_argument(directory.path)} goes on"
                ) from error
            finally:
                progress.close()
        keys = dict.fromkeys(key for key, _ in state.visits)
        return [found for key in keys if (found := store.get(key))]


def contenders(
    searches: Mapping[str, Sequence[Evaluation]], targets: Mapping[str, float]
) -> list[Contender]:
    """Compare searches by what they simulated: also networks that were dropped afterwards."""
    simulated = {
        name: tuple(one for one in found if {"accuracy", "edp_js"} <= set(one.metrics))
        for name, found in searches.items()
    }
    everything = np.concatenate([_losses(found) for found in simulated.values()])
    if not len(everything):
        return []
    low, high = everything.min(axis=0), everything.max(axis=0)
    span = np.where(high > low, high - low, 1.0)
    searched = []
    for name, found in simulated.items():
        met = tuple(one for one in found if is_met(one.metrics, targets))
        shares = (_share((_losses(some) - low) / span) for some in (met, found))
        searched.append(Contender(name, found, met, *shares))
    return searched


def _losses(evaluations: Sequence[Evaluation]) -> NDArray[np.float64]:
    """Errors and decades of EDP, (networks, 2)."""
    rows = [(1 - e.metrics["accuracy"], np.log10(e.metrics["edp_js"])) for e in evaluations]
    return np.array(rows, np.float64).reshape(-1, 2)


def _share(scaled: NDArray[np.float64]) -> float:
    top = 1 + MARGIN
    return hypervolume(scaled, (top, top)) / top**2
