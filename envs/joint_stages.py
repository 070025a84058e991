"""The stages that a joint design goes through, cheapest first; each refuses it or lets it go on."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from async_sim.result import DeadlockError
from envs.ancoef_design import least_cores, mesh_named
from envs.evaluation import Evaluation, InfeasibleError
from envs.evaluators import check_constraints
from envs.joint_bounds import check_bounds, least_figures
from envs.joint_family import Measured
from envs.objectives import Constraint
from envs.rewards import RewardError
from envs.space import Choices

if TYPE_CHECKING:
    from envs.joint_evaluator import JointEvaluator

SHORT = "short"
SCORE_METRIC, SHORT_METRIC = "score", "short_accuracy"


@dataclass
class Candidate:
    """A design on its way, and what is known of it so far.

    Attributes:
        seed: Of what is drawn for this design alone.
        measured: The network, once its accuracy is known.
        stage_s: Time of each stage that it went through.
    """

    choices: Choices
    seed: int = 0
    metrics: dict[str, float] = field(default_factory=dict)
    measured: Measured | None = None
    stage_s: dict[str, float] = field(default_factory=dict)

    def ended(self, reason: str | None = None) -> Evaluation:
        """The outcome; the last stage is as far as it came."""
        stage_s = dict(self.stage_s)
        return Evaluation(
            dict(self.choices), self.metrics, reason, fidelity=[*stage_s][-1], stage_s=stage_s
        )


class JointStage(Protocol):
    """One fidelity."""

    @property
    def name(self) -> str:
        """Among the stages."""
        ...

    def __call__(self, candidate: Candidate) -> None:
        """Add to what is known of a design.

        Raises:
            ValueError: In one line, if it is to go no further.
            DeadlockError: Likewise.
        """
        ...


def through(
    stages: Sequence[JointStage],
    choices: Choices,
    constraints: tuple[Constraint, ...],
    seed: int = 0,
) -> Evaluation:
    """Send a design through stages, until one refuses it or a bound is broken."""
    candidate = Candidate(choices, seed)
    for stage in stages:
        start = time.perf_counter()
        try:
            stage(candidate)
            check_constraints(constraints, candidate.metrics)
        except RewardError:  # a user's own, in a search for the mapping
            raise
        except (ValueError, DeadlockError) as error:
            candidate.stage_s[stage.name] = time.perf_counter() - start
            candidate.metrics |= getattr(error, "metrics", {})
            return candidate.ended(str(error))
        candidate.stage_s[stage.name] = time.perf_counter() - start
    return candidate.ended()


@dataclass(frozen=True)
class Structure:
    """Can the circuit be, does the network fit the mesh, and how much does it store?"""

    joint: "JointEvaluator"
    name: str = "structure"

    def __call__(self, candidate: Candidate) -> None:
        """Count cores, and the bits of all weights."""
        joint, choices = self.joint, candidate.choices
        joint.chip(choices)
        graph, bits = joint.family.graph(choices), joint.family.weight_bits(choices)
        n_cores = least_cores(graph, int(choices["mesh.neurons_per_core"]))
        n_nodes = mesh_named(str(choices["mesh.shape"]), n_cores).n_nodes
        if n_cores > n_nodes:
            raise ValueError(f"the network needs {n_cores} cores, and the mesh has {n_nodes} nodes")
        memory_bits = sum(n * bits[layer.name] for _, layer, n in graph.weighted())
        candidate.metrics |= {"n_cores": n_cores, "memory_bits": memory_bits}


@dataclass(frozen=True)
class Bounds:
    """Could the design keep the bounds if not a neuron fired?"""

    joint: "JointEvaluator"
    name: str = "bounds"

    def __call__(self, candidate: Candidate) -> None:
        """Price it without a spike, which no training can undercut."""
        least = least_figures(self.joint, candidate.choices)
        check_bounds(self.joint.mapping_constraints, least)


@dataclass(frozen=True)
class TrainingFree:
    """Does the network promise anything before it is trained?"""

    joint: "JointEvaluator"
    name: str = "score"

    def __call__(self, candidate: Candidate) -> None:
        """Score it with random weights."""
        from envs.joint_score import score_of  # noqa: PLC0415 (loads torch)

        wanted, joint = self.joint.settings.stages.score, self.joint
        score = score_of(joint.family, joint.dataset, candidate.choices, wanted, joint.seed)
        candidate.metrics[SCORE_METRIC] = score
        least = wanted.at_least
        if least is not None and score < least:
            raise InfeasibleError(f"{SCORE_METRIC} {score:.4g} < {least:.4g}")


@dataclass(frozen=True)
class ShortTraining:
    """Does it do well after little training, on few chips and images?"""

    joint: "JointEvaluator"
    name: str = SHORT

    def __call__(self, candidate: Candidate) -> None:
        """Measure it roughly."""
        found = self.joint.short_accuracy(candidate.choices)
        candidate.metrics[SHORT_METRIC] = found
        least = self.joint.settings.stages.short.accuracy
        if least is not None and found < least:
            raise InfeasibleError(f"{SHORT_METRIC} {found:.4g} < {least:.4g}")


@dataclass(frozen=True)
class FullAccuracy:
    """How well does it do, and what does it fire?"""

    joint: "JointEvaluator"
    name: str = "accuracy"

    def __call__(self, candidate: Candidate) -> None:
        """Train and measure it whole, on all chips."""
        candidate.measured = measured = self.joint.measured(candidate.choices)
        candidate.metrics |= measured.metrics


@dataclass(frozen=True)
class Simulation:
    """What do its recorded spikes take?"""

    simulate: Callable[[Candidate, Measured], None]
    name: str = "simulation"

    def __call__(self, candidate: Candidate) -> None:
        """Price the cores with the recorded rates, and simulate."""
        assert candidate.measured is not None  # noqa: S101 (the stage before)
        self.simulate(candidate, candidate.measured)
