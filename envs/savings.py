"""What a network saves against SNASNet's, as NeuroNAS compares them (sec. V-B)."""

from dataclasses import dataclass, replace
from functools import cache

from configs import catalog
from envs.cell_costs import CellCosts
from envs.space import Choices
from hwmodels import ela
from hwmodels.devices import load_device
from hwmodels.workload import Workload
from snn.cell_layers import layers_of, quantization_of
from snn.cell_network import CellNetwork
from snn.cells import Cell
from snn.quantization import MOST_BITS

METRICS = ("n_parameters", "memory_bits", "area_m2", "latency_s", "energy_j")
PRICED_ALIKE = ("neuronas",)


@dataclass(frozen=True, slots=True)
class Saving:
    """One metric of a network beside SNASNet's."""

    metric: str
    theirs: float
    ours: float
    their_bits: int

    @property
    def ratio(self) -> float:
        """Ours over theirs."""
        return self.ours / self.theirs

    @property
    def saving(self) -> float:
        """What is saved, in per cent."""
        return 100 * (1 - self.ratio)


def savings(costs: CellCosts, choices: Choices) -> list[Saving]:
    """Compare a network of the space with SNASNet's two cells in the same frame.

    Both are counted and priced alike, on the same circuit. By the model `neuronas` SNASNet has 32
    bits a weight, as in the paper, else 16.

    Raises:
        InfeasibleError: If one of them cannot be priced.
    """
    network = costs.cells.network(choices)
    ours = costs.sizes(network) | dict(costs.priced(network))
    theirs, bits = snasnet_costs(costs)
    return [Saving(metric, theirs[metric], ours[metric], bits) for metric in METRICS]


def snasnet_costs(costs: CellCosts) -> tuple[dict[str, float], int]:
    """Costs of SNASNet's network, counted and priced as the space's, and the bits of a weight."""
    cell, bits = snasnet()
    network = CellNetwork((cell, cell), costs.cells.macro)
    if costs.chip.model not in PRICED_ALIKE:
        there = replace(costs, weight_bits=MOST_BITS)
        return there.sizes(network) | dict(there.priced(network)), MOST_BITS
    there = replace(costs, weight_bits=bits)
    return there.sizes(network) | neuronas_costs(there, network), bits


@cache
def snasnet() -> tuple[Cell, int]:
    """The cell of SNASNet's network, and the bits of its weights."""
    content = catalog.read("baseline", "snasnet")
    return Cell(tuple(content["cell"])), content["weight_bits"]


def neuronas_costs(costs: CellCosts, network: CellNetwork) -> dict[str, float]:
    """Price a network by NeuroNAS's model, on the same chip, at any number of bits."""
    layers = layers_of(network, with_classifier=costs.count == "all")
    quantization = quantization_of(layers, min(costs.weight_bits, MOST_BITS))
    workload = Workload.of(layers, quantization, timesteps=network.macro.timesteps)
    device = load_device(costs.chip.devices[0])
    cost = ela.neuronas_of(
        workload, device, costs.circuit, costs.chip.technology, costs.weight_bits
    )
    return {"area_m2": cost.area_m2, "latency_s": cost.latency_s, "energy_j": cost.energy_j}
