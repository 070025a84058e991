"""Area, leakage and energy of a design: every node pays for its router, and a core for its parts.

The figures of `async_sim.energy` are those of the published router, whatever a design's buffers
are, and leave processing elements out.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from async_sim.application import Application
from async_sim.elements import element_parts
from async_sim.energy import NocEnergy, energy_of
from async_sim.hardware import Hardware
from async_sim.silicon import PICO_PER_MICRO, Silicon, router_parts
from async_sim.steps import Run

Parts = Mapping[str, Silicon]


@dataclass(frozen=True)
class DesignCosts:
    """What a design is built of.

    Attributes:
        routers: Of all nodes, by kind of controller.
        layers: Processing elements of each layer, by part.
    """

    routers: Parts
    layers: tuple[Parts, ...]

    @property
    def parts(self) -> dict[str, Silicon]:
        """Of the whole design."""
        found = dict(self.routers)
        for layer in self.layers:
            for name, part in layer.items():
                found[name] = found.get(name, Silicon()) + part
        return found

    @property
    def area_m2(self) -> float:
        """Of all parts."""
        return total(self.parts.values()).area_um2 / 1e12


def costs_of(application: Application, hardware: Hardware) -> DesignCosts:
    """What a design costs, whatever runs on it.

    Raises:
        ValueError: If the application does not fit the hardware.
    """
    hardware.check(application)
    return DesignCosts(
        _times(router_parts(hardware.depth, hardware.n_channels), hardware.mesh.n_nodes),
        tuple(
            _times(element_parts(application, hardware, layer), n_cores)
            for layer, n_cores in enumerate(hardware.cores)
        ),
    )


def design_energy(application: Application, hardware: Hardware, run: Run) -> NocEnergy:
    """Energy of a run on a design, for all of its frames: what it switched, and what leaked.

    Raises:
        ValueError: If the run is of another design.
    """
    check(application, hardware, run)
    costs, parts = costs_of(application, hardware), energy_of(run).parts_aj
    del parts["leakage"]
    for layer in range(len(hardware.cores)):
        for name, aj in swept_aj(application, hardware, layer).items():
            parts[name] = parts.get(name, 0) + len(run.results) * aj
    elements = (total(layer.values()) for layer in costs.layers)
    parts["leakage of routers"] = leaked_aj(total(costs.routers.values()), run)
    parts["leakage of elements"] = leaked_aj(total(elements), run)
    return NocEnergy(parts)


def swept_aj(application: Application, hardware: Hardware, layer: int) -> dict[str, int]:
    """Energy that the cores of a layer take in a time step by figures of their own, by part."""
    core = application.core(layer)
    parts = {} if core is None else core.sweep_aj
    return {name: hardware.cores[layer] * aj for name, aj in parts.items()}


def leaked_aj(silicon: Silicon, run: Run) -> int:
    """Leakage over a run, rounded down once."""
    return silicon.leakage_pw * run.latency_ps // PICO_PER_MICRO  # uW times ps are aJ


def total(parts: Iterable[Silicon]) -> Silicon:
    """Area and leakage of several parts."""
    return sum(parts, Silicon())


def check(application: Application, hardware: Hardware, run: Run) -> None:
    """Refuse a run of another design.

    Raises:
        ValueError: In one line.
    """
    if run.network != hardware.network(application):
        raise ValueError("the run is of another design, or of another application")


def _times(parts: Parts, n: int) -> dict[str, Silicon]:
    return {name: part * n for name, part in parts.items()}
