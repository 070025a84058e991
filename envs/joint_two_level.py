"""Two levels: network, bits and chip of a design are given, and its mapping is searched by moves.

The outer search proposes designs with the mapping frozen; each is measured for accuracy once. From
the mapping given, the inner search spends its simulations on the recorded spikes; the best mapping
by the reward of the whole problem gives the design its figures. So it is never worth less than with
the mapping given.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

from async_sim.application import Application
from async_sim.hardware import Hardware
from async_sim.result import DeadlockError
from envs.ancoef_design import hardware_of
from envs.ancoef_features import Bins
from envs.ancoef_problem import AncoefProblem, flat_space
from envs.coexplore_evaluator import HardwareSearch
from envs.evaluation import InfeasibleError, Metrics
from envs.evaluators import check_constraints
from envs.joint_choices import flat_choices
from envs.joint_evaluator import JointEvaluator
from envs.joint_family import Measured
from envs.joint_mapping import MappedNetwork
from envs.joint_stages import Candidate
from envs.judgement import judge
from envs.kept_json import keep, kept
from envs.moves.families import moves_named
from envs.moves.move import Neighbourhood
from envs.objectives import Constraint, objectives
from envs.rewards import Reward
from envs.space import Choices
from envs.store import digest

INNER_VERSION = 1  # part of the store's key: raise it when another mapping is found
MAPPINGS = "mappings"  # folder of a run


@dataclass(frozen=True)
class MappingEvaluator:
    """Simulates the mappings of one network that has been measured.

    Attributes:
        known: Its accuracies, and its spikes.
    """

    network: MappedNetwork
    known: Metrics
    constraints: tuple[Constraint, ...] = ()
    is_cheap: bool = True  # next to handing the network to another process

    @property
    def context(self) -> dict[str, Any]:
        """Nothing: no store outlives the search."""
        return {}

    def __call__(self, choices: Choices, seed: int) -> Metrics:
        """Return all metrics of a mapping that is possible and within the bounds."""
        del seed
        try:
            found = self.network.metrics(hardware_of(choices, self.network.plain))
        except (ValueError, DeadlockError) as error:
            raise InfeasibleError(str(error), self.known) from error
        metrics = {**self.known, **found}
        check_constraints(self.constraints, metrics)
        return metrics


@dataclass(frozen=True)
class MappingNeighbourhood(Neighbourhood):
    """Moves that go by what the cores of each design take."""

    network: MappedNetwork

    def application_on(self, hardware: Hardware) -> Application:
        """The network with the figures of these cores; without any if they cannot be built."""
        try:
            return self.network.application_on(hardware)
        except ValueError:  # a walk may begin there
            return self.network.plain


@dataclass(frozen=True)
class MappingGoal:
    """What a mapping is found for.

    Attributes:
        told: On what the reward depends, as plain data.
    """

    reward: Reward
    infeasible_reward: float
    told: Mapping[str, Any]


@dataclass(frozen=True)
class TwoLevelEvaluator(JointEvaluator):
    """As `JointEvaluator`, on the best mapping that a search has found for each design.

    Attributes:
        search: None until somebody searches.
    """

    search: HardwareSearch | None = None
    goal: MappingGoal | None = field(default=None, repr=False)
    yields: ClassVar[tuple[str, ...]] = (*JointEvaluator.yields, "n_simulations")

    @cached_property
    def context(self) -> dict[str, Any]:
        """Besides: how a mapping is searched, and what for."""
        inner: dict[str, Any] = {"version": INNER_VERSION, **self.settings.inner.told()}
        if self.search is not None and self.goal is not None:
            inner |= {"search": self.search.context, "goal": dict(self.goal.told)}
        return super().context | {"inner": inner}

    def mapping_of(self, choices: Choices) -> dict[str, Any]:
        """What was found for a design: its ``mapping`` and ``metrics``.

        Raises:
            OSError: If nothing was kept.
            ValueError: If what was kept cannot be read.
        """
        return kept(self._file(choices), "mapping")

    def mapping(self, choices: Choices) -> Choices:
        """What was found for a design.

        Raises:
            OSError: If nothing was kept.
            ValueError: If what was kept cannot be read.
        """
        found: Choices = self.mapping_of(choices)["mapping"]
        return found

    def measured_network(self, choices: Choices) -> tuple[MappedNetwork, dict[str, float]]:
        """The network of a design, and what is known of it before any simulation."""
        measured = self.measured(choices)
        return self.network(measured, self.chip(choices)), measured.metrics

    def problem(self, choices: Choices, network: MappedNetwork, known: Metrics) -> AncoefProblem:
        """The search for a mapping, begun with the one that is given.

        Raises:
            ValueError: If that cannot be.
        """
        if self.goal is None:
            raise RuntimeError("nobody has said what a mapping is to be good for")
        settings = self.settings.inner.ancoef
        start = hardware_of(flat_choices(choices), network.plain)
        moves = moves_named(settings.moves, settings.limits.as_limits())
        return AncoefProblem(
            name="joint mapping",
            space=flat_space(settings.space, settings.start.model_dump()),
            evaluator=MappingEvaluator(network, known, self.constraints),
            reward=self.goal.reward,
            objectives=objectives({}),
            infeasible_reward=self.goal.infeasible_reward,
            neighbourhood=MappingNeighbourhood(network.plain, start, moves, network),
            bins=Bins({name: tuple(edges) for name, edges in settings.bins.items()}),
            max_steps=settings.max_steps,
        )

    @property
    def mapping_constraints(self) -> tuple[Constraint, ...]:
        """None: another mapping may take less."""
        return ()

    def simulated(self, candidate: Candidate, measured: Measured) -> None:
        """Search the mapping of a network that is measured, and keep the best.

        Raises:
            ValueError: If no mapping can be.
        """
        if self.search is None:
            raise RuntimeError("nobody searches mappings")
        choices, metrics = candidate.choices, candidate.metrics
        network = self.network(measured, self.chip(choices))
        problem = self.problem(choices, network, dict(metrics))
        found = self.search(problem, candidate.seed)
        metrics["n_simulations"] = found.n_simulations
        if found.best is None:
            first = judge(problem.evaluator, problem.start, candidate.seed)
            raise InfeasibleError(f"no mapping found: {first.infeasible}", first.metrics)
        metrics |= found.best.metrics
        check_constraints(self.constraints, metrics)
        self._keep(choices, found.best.choices, metrics)

    def _keep(self, choices: Choices, mapping: Choices, metrics: Metrics) -> None:
        if self.place is None:
            return
        told = {"design": dict(choices), "mapping": dict(mapping), "metrics": dict(metrics)}
        keep(self._file(choices), told)

    def _file(self, choices: Choices) -> Path:
        if self.place is None:
            raise FileNotFoundError("mappings are kept in a run directory, and there is none")
        return self.place / MAPPINGS / f"{digest({'choices': dict(choices)})[:16]}.json"
