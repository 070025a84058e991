"""How good searches are: best reward, hypervolume, IGD+, expected utility, regret; and how sure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import moocore
import numpy as np
from numpy.typing import NDArray
from scipy.stats import wilcoxon

from agents import bootstrap
from agents.bootstrap import Interval
from envs.pareto import front, hypervolume

Reals = NDArray[np.float64]
N_WEIGHTS = 100  # of the expected utility
MEASURES = {  # of an agent, and whether more is better
    "best reward": True,
    "hypervolume": True,
    "IGD+": False,
    "expected utility": True,
    "regret": False,
}
TESTED = ("best reward", "hypervolume")


@dataclass(frozen=True)
class Found:
    """A search: what its designs are worth, in the order of their evaluation.

    Attributes:
        losses: Shape ``(n_designs, n_objectives)``; infinite of those that cannot be.
        n_proposals: Those of known designs too.
    """

    rewards: Reals
    losses: Reals
    n_proposals: int
    wall_s: float

    @property
    def points(self) -> Reals:
        """Losses of what can be."""
        return self.losses[np.isfinite(self.losses).all(axis=1)]

    @property
    def best(self) -> float:
        """Highest reward of what can be; the lowest of all where nothing can."""
        possible = np.isfinite(self.losses).all(axis=1)
        return float(self.rewards[possible].max() if possible.any() else self.rewards.min())

    def until(self, n: int) -> "Found":
        """The same search with a smaller budget."""
        return Found(self.rewards[:n], self.losses[:n], self.n_proposals, self.wall_s)

    @property
    def bounded(self) -> Reals:
        """Losses of what can be; beyond its reference nothing gets worse."""
        return np.clip(self.points, None, 1.0)

    @property
    def hypervolume(self) -> float:
        """Within the unit cube."""
        return hypervolume(self.points, [1.0] * self.losses.shape[1])


def found_of(told: Mapping[str, Any], n_objectives: int) -> Found:
    """Read what `agents.bench_trial.searched` has returned."""
    worst = [np.inf] * n_objectives
    losses = np.array([one or worst for one in told["losses"]], float).reshape(-1, n_objectives)
    rewards = np.array(told["rewards"], float)
    return Found(rewards, losses, int(told["proposals"]), float(told["wall_s"]))


def can_be_read(told: Any, n_objectives: int) -> bool:  # noqa: ANN401 (what a file holds)
    """Whether `found_of` can make a search of it."""
    try:
        found = found_of(told, n_objectives)
        widths = {len(one) for one in told["losses"] if one is not None}
    except (LookupError, TypeError, ValueError, AttributeError):
        return False
    is_whole = found.rewards.ndim == 1 and len(found.rewards) == len(told["losses"]) > 0
    return is_whole and widths <= {n_objectives}


def union_front(searches: Sequence[Found]) -> Reals:
    """What no design of any search dominates, of losses up to 1."""
    points = np.concatenate([one.bounded for one in searches])
    return points[front(points)]


def weights(n_objectives: int) -> Reals:
    """Weights of objectives, drawn evenly from the simplex; always the same ones."""
    return np.random.default_rng(0).dirichlet(np.ones(n_objectives), N_WEIGHTS)


def measured(found: Found, union: Reals, optimum: float | None) -> dict[str, float]:
    """All measures of a search; without an optimum no regret.

    A search that found nothing is as if it had found what is worst in everything.
    """
    n_objectives = found.losses.shape[1]
    points = found.bounded if len(found.points) else np.ones((1, n_objectives))
    gains = 1.0 - points @ weights(n_objectives).T
    values = {
        "best reward": found.best,
        "hypervolume": found.hypervolume,
        "IGD+": float(moocore.igd_plus(points, ref=union)) if len(union) else 0.0,
        "expected utility": float(gains.max(axis=0).mean()),
    }
    return values if optimum is None else values | {"regret": optimum - found.best}


def intervals(searches: Sequence[Mapping[str, float]]) -> dict[str, Interval]:
    """Mean of each measure over seeds, with bounds."""
    generator = np.random.default_rng(0)
    return {
        name: bootstrap.mean([one[name] for one in searches], generator) for name in searches[0]
    }


def p_values(by_agent: Mapping[str, Sequence[float]], against: str) -> dict[str, float]:
    """Of each other agent: that it differs from one, paired by seed (Wilcoxon), after Holm."""
    others = [name for name in by_agent if name != against]
    raw = {name: _p_value(by_agent[name], by_agent[against]) for name in others}
    return dict(zip(others, holm([raw[name] for name in others]), strict=True))


def _p_value(one: Sequence[float], other: Sequence[float]) -> float:
    differences = np.subtract(one, other)
    return float(wilcoxon(differences).pvalue) if differences.any() else 1.0


def holm(p: Sequence[float]) -> list[float]:
    """Correct p-values for their number (Holm, 1979)."""
    order = np.argsort(p)
    factors = len(p) - np.arange(len(p))
    corrected = np.minimum(np.maximum.accumulate(np.array(p, float)[order] * factors), 1.0)
    found = np.empty(len(p))
    found[order] = corrected
    return [float(one) for one in found]
