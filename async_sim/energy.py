"""Energy and area of a run: switching activity plus leakage, in whole attojoules."""

from dataclasses import dataclass
from functools import cache

import numpy as np

from async_sim.mesh import INPUT, N_PORTS, OUTPUT, SINK, SOURCE, SWITCH
from async_sim.steps import Run, sink_fires
from async_sim.timing import ROUTER
from configs import catalog

UNITS = ("input_unit", "switch_allocator", "output_unit")
ATTO_PER_FEMTO = 1000


@dataclass(frozen=True, slots=True)
class NocEnergy:
    """Energy of a run by cause, in attojoules (1e-18 J): integers, exact.

    Attributes:
        parts_aj: By kind of event, and `leakage`.
    """

    parts_aj: dict[str, int]

    @property
    def total_aj(self) -> int:
        """Sum of all parts."""
        return sum(self.parts_aj.values())

    @property
    def energy_j(self) -> float:
        """The same in joules."""
        return self.total_aj / 1e18


@cache
def constants(router: str = ROUTER) -> dict[str, int]:
    """Energies of events in aJ, leakage of a router in uW, its area in um2."""
    content = catalog.read("router", router)
    found = {
        name.removesuffix("_fj"): int(value) * ATTO_PER_FEMTO
        for name, value in content["energy"].items()
    }
    for name in ("leakage_uw", "area_um2"):
        found[name] = sum(N_PORTS * int(content[unit][name]) for unit in UNITS)
    return found


def energy_of(run: Run, router: str = ROUTER) -> NocEnergy:
    """Count what a run switched, and what its routers leaked meanwhile.

    uW times ps are attojoules exactly. Routers leak at all of their ports; the leakage of
    processing elements is not published and left out.
    """
    figures, fires = constants(router), run.total("fires")

    def events(first: int) -> int:
        return int(fires[:, first : first + N_PORTS].sum())

    synapses = int(sum(packets.n_synapses.sum() for packets in run.packets))
    interface = int(fires[:, SOURCE].sum() + fires[:, SINK].sum())
    return NocEnergy(
        {
            "input units": events(INPUT) * figures["input_unit"],
            "switch allocators": events(SWITCH) * figures["switch_allocator"],
            "output units": events(OUTPUT) * figures["output_unit"],
            "network interfaces": interface * figures["network_interface"],
            "decoding": sink_fires(run.results) * figures["decode"],
            "synapses": synapses * figures["synapse"],
            "neuron updates": run.n_updates * figures["update"],
            "leakage": run.network.mesh.n_nodes * figures["leakage_uw"] * run.latency_ps,
        }
    )


def area_m2(run: Run, router: str = ROUTER) -> float:
    """Area of all routers; that of processing elements is not published and left out."""
    return run.network.mesh.n_nodes * constants(router)["area_um2"] / 1e12


def utilization(run: Run) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """Share of the time that each link is busy, (nodes, 5): a switch allocator's cycle a token."""
    cycle = run.network.timing.switch_allocator.cycle_ps
    busy: np.ndarray[tuple[int, ...], np.dtype[np.float64]] = (
        run.total("link_flits") * cycle / max(run.latency_ps, 1)
    )
    return busy
