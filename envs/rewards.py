"""Rewards: many metrics -> one number to be maximised."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

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


@dataclass(frozen=True)
class NacimReward:
    """R = beta * quality + (1 - beta) * f(L, E, A) (NACIM, eq. 1, where quality is accuracy).

    f is the weighted sum of what each cost stays below its reference, ``1 - cost / reference``,
    never less than 0.

    Attributes:
        weights: Weight of latency, energy and area in f, used as they are given.
        references: The cost at which nothing is gained any more, by metric.
        quality: What counts beside the costs, as its gain.
    """

    beta: float
    weights: Mapping[str, float]
    references: Mapping[str, float]
    quality: Objective = field(default_factory=lambda: Objective("accuracy"))

    def __call__(self, metrics: Metrics) -> float:
        """Return R."""
        efficiency = sum(
            weight * max(0.0, 1.0 - metrics[METRIC_OF[cost]] / self.references[METRIC_OF[cost]])
            for cost, weight in self.weights.items()
        )
        return self.beta * self.quality.gain(metrics) + (1.0 - self.beta) * efficiency


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


def told(error: BaseException) -> str:
    """Kind and first line of an error."""
    lines = str(error).strip().splitlines()
    return ": ".join([type(error).__name__, *lines[:1]])


def _shown(metrics: Metrics) -> str:
    values = ", ".join(str(value) for value in metrics.values())
    return f"metrics {', '.join(metrics)} ({values})"
