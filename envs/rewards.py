"""Rewards: many metrics -> one number to be maximised."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from configs.imports import told
from envs.evaluation import Metrics
from envs.objectives import Objective

METRIC_OF = {"latency": "latency_s", "energy": "energy_j", "area": "area_m2"}


class RewardError(ValueError):
    """A reward that cannot be found, made or used; the message says why."""


class Reward(Protocol):
    """Anything that turns the metrics of a feasible design into a number, more being better."""

    def __call__(self, metrics: Metrics) -> float:
        """Return the reward of a design with these metrics."""
        ...


Merge = Literal["weighted", "product", "constraint", "chebyshev"]


@dataclass(frozen=True)
class NacimReward:
    """Accuracy (or another quality) and costs as one number, in one of four ways.

    With a the quality's gain, c the cost over its reference, g = max(0, 1 - c), w its weight and
    v = (1 - beta) w:

    * ``weighted``: beta a + (1 - beta) f, f the sum of w g (NACIM, eq. 1).
    * ``product``: a^beta times every g^v: nothing makes up for a cost at its reference.
    * ``constraint``: a, over c for every weighted cost beyond its reference; beta is not used.
    * ``chebyshev``: 1 less the largest of beta (1 - a) and every v min(1, c): the worst one
      counts, so that also the hollow parts of a front are found.

    Attributes:
        weights: Weight of latency, energy and area, used as they are given; 0 leaves one out.
        references: The cost at which nothing is gained any more, by metric.
        quality: What counts beside the costs, as its gain.
    """

    beta: float
    weights: Mapping[str, float]
    references: Mapping[str, float]
    quality: Objective = field(default_factory=lambda: Objective("accuracy"))
    merge: Merge = "weighted"

    def __call__(self, metrics: Metrics) -> float:
        """Return R."""
        gain = self.quality.gain(metrics)
        costs = [
            (weight, metrics[METRIC_OF[cost]] / self.references[METRIC_OF[cost]])
            for cost, weight in self.weights.items()
        ]
        return MERGES[self.merge](self.beta, gain, costs)


Costs = Sequence[tuple[float, float]]  # weight, cost over its reference


def _weighted(beta: float, gain: float, costs: Costs) -> float:
    return beta * gain + (1.0 - beta) * sum(w * max(0.0, 1.0 - c) for w, c in costs)


def _product(beta: float, gain: float, costs: Costs) -> float:
    shares = (max(0.0, 1.0 - c) ** ((1.0 - beta) * w) for w, c in costs)
    return float(max(0.0, gain) ** beta * math.prod(shares))


def _constraint(beta: float, gain: float, costs: Costs) -> float:
    del beta
    return gain / math.prod(max(1.0, c) for w, c in costs if w)


def _chebyshev(beta: float, gain: float, costs: Costs) -> float:
    losses = ((1.0 - beta) * w * min(1.0, c) for w, c in costs)
    return 1.0 - max(beta * (1.0 - gain), *losses)


MERGES: Mapping[Merge, Callable[[float, float, Costs], float]] = {
    "weighted": _weighted,
    "product": _product,
    "constraint": _constraint,
    "chebyshev": _chebyshev,
}


def rewarded(reward: Reward, metrics: Metrics) -> float:
    """Call a reward, be it a user's own.

    Raises:
        RewardError: If it fails, or gives anything but a finite number.
    """
    try:
        value = float(reward(metrics))
    except Exception as error:
        raise RewardError(f"the reward fails on {_shown(metrics)}: {told(error)}") from error
    if not math.isfinite(value):
        raise RewardError(f"the reward gives {value}, not a finite number, on {_shown(metrics)}")
    return value


def _shown(metrics: Metrics) -> str:
    values = ", ".join(str(value) for value in metrics.values())
    return f"metrics {', '.join(metrics)} ({values})"
