"""What one evaluation of one design yields."""

from collections.abc import Mapping
from dataclasses import dataclass, field

Metrics = Mapping[str, float]
FULL = "full"  # the fidelity of whoever has all metrics, and of evaluators without stages


class InfeasibleError(ValueError):
    """A design that cannot be built, does not learn or breaks a constraint; the message says why.

    Attributes:
        metrics: What had been measured by then.
    """

    def __init__(self, reason: str, metrics: Metrics | None = None) -> None:
        super().__init__(reason)
        self.metrics: Metrics = dict(metrics or {})


class DeviceMemoryError(RuntimeError):
    """The memory of a GPU is full: no fault of the design, and no evaluation of it."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The outcome for one design.

    Attributes:
        choices: The choice of every decision of the space.
        metrics: Measured values by SI name; incomplete when infeasible.
        infeasible: The reason, or None for a feasible design.
        wall_s: Time the evaluation took.
        fidelity: The stage that the design came as far as; `FULL` if all metrics are measured.
        stage_s: Time by stage, in their order; empty if the evaluator has none. The last one is
            the stage that refused an infeasible design.
    """

    choices: Mapping[str, int | float | str]
    metrics: Metrics
    infeasible: str | None = None
    wall_s: float = 0.0
    fidelity: str = FULL
    stage_s: Mapping[str, float] = field(default_factory=dict)
