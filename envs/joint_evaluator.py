"""Measures a spiking network on cores of crossbars over an asynchronous mesh, cheapest first."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Literal, TypeVar

from async_sim.application import Application
from async_sim.execution import FEATURES, FIGURES, execute
from async_sim.hardware import Hardware
from async_sim.steps import Run
from configs import catalog
from envs.ancoef_design import hardware_of
from envs.ancoef_evaluator import DATA
from envs.ancoef_evaluator import VERSION as SIMULATOR_VERSION
from envs.dataset_settings import DatasetSettings
from envs.evaluation import FULL, Evaluation, InfeasibleError, Metrics
from envs.evaluators import Constant
from envs.hardware_settings import HardwareSettings
from envs.joint_choices import flat_choices, network_choices
from envs.joint_cores import CrossbarChip, NetworkWork, Stored
from envs.joint_family import ACCURACIES, Chips, Measured, NetworkFamily
from envs.joint_mapping import MappedNetwork, rates_of
from envs.joint_settings import JointSettings
from envs.joint_shares import AREAS, ENERGIES
from envs.joint_stages import (
    Bounds,
    Candidate,
    FullAccuracy,
    JointStage,
    ShortTraining,
    Simulation,
    Structure,
    TrainingFree,
    through,
)
from envs.objectives import Constraint
from envs.space import Choices
from envs.spike_application import application_of_record
from envs.store import digest
from hwmodels.chip import CIRCUIT_FIELDS, Circuit
from hwmodels.devices import load_device
from hwmodels.estimate import VERSION as COST_VERSION
from hwmodels.workload import ACTIVITY, load_activity

VERSION = 2  # part of the store's key: raise it when any figure of any design changes
N_KEPT = 64  # networks of which a process keeps what it has measured
_MEASURED: dict[str, Measured] = {}
_SHORT: dict[str, float] = {}
T = TypeVar("T")


@dataclass(frozen=True)
class JointEvaluator:
    """Structure, least figures, accuracy on chips, then the simulation of the real spikes.

    Attributes:
        devices: That the search can reach.
        place: Folder of what the family has trained beforehand; None trains it in memory.
        part: All stages, or for successive halving those up to the short training, or those after.
    """

    settings: JointSettings
    hardware: HardwareSettings
    family: NetworkFamily
    devices: tuple[str, ...]
    dataset: DatasetSettings
    constraints: tuple[Constraint, ...] = ()
    seed: int = 0
    place: Path | None = None
    is_cheap: bool = False
    part: Literal["whole", "brief", "rest"] = "whole"
    yields: ClassVar[tuple[str, ...]] = (
        "n_cores", "memory_bits", *ACCURACIES, *FIGURES, *ENERGIES, *AREAS, "spikes", *FEATURES,
    )  # fmt: skip

    @cached_property
    def context(self) -> dict[str, Any]:
        """Settings, versions, and the content of every data file that an evaluator reads."""
        hardware = self.hardware
        files = [(group, name) for group in DATA for name in catalog.names(group)]
        files += [("device", name) for name in self.devices]
        files += [("layout", "cmos"), ("layout", "wires"), ("activity", ACTIVITY)]
        if hardware.technology is not None:
            files.append(("technology", hardware.technology))
        if hardware.variation is not None:
            files.append(("variation", hardware.variation))
        return {
            "versions": [VERSION, SIMULATOR_VERSION, COST_VERSION],
            "settings": self.settings.told(),
            "hardware": hardware.model_dump(mode="json"),
            "family": self.family.context,
            "dataset": self.dataset.model_dump(mode="json", exclude={"path"}),
            "data": {f"{group}/{name}": catalog.read(group, name) for group, name in files},
            "constraints": {one.metric: one.bound for one in self.constraints},
            "seed": self.seed,
        }

    @cached_property
    def _context(self) -> str:
        return digest(self.context)

    def check(self) -> None:
        """Find out now whether networks could be trained.

        Raises:
            ValueError: If images are missing, or do not fit.
        """
        self.family.check()

    @property
    def stages(self) -> tuple[JointStage, ...]:
        """What a design goes through, cheapest first."""
        wanted = self.settings.stages
        found: list[JointStage] = [Structure(self), Bounds(self)]
        if wanted.score.at_least is not None:
            found.append(TrainingFree(self))
        if wanted.has_short:
            found.append(ShortTraining(self))
        if self.part == "brief":
            return tuple(found)
        if self.part == "rest":
            del found[1:]
        return (*found, FullAccuracy(self), Simulation(self.simulated))

    def __call__(self, choices: Choices, seed: int) -> Metrics:
        """Return all metrics of a design that is possible and within the bounds.

        Which chips a network is measured on goes by the network and the evaluator's seed alone.
        """
        found = self.staged(choices, seed)
        if found.infeasible is not None:
            raise InfeasibleError(found.infeasible, found.metrics)
        return found.metrics

    def staged(self, choices: Choices, seed: int) -> Evaluation:
        """Send a design through the stages; what cannot be is told as the reason."""
        found = through(self.stages, choices, self.constraints, seed)
        return replace(found, fidelity=FULL) if set(self.yields) <= set(found.metrics) else found

    def simulation(self, choices: Choices) -> tuple[Application, Hardware, Run]:
        """Simulate a design that has been evaluated once more, for what its metrics do not tell.

        Raises:
            ValueError: If it is infeasible.
            DeadlockError: If its tokens wait for each other for ever.
        """
        network = self.network(self.measured(choices), self.chip(choices))
        hardware = hardware_of(self.mapping(choices), network.plain)
        application = network.application_on(hardware)
        return application, hardware, execute(application, hardware)

    def mapping(self, choices: Choices) -> Choices:
        """How a design that has been evaluated lies on its mesh."""
        return flat_choices(choices)

    def chip(self, choices: Choices) -> CrossbarChip:
        """What the cores are made of.

        Raises:
            ValueError: If there can be no such circuit.
        """
        chosen = {
            name: choices[f"chip.{name}"] for name in CIRCUIT_FIELDS if f"chip.{name}" in choices
        }
        circuit = Circuit(**self.hardware.circuit.model_dump() | chosen)
        device = load_device(str(choices["chip.device"]))
        return CrossbarChip(device, circuit, self.hardware.technology, self.hardware.model)

    def network(self, measured: Measured, chip: CrossbarChip) -> MappedNetwork:
        """What the simulator runs: the recorded spikes, on cores of crossbars.

        Raises:
            ValueError: If no neuron fires.
        """
        plain, bits = self.plain(measured), self.settings.pixel_bits
        work = NetworkWork(measured.record.graph, rates_of(plain), measured.stored, bits)
        return MappedNetwork(plain, work, chip)

    def plain(self, measured: Measured) -> Application:
        """The recorded spikes, on digital cores.

        Raises:
            ValueError: If no neuron fires.
        """
        digital = self.settings.digital
        return application_of_record(
            "joint",
            measured.record,
            {
                "update_ps": digital.update_ps,
                "decode_ps": digital.decode_ps,
                "synapse_ps": digital.synapse_ps,
                "weight_bits": 1,  # pooling has none
            },
        )

    @property
    def mapping_constraints(self) -> tuple[Constraint, ...]:
        """Bounds that a design is refused by because of the mapping that it names."""
        return self.constraints

    def assumed(self, choices: Choices) -> dict[str, Stored]:
        """Weights of each layer before they are trained: spread as networks' are on average."""
        sigma_ratio = load_activity().weight_sigma_ratio
        bits = self.family.weight_bits(choices)
        return {name: Stored(n, sigma_ratio) for name, n in bits.items()}

    def measured(self, choices: Choices) -> Measured:
        """Measure a network, or take what is known of it: circuit and mapping change nothing.

        Raises:
            ValueError: If it cannot be measured.
        """
        chips, (key, seed) = self._chips(choices, self.settings.n_chips), self._network(choices)
        return kept(_MEASURED, key, lambda: self.family.measured(choices, chips, self.place, seed))

    def short_accuracy(self, choices: Choices) -> float:
        """Measure a network roughly, or take what is known of it.

        Raises:
            ValueError: If it cannot be measured.
        """
        short = self.settings.stages.short
        chips, (key, seed) = self._chips(choices, short.n_chips), self._network(choices)
        return kept(
            _SHORT, key, lambda: self.family.short_accuracy(choices, chips, self.place, seed)
        )

    def _chips(self, choices: Choices, n_chips: int) -> Chips:
        return Chips(n_chips, self.chip(choices).device, self.hardware.variation)

    def _network(self, choices: Choices) -> tuple[str, int]:
        """Key of what is known of a network, and the seed of its chips."""
        network = {"seed": self.seed, "network": network_choices(choices)}
        key = digest({**network, "context": self._context, "place": str(self.place)})
        return key, int(digest(network)[:15], 16)

    def simulated(self, candidate: Candidate, measured: Measured) -> None:
        """Price the cores of a network that is measured, and simulate its spikes.

        Raises:
            ValueError: If a core cannot be built, or no neuron fires.
            DeadlockError: If spikes wait for each other for ever.
        """
        network = self.network(measured, self.chip(candidate.choices))
        hardware = hardware_of(flat_choices(candidate.choices), network.plain)
        candidate.metrics |= network.metrics(hardware)


def kept(memo: dict[str, T], key: str, measure: Callable[[], T]) -> T:
    """What a process knows already, or learns now; the oldest is forgotten."""
    if key not in memo:
        found = measure()
        while len(memo) >= N_KEPT:
            del memo[next(iter(memo))]
        memo[key] = found
    return memo[key]


def constant() -> Constant:
    """The same metrics for every design."""
    ones = dict.fromkeys(JointEvaluator.yields, 1.0)
    return Constant({**ones, **Constant().metrics, "edp_js": 1e-9})
