"""Area and leakage of what a design can be built of: the parts of a router, memories and logic."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from async_sim.mesh import N_PORTS
from async_sim.timing import ROUTER
from configs import catalog

ELEMENT = "assumed_180nm"
NM2_PER_UM2 = 1_000_000
PICO_PER_NANO = 1000
PICO_PER_MICRO = 1_000_000


@dataclass(frozen=True, slots=True)
class Silicon:
    """Whole square micrometres and picowatts, so that sums are exact."""

    area_um2: int = 0
    leakage_pw: int = 0

    def __add__(self, other: "Silicon") -> "Silicon":
        return Silicon(self.area_um2 + other.area_um2, self.leakage_pw + other.leakage_pw)

    def __mul__(self, n: int) -> "Silicon":
        return Silicon(n * self.area_um2, n * self.leakage_pw)


@cache
def router_parts(depth: int, n_channels: int, router: str = ROUTER) -> dict[str, Silicon]:
    """All five ports of a router, by kind of controller.

    The published router is met exactly; from there, every slot of a FIFO and every channel has its
    price (assumed).
    """
    content = catalog.read("router", router)
    buffers = content["buffers"]
    more_slots = n_channels * depth - buffers["n_channels"] * buffers["depth"]
    more_channels = n_channels - buffers["n_channels"]

    def unit(name: str, n_more: int, what: str) -> Silicon:
        return (_published(content[name]) + _part(buffers[what]) * n_more) * N_PORTS

    return {
        "input units": unit("input_unit", more_slots, "input_unit_slot"),
        "switch allocators": unit("switch_allocator", more_channels, "switch_allocator_channel"),
        "output units": unit("output_unit", more_channels, "output_unit_channel"),
    }


@cache
def fifo(depth: int, n_channels: int, router: str = ROUTER) -> Silicon:
    """FIFOs of a sink, whose slots are as those of an input unit."""
    return _part(_content("router", router)["buffers"]["input_unit_slot"]) * (depth * n_channels)


def memory(n_bits: int, element: str = ELEMENT) -> Silicon:
    """A memory of so many bits; its area is rounded up."""
    sram = _content("element", element)["sram"]
    cells_nm2 = n_bits * sram["cell_area_nm2"]
    area_um2 = -(-100 * cells_nm2 // (sram["cells_percent"] * NM2_PER_UM2))
    return Silicon(area_um2, n_bits * sram["leakage_pw"])


def logic(element: str = ELEMENT) -> Silicon:
    """What a processing element has apart from memories and FIFOs."""
    return _part(_content("element", element)["logic"])


def neuron_bits(element: str = ELEMENT) -> int:
    """Bits that a neuron keeps."""
    return int(_content("element", element)["neuron_bits"])


@cache
def _content(group: str, name: str) -> dict[str, Any]:
    return catalog.read(group, name)


def _published(unit: dict[str, int]) -> Silicon:
    return Silicon(unit["area_um2"], unit["leakage_uw"] * PICO_PER_MICRO)


def _part(part: dict[str, int]) -> Silicon:
    return Silicon(part["area_um2"], part["leakage_nw"] * PICO_PER_NANO)
