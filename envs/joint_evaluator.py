"""Measures a spiking network on cores of crossbars over an asynchronous mesh, cheapest first."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from async_sim.application import Application
from async_sim.dealing import dealt
from async_sim.design_costs import total
from async_sim.execution import FEATURES, FIGURES, execute, figures
from async_sim.hardware import Hardware
from async_sim.result import DeadlockError
from async_sim.silicon import router_parts
from async_sim.steps import Run
from configs import catalog
from envs.ancoef_design import hardware_of, least_cores, mesh_named
from envs.ancoef_evaluator import DATA
from envs.ancoef_evaluator import VERSION as SIMULATOR_VERSION
from envs.dataset_settings import DatasetSettings
from envs.evaluation import InfeasibleError, Metrics
from envs.evaluators import Constant, check_constraints
from envs.joint_cores import CoreWork, CrossbarChip, Stored, core_works
from envs.joint_family import ACCURACIES, Chips, Measured, NetworkFamily
from envs.joint_settings import JointSettings
from envs.joint_shares import AREAS, ENERGIES, shares
from envs.objectives import Constraint
from envs.settings import HardwareSettings
from envs.space import Choice, Choices
from envs.spike_application import application_of_record
from envs.store import digest
from hwmodels.chip import CIRCUIT_FIELDS, Circuit
from hwmodels.devices import load_device
from hwmodels.estimate import VERSION as COST_VERSION
from hwmodels.workload import ACTIVITY, load_activity
from snn.spike_graph import SpikeGraph

VERSION = 1  # part of the store's key: raise it when any figure of any design changes
N_KEPT = 64  # networks of which a process keeps what it has measured
_MEASURED: dict[str, Measured] = {}


@dataclass(frozen=True)
class JointEvaluator:
    """Structure, area of the cores, accuracy on chips, then the simulation of the real spikes.

    Attributes:
        devices: That the search can reach.
        place: Folder of what the family has trained beforehand; None trains it in memory.
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
    yields: ClassVar[tuple[str, ...]] = (
        "n_cores", *ACCURACIES, *FIGURES, *ENERGIES, *AREAS, "spikes", *FEATURES,
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

    def __call__(self, choices: Choices, seed: int) -> Metrics:
        """Return all metrics of a design that is possible and within the bounds.

        Which chips a network is measured on goes by the network and the evaluator's seed alone.
        """
        del seed
        metrics: dict[str, float] = {}
        try:
            chip = self.chip(choices)
            self._size(choices, chip, metrics)
            measured = self._measure(choices, chip, metrics)
            application = self.application(choices, measured, chip)
            hardware = hardware_of(flat_choices(choices), application)
            self._simulate(application, hardware, metrics)
        except (ValueError, DeadlockError) as error:
            known = error.metrics if isinstance(error, InfeasibleError) else {}
            raise InfeasibleError(str(error), {**metrics, **known}) from error
        return metrics

    def simulation(self, choices: Choices) -> tuple[Application, Hardware, Run]:
        """Simulate a design that has been evaluated once more, for what its metrics do not tell.

        Raises:
            ValueError: If it is infeasible.
            DeadlockError: If its tokens wait for each other for ever.
        """
        chip = self.chip(choices)
        application = self.application(choices, self._measure(choices, chip, {}), chip)
        hardware = hardware_of(flat_choices(choices), application)
        return application, hardware, execute(application, hardware)

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

    def application(self, choices: Choices, measured: Measured, chip: CrossbarChip) -> Application:
        """What the simulator runs: the recorded spikes, and what each layer's cores take.

        Raises:
            ValueError: If no neuron fires, or a core cannot be built.
        """
        digital = self.settings.digital
        plain = application_of_record(
            "joint",
            measured.record,
            {
                "update_ps": digital.update_ps,
                "decode_ps": digital.decode_ps,
                "synapse_ps": digital.synapse_ps,
                "weight_bits": 1,  # pooling has none
            },
        )
        works = self.works(choices, measured, plain)
        return replace(plain, cores=tuple(work.figures(chip) if work else None for work in works))

    def works(
        self, choices: Choices, measured: Measured, plain: Application
    ) -> tuple[CoreWork | None, ...]:
        """What the fullest core of each layer computes."""
        n_cores = cores_of(plain.layer_sizes, choices)
        dealing = str(choices["mesh.dealing"])
        held = [plain.dealt(i, n, dealing)[0] for i, n in enumerate(n_cores)]
        spikes = np.split(plain.n_spikes, plain.trace.layer_starts[1:-1])
        rates = [float(one.mean()) / plain.trace.n_timesteps for one in spikes]
        graph, bits = measured.record.graph, self.settings.pixel_bits
        return tuple(core_works(graph, held, rates, measured.stored, bits))

    def _size(self, choices: Choices, chip: CrossbarChip, metrics: dict[str, float]) -> None:
        """Refuse what is too large, or cannot be built, before anything runs."""
        graph = self.family.graph(choices)
        n_cores = least_cores(graph, int(choices["mesh.neurons_per_core"]))
        n_nodes = mesh_named(str(choices["mesh.shape"]), n_cores).n_nodes
        if n_cores > n_nodes:
            raise ValueError(f"the network needs {n_cores} cores, and the mesh has {n_nodes} nodes")
        metrics["n_cores"] = n_cores
        if choices["mesh.dealing"] == "in-order":  # dealt by load, cores depend on the spikes
            self._check_area(graph, choices, chip, n_nodes)

    def _check_area(
        self, graph: SpikeGraph, choices: Choices, chip: CrossbarChip, n_nodes: int
    ) -> None:
        """Refuse a design whose routers and crossbars take too much: all but AER's memories."""
        depth, n_channels = int(choices["mesh.depth"]), int(choices["mesh.n_channels"])
        area_um2 = n_nodes * total(router_parts(depth, n_channels).values()).area_um2
        works = self._expected(graph, choices)
        for work, n in zip(works, cores_of(graph.layer_sizes, choices), strict=True):
            if work is not None:
                area_um2 += n * total(work.figures(chip).silicon.values()).area_um2
        bounds = tuple(one for one in self.constraints if one.metric == "area_m2")
        check_constraints(bounds, {"area_m2": area_um2 / 1e12})

    def _expected(self, graph: SpikeGraph, choices: Choices) -> list[CoreWork | None]:
        """The cores, with neurons dealt in order and as many spikes as networks have on average."""
        average = load_activity()
        stored = self.assumed(choices)
        n_cores = cores_of(graph.layer_sizes, choices)
        held = [
            dealt(np.zeros(size, np.int64), n, "in-order")[0]
            for size, n in zip(graph.layer_sizes, n_cores, strict=True)
        ]
        rates = [average.density_ratio] * len(held)
        return list(core_works(graph, held, rates, stored, self.settings.pixel_bits))

    def assumed(self, choices: Choices) -> dict[str, Stored]:
        """Weights of each layer before they are trained: spread as networks' are on average."""
        sigma_ratio = load_activity().weight_sigma_ratio
        bits = self.family.weight_bits(choices)
        return {name: Stored(n, sigma_ratio) for name, n in bits.items()}

    def _measure(self, choices: Choices, chip: CrossbarChip, metrics: dict[str, float]) -> Measured:
        """Measure a network, or take what is known of it: circuit and mapping change nothing."""
        network = {"seed": self.seed, "network": network_choices(choices)}
        key = digest({**network, "context": self._context, "place": str(self.place)})
        if key not in _MEASURED:
            chips = Chips(self.settings.n_chips, chip.device, self.hardware.variation)
            seed = int(digest(network)[:15], 16)
            found = self.family.measured(choices, chips, self.place, seed)
            while len(_MEASURED) >= N_KEPT:
                del _MEASURED[next(iter(_MEASURED))]
            _MEASURED[key] = found
        measured = _MEASURED[key]
        metrics |= measured.accuracies
        metrics["spikes"] = len(measured.record.trace.neuron) / measured.record.n_samples
        check_constraints(self.constraints, metrics)
        return measured

    def _simulate(
        self, application: Application, hardware: Hardware, metrics: dict[str, float]
    ) -> None:
        run = execute(application, hardware)
        metrics |= figures(application, hardware, run) | shares(application, hardware, run)
        check_constraints(self.constraints, metrics)


def network_choices(choices: Choices) -> dict[str, Choice]:
    """What the accuracy and the spikes of a design depend on."""
    return {
        name: value
        for name, value in choices.items()
        if name == "chip.device" or not name.startswith(("chip.", "mesh."))
    }


def flat_choices(choices: Choices) -> dict[str, Choice]:
    """The mapping, as `envs.ancoef_design.hardware_of` takes it."""
    mesh = {
        name.removeprefix("mesh."): value
        for name, value in choices.items()
        if name.startswith("mesh.")
    }
    return {"mesh": mesh.pop("shape"), **mesh}


def cores_of(layer_sizes: Sequence[int], choices: Choices) -> list[int]:
    """As few cores for each layer as hold it."""
    room = int(choices["mesh.neurons_per_core"])
    return [-(-size // room) for size in layer_sizes]


def constant() -> Constant:
    """The same metrics for every design."""
    ones = dict.fromkeys(JointEvaluator.yields, 1.0)
    return Constant({**ones, **Constant().metrics, "edp_js": 1e-9})
