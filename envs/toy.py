"""A problem whose Pareto front is known, judged in microseconds: for tests and benchmarks."""

from dataclasses import dataclass
from typing import Any, ClassVar

from envs.evaluation import Metrics
from envs.evaluators import check_constraints
from envs.objectives import METRICS, Constraint
from envs.settings import ToySettings
from envs.space import Choices, SearchSpace

DECISIONS = {"toy.width", "toy.waste", "toy.error"}
REFERENCES = {"energy_j": 1.0, "latency_s": 1.0, "area_m2": 1.0}


@dataclass(frozen=True)
class ToyEvaluator:
    """Accuracy and area grow with ``width``; ``waste`` only costs, ``error`` only harms.

    The Pareto front is exactly the eight designs with waste 0 and error 0.
    """

    constraints: tuple[Constraint, ...] = ()
    is_cheap: bool = True
    yields: ClassVar[tuple[str, ...]] = METRICS

    @property
    def context(self) -> dict[str, Any]:
        """The bounds."""
        return {"toy": 1, "constraints": {c.metric: c.bound for c in self.constraints}}

    def __call__(self, choices: Choices, seed: int) -> Metrics:
        """Measure; exact fractions of 1."""
        del seed
        width, waste, error = (int(choices[f"toy.{name}"]) for name in ("width", "waste", "error"))
        metrics = {
            "accuracy": width / 8 - error / 64,
            "energy_j": (width + waste) / 16,
            "latency_s": (1 + waste + error) / 16,
            "area_m2": (width + waste) / 16,
        }
        check_constraints(self.constraints, metrics)
        return metrics


def toy_space(settings: ToySettings) -> SearchSpace:
    """Read the space, which must hold the toy's three decisions."""
    space = SearchSpace.from_data(block.model_dump() for block in settings.space)
    found = {decision.name for decision in space.decisions}
    if found != DECISIONS:
        listed = ", ".join(sorted(found))
        raise ValueError(f"env.space: needs {', '.join(sorted(DECISIONS))}; got {listed}")
    for decision in space.decisions:
        if any(not isinstance(choice, int) or choice < 0 for choice in decision.choices):
            raise ValueError(f"env.space: {decision.name}: needs whole numbers from 0 on")
    return space
