"""What a flow has found: designs with their weights, each with the best circuit for it."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from envs.evaluation import Metrics
from envs.evaluators import CimCost, Pipeline
from envs.pareto import front
from envs.problem import Problem
from envs.rewards import METRIC_OF
from envs.space import Choices
from hwmodels.chip import Circuit
from hwmodels.devices import load_device
from hwmodels.estimate import InfeasibleChipError
from hwmodels.optimize import circuit_grid, optimize_circuit
from hwmodels.workload import Workload

CIRCUIT = "chip."  # what the choices of a circuit begin with


@dataclass(frozen=True, slots=True)
class Candidate:
    """A design of a flow.

    Attributes:
        stage: The folder of the stage that found it.
        weights: The file of its weights, from the flow's folder; None if it was not kept.
        n_operations: Multiplications and additions of one inference.
        fresh: Its accuracies on chips that no search has seen; None if it was not judged again.
    """

    stage: str
    choices: Choices
    metrics: Metrics
    weights: str | None
    n_operations: float = math.nan
    fresh: Metrics | None = None

    def to_json(self) -> dict[str, Any]:
        """Return plain data."""
        return asdict(self)


@dataclass(frozen=True)
class Pricing:
    """How candidates are priced and compared.

    Attributes:
        problem: The problem with every group open; its references make efficiencies comparable.
        weights: Of each cost in the normalized hardware efficiency.
    """

    problem: Problem
    weights: Mapping[str, float]

    def with_best_circuit(self, one: Candidate) -> Candidate | None:
        """The candidate on the circuit of the smallest product of area, energy and latency.

        None if no circuit of the space can be built for it within the bounds of the run.
        """
        pipeline = self.problem.evaluator
        assert isinstance(pipeline, Pipeline)  # noqa: S101 (whoever makes a flow checks it)
        cost, design = pipeline.stages[0], pipeline.build(one.choices)
        assert isinstance(cost, CimCost)  # noqa: S101 (as above)
        workload = Workload.of(design.network, design.quantization)
        device, circuits = load_device(design.device), self._circuits(design.circuit)
        try:
            found = optimize_circuit(
                workload, device, circuits, cost.technology, cost.model, at_most=self._bounds
            )
        except InfeasibleChipError:
            return None
        chosen = {name: getattr(found.best, name) for name in self._open}
        choices = {**one.choices, **{f"{CIRCUIT}{name}": value for name, value in chosen.items()}}
        best, names = int(found.rank[0]), ("area_m2", "energy_j", "latency_s")
        prices = {name: float(getattr(found.prices, name)[best]) for name in names}
        return replace(
            one,
            choices=choices,
            metrics={**one.metrics, **prices},
            n_operations=float(workload.n_operations),
        )

    @property
    def _bounds(self) -> dict[str, float]:
        """Those of the run's constraints that a circuit decides on."""
        constraints = getattr(self.problem.evaluator, "constraints", ())
        return {one.metric: one.bound for one in constraints if one.metric in CimCost.yields}

    @property
    def _open(self) -> dict[str, tuple[Any, ...]]:
        decisions = (d for d in self.problem.space.decisions if d.group == "circuit")
        return {d.name.removeprefix(CIRCUIT): d.choices for d in decisions}

    def _circuits(self, start: Circuit) -> list[Circuit]:
        return circuit_grid(start, self._open)

    def efficiency(self, metrics: Metrics) -> float:
        """Normalized hardware efficiency: the weighted sum of what each cost saves."""
        references = {one.metric: one.reference for one in self.problem.objectives}
        total = sum(self.weights.values()) or 1.0
        return sum(
            weight / total * (1.0 - metrics[METRIC_OF[cost]] / references[METRIC_OF[cost]])
            for cost, weight in self.weights.items()
        )

    def front(self, candidates: Sequence[Candidate]) -> list[Candidate]:
        """Those that no other one is better than in everything."""
        if not candidates:
            return []
        names = [one.metric for one in self.problem.objectives]
        rows = [
            [1.0 - c.metrics[n] if n == "accuracy" else c.metrics[n] for n in names]
            for c in candidates
        ]
        mask = front(np.array(rows))
        return [one for one, is_best in zip(candidates, mask, strict=True) if is_best]

    def spread(self, candidates: Sequence[Candidate], n: int, margin: float) -> list[Candidate]:
        """At most ``n`` of the front of accuracy and efficiency, evenly, the most accurate first.

        Those whose accuracy is more than a margin below the best one are left out.
        """
        least = max((one.metrics["accuracy"] for one in candidates), default=0.0) - margin
        near = [one for one in candidates if one.metrics["accuracy"] >= least]
        rows = [(1 - c.metrics["accuracy"], 1 - self.efficiency(c.metrics)) for c in near]
        mask = front(np.array(rows).reshape(-1, 2))
        best = [one for one, is_best in zip(near, mask, strict=True) if is_best]
        best.sort(key=self._accuracy_first, reverse=True)
        places = np.linspace(0, len(best) - 1, min(n, len(best))).round().astype(int)
        return [best[i] for i in places]

    def most_accurate(self, candidates: Sequence[Candidate]) -> Candidate:
        """The highest accuracy (over the chips of the search); of equals the most efficient."""
        return max(candidates, key=self._accuracy_first)

    def _accuracy_first(self, one: Candidate) -> tuple[float, float]:
        return one.metrics["accuracy"], self.efficiency(one.metrics)

    def most_efficient(self, candidates: Sequence[Candidate], margin: float) -> Candidate:
        """The highest efficiency of those whose accuracy is within a margin of the best."""
        least = max(one.metrics["accuracy"] for one in candidates) - margin
        allowed = [one for one in candidates if one.metrics["accuracy"] >= least]
        return max(allowed, key=lambda one: self.efficiency(one.metrics))
