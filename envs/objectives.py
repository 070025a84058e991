"""Objectives and constraints: a metric plus a direction, or plus a bound."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from envs.evaluation import Metrics

MAXIMIZED = frozenset({"accuracy", "worst_accuracy", "fitness"})
METRICS = ("accuracy", "energy_j", "latency_s", "area_m2")


@dataclass(frozen=True, slots=True)
class Objective:
    """A metric with a direction, brought to a loss that runs from 0 (best) to 1.

    Attributes:
        reference: The value at which a minimised metric counts as 1.
        floor: The value at which a maximised metric counts as 1 ...
        top: ... and as 0.
    """

    metric: str
    reference: float = 1.0
    floor: float = 0.0
    top: float = 1.0

    def gain(self, metrics: Metrics) -> float:
        """Return 1 at the best and 0 at the worst."""
        value = metrics[self.metric]
        if self.metric in MAXIMIZED:
            return (value - self.floor) / (self.top - self.floor)
        return 1.0 - value / self.reference

    def loss(self, metrics: Metrics) -> float:
        """Return ``1 - gain`` of a maximised metric, ``value / reference`` of any other."""
        if self.metric in MAXIMIZED:
            return 1.0 - self.gain(metrics)
        return metrics[self.metric] / self.reference


@dataclass(frozen=True, slots=True)
class Constraint:
    """A bound on a metric: a floor for a maximised one, else a ceiling."""

    metric: str
    bound: float

    def violation(self, metrics: Metrics) -> str | None:
        """Say how a metric breaks the bound; None if it holds or is not measured yet."""
        if self.metric not in metrics:
            return None
        value = metrics[self.metric]
        if self.metric in MAXIMIZED:
            return None if value >= self.bound else f"{self.metric} {value:.4g} < {self.bound:.4g}"
        return None if value <= self.bound else f"{self.metric} {value:.4g} > {self.bound:.4g}"

    def excess(self, metrics: Metrics) -> float:
        """How far beyond the bound a metric is, in shares of the bound; 0 within or unmeasured."""
        if self.violation(metrics) is None:
            return 0.0
        return abs(metrics[self.metric] - self.bound) / self.bound


def objectives(references: Mapping[str, float]) -> tuple[Objective, ...]:
    """The four objectives of NACIM, with the declared references of the costs."""
    return tuple(Objective(metric, references.get(metric, 1.0)) for metric in METRICS)


def losses(wanted: Iterable[Objective], metrics: Metrics) -> NDArray[np.float64]:
    """Loss vector of one design, to be minimised, shape ``(n_objectives,)``."""
    return np.array([objective.loss(metrics) for objective in wanted])
