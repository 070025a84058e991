"""Measures networks of a supernet, each on hardware that is searched for it, cheapest first."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from async_sim.application import Application
from async_sim.execution import FIGURES
from configs import catalog
from envs.ancoef_design import hardware_of, least_cores, mesh_named
from envs.ancoef_evaluator import DATA
from envs.ancoef_evaluator import VERSION as SIMULATOR_VERSION
from envs.ancoef_problem import AncoefProblem, ancoef_evaluator, ancoef_problem, flat_space
from envs.ancoef_reward import AncoefReward
from envs.coexplore_settings import CoexploreSettings
from envs.dataset_settings import DatasetSettings
from envs.evaluation import Evaluation, InfeasibleError, Metrics
from envs.evaluators import Constant, check_constraints
from envs.judgement import judge
from envs.kept_json import keep, kept
from envs.objectives import Constraint, objectives
from envs.problem import Problem
from envs.space import Choices
from snn.block_network import BlockNetwork
from snn.supernet import Supernet

if TYPE_CHECKING:
    from envs.coexplore_networks import CandidateNetworks

VERSION = 1  # part of the store's key: raise it when any figure of any network changes
SPIKES = "spikes"


@dataclass(frozen=True)
class FoundHardware:
    """The outcome of a search for hardware.

    Attributes:
        best: None if no design could be.
        n_simulations: Designs simulated.
        dropped: Why the search was cut off; None if it was not.
    """

    best: Evaluation | None
    n_simulations: int
    dropped: str | None = None


class HardwareSearch(Protocol):
    """Searches hardware for one network."""

    @property
    def context(self) -> dict[str, Any]:
        """Plain data on which the outcome depends, besides problem and seed."""
        ...

    def __call__(self, problem: AncoefProblem, seed: int) -> FoundHardware:
        """Search."""
        ...


@dataclass(frozen=True)
class FixedHardware:
    """No search: every network runs on its first design."""

    @property
    def context(self) -> dict[str, Any]:
        """Nothing."""
        return {"hardware": "fixed"}

    def __call__(self, problem: AncoefProblem, seed: int) -> FoundHardware:
        """Simulate the first design."""
        found = judge(problem.evaluator, problem.start, seed)
        return FoundHardware(None if found.infeasible else found, 1, found.infeasible)


@dataclass(frozen=True)
class CoexploreEvaluator:
    """Size, then accuracy and spikes, then hardware; stops at the first that cannot be.

    Attributes:
        place: Folder of the trained supernet, where spikes and designs are put too; None until
            there is one.
        seed: Of the supernet.
        designs: Name of the folder for designs.
    """

    settings: CoexploreSettings
    dataset: DatasetSettings
    reward: AncoefReward
    constraints: tuple[Constraint, ...] = ()
    search: HardwareSearch = FixedHardware()
    seed: int = 0
    place: Path | None = None
    designs: str = "designs"
    is_cheap: bool = False
    keeps_files: bool = True  # of each design, which are read after the search
    yields: ClassVar[tuple[str, ...]] = (
        "n_parameters", "accuracy", "spikes", "n_simulations", *FIGURES,
    )  # fmt: skip

    @property
    def networks(self) -> "CandidateNetworks":
        """The networks; loads torch."""
        from envs.coexplore_networks import CandidateNetworks  # noqa: PLC0415 (for the CLI)

        return CandidateNetworks(self.settings, self.dataset, self.seed)

    @cached_property
    def context(self) -> dict[str, Any]:
        """Settings, the files that they name, the targets, and how hardware is searched."""
        files = [("supernet", self.settings.supernet), ("recipe", self.settings.partial.recipe)]
        files += [(group, name) for group in DATA for name in catalog.names(group)]
        dataset = {k: v for k, v in self.dataset.model_dump(mode="json").items() if k != "path"}
        return {
            "versions": [VERSION, SIMULATOR_VERSION],
            "settings": self.settings.told(),
            "dataset": dataset,
            "data": {f"{group}/{name}": catalog.read(group, name) for group, name in files},
            "reward": {name: dict(getattr(self.reward, name)) for name in ("targets", "p", "q")},
            "constraints": {one.metric: one.bound for one in self.constraints},
            "search": self.search.context,
            "seed": self.seed,
        }

    def check(self) -> None:
        """Find out now whether the supernet could be trained.

        Raises:
            ValueError: If images are missing, or do not fit.
        """
        self.networks.check()

    def __call__(self, choices: Choices, seed: int) -> Metrics:
        """Return all metrics of a network that is possible and within the bounds."""
        metrics = self._sized(choices)
        application = self._measured(choices, metrics)
        try:
            problem = self.hardware_problem(application, metrics["accuracy"])
        except ValueError as error:
            raise InfeasibleError(str(error), metrics) from error
        found = self.search(problem, seed)
        metrics["n_simulations"] = found.n_simulations
        self._take_in(application.name, found, metrics)
        check_constraints(self.constraints, metrics)
        return metrics

    def hardware_problem(
        self, application: Application, accuracy: float, folder: str = SPIKES
    ) -> AncoefProblem:
        """What is searched for a network's hardware; its spikes are kept in a file.

        Raises:
            ValueError: In one line, if it fits no mesh.
        """
        path = self._file(folder, f"{application.name}.npz")
        application.save(path)
        settings = self.settings.hardware.model_copy(
            update={"application": str(path), "accuracy": accuracy}
        )
        problem = Problem(
            name=settings.name,
            space=flat_space(settings.space, settings.start.model_dump()),
            evaluator=ancoef_evaluator(settings, ()),
            reward=self.reward,
            objectives=objectives({}),
            infeasible_reward=settings.infeasible_reward,
        )
        return ancoef_problem(settings, problem)

    def design_of(self, choices: Choices) -> dict[str, Any]:
        """What was found for a network: ``design`` and its metrics.

        Raises:
            OSError: If nothing was kept.
            ValueError: If what was kept cannot be read.
        """
        return kept(self._file(self.designs, f"{self.networks.told(choices)}.json"), "design")

    def recorded(self, choices: Choices) -> Application:
        """The spikes of a network that has been searched hardware for.

        Raises:
            ValueError: If the file cannot be read.
        """
        return Application.load(self._file(SPIKES, f"{self.networks.told(choices)}.npz"))

    def _sized(self, choices: Choices) -> dict[str, float]:
        """Refuse what is too large, before anything runs."""
        try:
            network = Supernet.preset(self.settings.supernet).network(choices)
            self._check_fits(network)
        except ValueError as error:
            raise InfeasibleError(str(error)) from error
        metrics = {"n_parameters": float(network.n_parameters)}
        check_constraints(self.constraints, metrics)
        return metrics

    def _check_fits(self, network: BlockNetwork) -> None:
        start = self.settings.hardware.start
        n_cores = least_cores(network.graph, start.neurons_per_core)
        n_nodes = mesh_named(start.mesh, n_cores).n_nodes
        if n_cores > n_nodes:
            raise ValueError(
                f"env.hardware.start: the network needs {n_cores} cores, and the mesh has "
                f"{n_nodes} nodes"
            )

    def _measured(self, choices: Choices, metrics: dict[str, float]) -> Application:
        try:
            candidate = self.networks.measured(choices, self._folder())
        except ValueError as error:
            raise InfeasibleError(str(error), metrics) from error
        metrics |= {"accuracy": candidate.accuracy, "spikes": candidate.spikes}
        check_constraints(self.constraints, metrics)
        return candidate.application

    def _take_in(self, name: str, found: FoundHardware, metrics: dict[str, float]) -> None:
        """Add the costs of the best hardware, and keep its design in a file."""
        if found.best is None:
            raise InfeasibleError(found.dropped or "no hardware could be simulated", metrics)
        costs = {figure: found.best.metrics[figure] for figure in FIGURES}
        metrics |= costs
        told = {"design": dict(found.best.choices), "metrics": metrics, "dropped": found.dropped}
        keep(self._file(self.designs, f"{name}.json"), told)
        if found.dropped is not None:
            raise InfeasibleError(found.dropped, metrics)

    def _folder(self) -> Path:
        if self.place is None:
            raise RuntimeError("the supernet is not trained yet")
        return self.place

    def _file(self, folder: str, name: str) -> Path:
        path = self._folder() / folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path


def with_start(problem: AncoefProblem, design: Mapping[str, Any]) -> AncoefProblem:
    """The same problem, begun with another design.

    Raises:
        ValueError: If there can be no such design.
    """
    neighbourhood = problem.neighbourhood
    start = hardware_of(design, neighbourhood.application)
    return replace(problem, neighbourhood=replace(neighbourhood, start=start))


def constant() -> Constant:
    """The same metrics for every network."""
    ones = dict.fromkeys(CoexploreEvaluator.yields, 1.0)
    return Constant({**ones, **Constant().metrics, "edp_js": 1e-9})
