"""Measures networks of cells, many at once: sizes, costs, then how good they promise to be."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from envs.cell_costs import CellCosts
from envs.cell_space import sizes_of
from envs.evaluation import InfeasibleError, Metrics
from envs.evaluators import Outcome, check_constraints
from envs.objectives import Constraint
from envs.space import Choices
from snn.cell_network import CellNetwork

MEMORY = ("n_parameters", "memory_bits")


class Quality(Protocol):
    """How good networks are, or promise to be."""

    @property
    def metric(self) -> str:
        """Name of what it measures."""
        ...

    @property
    def context(self) -> dict[str, Any]:
        """What it depends on, besides the network."""
        ...

    def measured(self, networks: Sequence[CellNetwork]) -> Iterator[float | InfeasibleError]:
        """Measure networks, each the same whatever the others are; in their order."""
        ...


@dataclass(frozen=True)
class CellEvaluator:
    """Choices -> sizes, costs and quality, in this process: quality is shared work.

    Attributes:
        scores_over_budget: Whether quality is measured, too, where memory is within its budget
            and another cost is not: the first pass of NeuroNAS's algorithm asks for it.
    """

    costs: CellCosts
    quality: Quality
    constraints: tuple[Constraint, ...] = ()
    scores_over_budget: bool = False
    is_cheap: ClassVar[bool] = True

    @property
    def yields(self) -> tuple[str, ...]:
        """Names of the metrics of a feasible design."""
        return (*self.costs.yields, self.quality.metric)

    @property
    def context(self) -> dict[str, Any]:
        """What an outcome depends on."""
        return {
            "constraints": {one.metric: one.bound for one in self.constraints},
            "cells": self.costs.cells.context,
            "costs": self.costs.context,
            "quality": self.quality.context,
            "scores_over_budget": self.scores_over_budget,
        }

    def __call__(self, choices: Choices, seed: int) -> Metrics:
        """Measure one design.

        Raises:
            InfeasibleError: With the reason and what was measured.
        """
        del seed  # networks are compared under the same weights and images
        outcome = next(iter(self.evaluate_many([choices])))
        if isinstance(outcome, InfeasibleError):
            raise outcome
        return outcome

    def evaluate_many(self, designs: Sequence[Choices]) -> Iterator[Outcome]:
        """Measure designs, in their order."""
        begun = [self._begun(choices) for choices in designs]
        networks = [network for network, _ in begun if network is not None]
        qualities = self.quality.measured(networks)
        for network, outcome in begun:
            yield outcome if network is None else self._with_quality(outcome, next(qualities))

    def _begun(self, choices: Choices) -> tuple[CellNetwork | None, Outcome]:
        """The network, if its quality is wanted; and what is known without it."""
        metrics: dict[str, float] = {}
        network = None
        try:
            network = self.costs.cells.network(choices)
            metrics |= self.costs.sizes(network)
            check_constraints(self.constraints, metrics)
            metrics |= self.costs.prices(sizes_of(network))
            check_constraints(self.constraints, metrics)
        except InfeasibleError as error:
            is_scored = self.scores_over_budget and "energy_j" in error.metrics
            return network if is_scored else None, InfeasibleError(str(error), metrics)
        except ValueError as error:
            return None, InfeasibleError(str(error), metrics)
        return network, metrics

    def _with_quality(self, outcome: Outcome, found: float | InfeasibleError) -> Outcome:
        known = outcome.metrics if isinstance(outcome, InfeasibleError) else outcome
        if isinstance(found, InfeasibleError):
            return InfeasibleError(str(found), known)
        metrics = {**known, self.quality.metric: found}
        if isinstance(outcome, InfeasibleError):
            return InfeasibleError(str(outcome), metrics)
        try:
            check_constraints(self.constraints, metrics)
        except InfeasibleError as error:
            return error
        return metrics
