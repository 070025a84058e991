"""Rewards: many metrics -> one number to be maximised."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from envs.evaluation import Metrics

METRIC_OF = {"latency": "latency_s", "energy": "energy_j", "area": "area_m2"}


class Reward(Protocol):
    """Anything that turns the metrics of a feasible design into a number, more being better."""

    def __call__(self, metrics: Metrics) -> float:
        """Return the reward of a design with these metrics."""
        ...


@dataclass(frozen=True)
class NacimReward:
    """R = beta * accuracy + (1 - beta) * f(L, E, A) (NACIM, eq. 1).

    f is the weighted sum of what each cost stays below its reference, ``1 - cost / reference``,
    never less than 0.

    Attributes:
        weights: Weight of latency, energy and area in f, used as they are given.
        references: The cost at which nothing is gained any more, by metric.
    """

    beta: float
    weights: Mapping[str, float]
    references: Mapping[str, float]

    def __call__(self, metrics: Metrics) -> float:
        """Return R."""
        efficiency = sum(
            weight * max(0.0, 1.0 - metrics[METRIC_OF[cost]] / self.references[METRIC_OF[cost]])
            for cost, weight in self.weights.items()
        )
        return self.beta * metrics["accuracy"] + (1.0 - self.beta) * efficiency
