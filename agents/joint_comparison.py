"""What the ways to search have found after each design, and how far they are apart over seeds."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agents.bootstrap import Interval, mean
from agents.flow_settings import read_summary
from agents.judged import judged_designs
from agents.usage import UsageError
from envs.evaluation import Evaluation
from envs.pareto import ParetoArchive, hypervolume
from envs.problem import Problem
from envs.rewards import METRIC_OF

Reals = NDArray[np.float64]
FEWEST = 5  # seeds from which on an interval of the bootstrap is worth its name
COST_OF = {metric: cost for cost, metric in METRIC_OF.items()}
ALL = "hypervolume"


@dataclass(frozen=True)
class Found:
    """What one way to search has found with one seed.

    Attributes:
        figures: In the end: hypervolume of all objectives and of each pair of accuracy and a cost,
            in shares of the references, and the best reward.
        curve: Hypervolume of all objectives after each design, shape ``(budget,)``; a search
            that ended before keeps what it had.
        n_designs: Evaluated, of all stages, ...
        n_feasible: ... and those that can be.
        wall_s: Time of the searches, without any training beforehand.
    """

    figures: Mapping[str, float]
    curve: Reals
    n_designs: int
    n_feasible: int
    wall_s: float

    @classmethod
    def of(cls, problem: Problem, runs: Sequence[Path], budget: int) -> "Found":
        """Read the finished runs of a way, all stages as one search.

        Raises:
            UsageError: If one of them cannot be read.
        """
        designs = [one.evaluation for run in runs for one in judged_designs(run)]
        feasible = [one for one in designs if one.infeasible is None]
        return cls(
            figures_of(problem, feasible),
            curve_of(problem, designs, budget),
            len(designs),
            len(feasible),
            sum(map(_wall_s, runs)),
        )

    def plain(self) -> dict[str, Any]:
        """For the summary."""
        return {**asdict(self), "curve": self.curve.tolist()}


def _wall_s(run: Path) -> float:
    try:
        return float(read_summary(run)["wall_s"])
    except (LookupError, TypeError, ValueError) as error:
        raise UsageError(f"{run / 'summary.json'} cannot be read: {error!r}") from error


def figures_of(problem: Problem, feasible: Sequence[Evaluation]) -> dict[str, float]:
    """Hypervolumes within the references, and the best reward by that of the problem."""
    n = len(problem.objectives)
    losses = np.array([problem.losses(one) for one in feasible]).reshape(-1, n)
    found = {ALL: hypervolume(losses, [1.0] * n)}
    for i, objective in enumerate(problem.objectives[1:], 1):
        name = COST_OF.get(objective.metric, objective.metric)
        found[f"accuracy-{name}"] = hypervolume(losses[:, [0, i]], [1.0, 1.0])
    best = max((problem.score(one) for one in feasible), default=problem.infeasible_reward)
    return {**found, "best reward": best}


def curve_of(problem: Problem, designs: Sequence[Evaluation], budget: int) -> Reals:
    """Hypervolume after each design, shape ``(budget,)``."""
    archive, curve = ParetoArchive(len(problem.objectives)), [0.0]
    for one in designs:
        is_new = one.infeasible is None and archive.add(problem.losses(one), one)
        curve.append(archive.hypervolume() if is_new else curve[-1])
    return np.array(curve[1:] + curve[-1:] * (budget - len(designs)))


@dataclass(frozen=True)
class Gain:
    """The joint search beside another way, by one figure, seed by seed.

    Attributes:
        difference: Joint less the other, of the same seed.
        n_ahead: Seeds in which joint has more.
    """

    joint: Interval
    other: Interval
    difference: Interval
    n_ahead: int
    n_seeds: int

    @classmethod
    def of(cls, joint: Sequence[float], other: Sequence[float]) -> "Gain":
        """Compare figures of the same seeds."""
        generator = np.random.default_rng(0)
        differences = [one - two for one, two in zip(joint, other, strict=True)]
        return cls(
            mean(joint, generator),
            mean(other, generator),
            mean(differences, generator),
            sum(one > 0 for one in differences),
            len(differences),
        )

    @property
    def is_reached(self) -> bool:
        """Whether the joint search has more on average."""
        return self.difference.value > 0

    @property
    def verdict(self) -> str:
        """Whether it has, and how far the seeds tell."""
        if not self.is_reached:
            return "NOT REACHED"
        if self.n_seeds == 1:
            return "reached with one seed, which tells of no others"
        if self.n_seeds < FEWEST:
            return f"reached by the mean; {self.n_seeds} seeds are too few for an interval"
        if self.difference.low > 0:
            return "reached, by the whole of the interval"
        return "reached by the mean; the interval leaves it open"


def gains_of(joint: Sequence[Found], other: Sequence[Found]) -> dict[str, Gain]:
    """Every figure of two ways, with the same seeds in the same order."""
    return {
        name: Gain.of([one.figures[name] for one in joint], [one.figures[name] for one in other])
        for name in joint[0].figures
    }


def band_of(curves: Sequence[Reals]) -> Reals:
    """Mean and 95 % bounds after each design, over seeds, shape ``(3, budget)``."""
    columns = np.array(curves).T
    found = [mean(column.tolist(), np.random.default_rng(0)) for column in columns]
    return np.array([(one.value, one.low, one.high) for one in found]).T
