"""Evaluators: one call each into a lower layer, chained cheapest first."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol, runtime_checkable

from configs import catalog
from envs.design import Design
from envs.evaluation import Evaluation, InfeasibleError, Metrics
from envs.objectives import Constraint
from envs.space import Choices
from hwmodels.devices import load_device
from hwmodels.estimate import VERSION as COST_VERSION
from hwmodels.estimate import estimate
from hwmodels.workload import ACTIVITY

Outcome = Metrics | InfeasibleError


class Evaluator(Protocol):
    """Anything that measures a choice of every decision.

    It may tell the names of its metrics as ``yields``: a user's own reward is tried out on them.
    """

    @property
    def is_cheap(self) -> bool:
        """Whether a call costs less than handing it to another process."""
        ...

    @property
    def context(self) -> dict[str, Any]:
        """Plain data on which the outcome depends, besides the choices."""
        ...

    def __call__(self, choices: Choices, seed: int) -> Metrics:
        """Measure; raises `InfeasibleError`."""
        ...


@runtime_checkable
class BatchEvaluator(Evaluator, Protocol):
    """An evaluator for which many designs at once are less work than one by one.

    The outcome of a design is the same whatever others it is evaluated with.
    """

    def evaluate_many(self, designs: Sequence[Choices]) -> Iterator[Outcome]:
        """Measure designs, in their order, each as soon as it is known."""
        ...


@runtime_checkable
class StagedEvaluator(Protocol):
    """An evaluator that tells how far a design came, and the time of each stage."""

    def staged(self, choices: Choices, seed: int) -> Evaluation:
        """Measure; what cannot be is told as the reason, not raised."""
        ...


class Stage(Protocol):
    """Measures a built design, and says on what its outcome depends."""

    @property
    def yields(self) -> tuple[str, ...]:
        """Names of the metrics of a feasible design."""
        ...

    @property
    def context(self) -> dict[str, Any]:
        """Plain data on which the outcome depends, besides the design."""
        ...

    def __call__(self, design: Design, seed: int) -> Metrics:
        """Measure; raises `InfeasibleError`."""
        ...


class FurtherStage(Protocol):
    """Measures a built design with what has been measured before it: a user's own evaluator."""

    @property
    def name(self) -> str:
        """Its name among those of the run."""
        ...

    @property
    def yields(self) -> tuple[str, ...]:
        """Names of the metrics of a feasible design."""
        ...

    @property
    def is_cheap(self) -> bool:
        """Whether it comes before the last, dearest stage."""
        ...

    @property
    def context(self) -> dict[str, Any]:
        """Plain data on which the outcome depends, besides the design."""
        ...

    def measure(self, design: Design, seed: int, metrics: Metrics) -> Metrics:
        """Measure; raises `InfeasibleError`."""
        ...


@dataclass(frozen=True)
class Pipeline:
    """Builds the design, measures it stage by stage, stops at the first broken constraint.

    Attributes:
        own: A user's own evaluators: cheap ones come before the last of the stages, others last.
    """

    build: Callable[[Choices], Design]
    stages: tuple[Stage, ...]
    constraints: tuple[Constraint, ...] = ()
    is_cheap: bool = False
    own: tuple[FurtherStage, ...] = ()

    @property
    def yields(self) -> tuple[str, ...]:
        """Metrics of all stages."""
        return tuple(name for stage in self.in_order for name in stage.yields)

    @property
    def in_order(self) -> tuple[Stage | FurtherStage, ...]:
        """All stages, as they are called."""
        cheap = [one for one in self.own if one.is_cheap]
        others = [one for one in self.own if not one.is_cheap]
        return (*self.stages[:-1], *cheap, *self.stages[-1:], *others)

    @property
    def context(self) -> dict[str, Any]:
        """What every stage and constraint depends on."""
        bounds = {constraint.metric: constraint.bound for constraint in self.constraints}
        merged = {"constraints": bounds, "build": getattr(self.build, "context", {})}
        if self.own:
            merged["own"] = {stage.name: stage.context for stage in self.own}
        return merged | {type(stage).__name__: stage.context for stage in self.stages}

    def __call__(self, choices: Choices, seed: int) -> Metrics:
        """Return all metrics of a feasible design."""
        metrics: dict[str, float] = {}
        try:
            design = self.build(choices)
        except ValueError as error:
            raise InfeasibleError(str(error)) from error
        for stage in self.in_order:
            try:
                if callable(stage):
                    metrics |= stage(design, seed)
                else:
                    metrics |= stage.measure(design, seed, metrics)
            except InfeasibleError as error:
                raise InfeasibleError(str(error), metrics | dict(error.metrics)) from error
            check_constraints(self.constraints, metrics)
        return metrics


def check_constraints(constraints: tuple[Constraint, ...], metrics: Metrics) -> None:
    """Refuse metrics that break a bound.

    Raises:
        InfeasibleError: With every broken bound.
    """
    found = [constraint.violation(metrics) for constraint in constraints]
    broken = [violation for violation in found if violation]
    if broken:
        raise InfeasibleError("; ".join(broken), metrics)


@dataclass(frozen=True)
class CimCost:
    """Area, latency and energy of one inference by a model of `hwmodels`."""

    model: str
    technology: str
    devices: tuple[str, ...]
    yields: ClassVar[tuple[str, ...]] = ("area_m2", "energy_j", "latency_s")

    @property
    def context(self) -> dict[str, Any]:
        """Model, its version, and the content of every data file that it reads."""
        files = [("technology", self.technology), *(("device", name) for name in self.devices)]
        files += [("layout", "cmos"), ("layout", "wires"), ("activity", ACTIVITY)]
        data = {f"{group}/{name}": catalog.read(group, name) for group, name in files}
        return {"model": self.model, "version": COST_VERSION, "data": data}

    def __call__(self, design: Design, seed: int) -> Metrics:
        """Return ``area_m2``, ``energy_j`` and ``latency_s``."""
        del seed
        device = load_device(design.device)
        try:
            cost = estimate(
                design.network,
                design.quantization,
                device,
                design.circuit,
                self.technology,
                self.model,
            )
        except ValueError as error:
            raise InfeasibleError(str(error)) from error
        return {"area_m2": cost.area_m2, "energy_j": cost.energy_j, "latency_s": cost.latency_s}


@dataclass(frozen=True)
class Constant:
    """The same metrics for every design, to measure everything but the evaluation."""

    metrics: Metrics = field(
        default_factory=lambda: {
            "accuracy": 0.5,
            "energy_j": 1e-6,
            "latency_s": 1e-3,
            "area_m2": 1e-6,
        }
    )
    is_cheap: bool = True

    @property
    def yields(self) -> tuple[str, ...]:
        """Names of the metrics."""
        return tuple(self.metrics)

    @property
    def context(self) -> dict[str, Any]:
        """The metrics."""
        return {"constant": dict(self.metrics)}

    def __call__(self, choices: Choices, seed: int) -> Metrics:
        """Return the metrics."""
        del choices, seed
        return self.metrics
