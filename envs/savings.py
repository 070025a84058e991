"""What a network saves against SNASNet's, as NeuroNAS compares them (sec. V-B)."""

from dataclasses import dataclass, replace

from envs.cell_costs import CellCosts
from envs.space import Choices
from hwmodels import ela
from snn.cell_layers import layers_of
from snn.cell_network import CellNetwork
from snn.cells import Cell
from snn.quantization import MOST_BITS

METRICS = ("n_parameters", "memory_bits", "area_m2", "latency_s", "energy_j")
SNASNET = Cell(("conv3x3", "conv1x1", "conv1x1", "conv1x1", "skip", "skip"))
"""What NeuroNAS's 1.28 million parameters of SNASNet for CIFAR-10 are; its edges are not told."""
SNASNET_BITS = 32  # FxP32, as SNASNet does not quantize
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

    By the model `neuronas` SNASNet has 32 bits a weight, as in the paper, else 16.

    Raises:
        InfeasibleError: If one of them cannot be priced.
    """
    network = costs.cells.network(choices)
    ours = costs.sizes(network) | dict(costs.priced(network))
    theirs, bits = snasnet_costs(costs)
    return [Saving(metric, theirs[metric], ours[metric], bits) for metric in METRICS]


def snasnet_costs(costs: CellCosts) -> tuple[dict[str, float], int]:
    """Costs of SNASNet's network, and the bits of its weights."""
    network = CellNetwork((SNASNET, SNASNET), costs.cells.macro)
    if costs.chip.model not in PRICED_ALIKE:
        there = replace(costs, weight_bits=MOST_BITS)
        return there.sizes(network) | dict(there.priced(network)), MOST_BITS
    there = replace(costs, weight_bits=SNASNET_BITS)
    return there.sizes(network) | published_costs(network, SNASNET_BITS), SNASNET_BITS


def published_costs(network: CellNetwork, weight_bits: int) -> dict[str, float]:
    """Price convolutions by NeuroNAS's model at any number of bits."""
    layers = layers_of(network, with_classifier=False).layers
    steps = network.macro.timesteps
    mapped = [replace(ela.MappedLayer.of(layer, 1, steps), n_kernel_places=9) for layer in layers]
    cost = ela.neuronas(mapped, ela.precision_factor(weight_bits))
    return {"area_m2": cost.area_m2, "latency_s": cost.latency_s, "energy_j": cost.energy_j}
