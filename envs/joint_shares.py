"""Who takes the energy and the area of a design: cores, converters, buffers, routers, leakage."""

from collections.abc import Mapping

from async_sim.application import Application
from async_sim.design_costs import costs_of, design_energy
from async_sim.hardware import Hardware
from async_sim.steps import Run
from envs.joint_cores import PREFIX

ROUTERS = ("input units", "switch allocators", "output units", "network interfaces")
IN_CORES = (
    "buffer",
    "tile_buffer",
    "input_buffer",
    "neuron_memory",
)  # as the cost models call them
BUFFERS = (*(PREFIX + name for name in IN_CORES), "AER FIFOs", "destinations", "neurons", "weights")
SHARE_OF = {f"{PREFIX}converter": "converter"}
SHARE_OF |= dict.fromkeys(BUFFERS, "buffer") | dict.fromkeys(ROUTERS, "router")
SHARE_OF |= dict.fromkeys(("leakage of routers", "leakage of elements"), "leakage")
ENERGIES = tuple(
    f"{name}_energy_j" for name in ("core", "converter", "buffer", "router", "leakage")
)
AREAS = tuple(f"{name}_area_m2" for name in ("core", "converter", "buffer", "router"))


def shares(application: Application, hardware: Hardware, run: Run) -> dict[str, float]:
    """Energy of a frame and area of a design, by who takes it; they add up to the whole.

    What no name stands for is a core's: cells, accumulation, wires, updates, decoding.

    Raises:
        ValueError: If the run is of another design.
    """
    energy_aj = design_energy(application, hardware, run).parts_aj
    area_um2 = {name: one.area_um2 for name, one in costs_of(application, hardware).parts.items()}
    energies = _summed(energy_aj, "energy_j", 1e18 * application.n_samples)
    areas = _summed(area_um2, "area_m2", 1e12)
    return dict.fromkeys((*ENERGIES, *AREAS), 0.0) | energies | areas


def _summed(parts: Mapping[str, int], unit: str, scale: float) -> dict[str, float]:
    sums: dict[str, int] = {}
    for name, value in parts.items():
        share = f"{SHARE_OF.get(name, 'core')}_{unit}"
        sums[share] = sums.get(share, 0) + value
    return {name: value / scale for name, value in sums.items()}
