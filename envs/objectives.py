"""Objectives and constraints: a metric plus a direction, or plus a bound."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from envs.evaluation import Metrics

MAXIMIZED = frozenset({"accuracy"})
METRICS = ("accuracy", "energy_j", "latency_s", "area_m2")


@dataclass(frozen=True, slots=True)
class Objective:
    """A metric with a direction, brought to a loss that runs from 0 (best) to 1 (reference).

    Attributes:
        reference: The value at which a minimised metric counts as 1.
    """

    metric: str
    reference: float = 1.0

    def loss(self, metrics: Metrics) -> float:
        """Return ``1 - value`` of a maximised metric, ``value / reference`` of any other."""
        value = metrics[self.metric]
        return 1.0 - value if self.metric in MAXIMIZED else value / self.reference


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


def objectives(references: Mapping[str, float]) -> tuple[Objective, ...]:
    """The four objectives of NACIM, with the declared references of the costs."""
    return tuple(Objective(metric, references.get(metric, 1.0)) for metric in METRICS)


def losses(wanted: Iterable[Objective], metrics: Metrics) -> NDArray[np.float64]:
    """Loss vector of one design, to be minimised, shape ``(n_objectives,)``."""
    return np.array([objective.loss(metrics) for objective in wanted])
