"""CellNetwork -> the layers that cost models price.

A chip computes the convolutions of a cell one after the other. Sums, skips and mean poolings are
not priced, nor are neurons beyond what a model counts for any layer: a reduction pools what its
accumulators hold, so its convolution has all positions of its input, as NeuroNAS's figures have.
"""

from snn.cell_network import CellNetwork, Part
from snn.network import Layer, UnchainedNetwork
from snn.quantization import FixedPoint, Quantization

SPIKE = FixedPoint(1, 0)


def layers_of(network: CellNetwork, *, with_classifier: bool = True) -> UnchainedNetwork:
    """List the layers of weights; NeuroNAS and SpikeNAS leave the linear ones out.

    A stem with a stride appears at the side of its outputs, so that it has their number of
    positions. Cost models take it to be computed in every time step.
    """
    parts = [part for part in network.parts if with_classifier or part.is_convolution]
    return UnchainedNetwork(tuple(map(_layer, parts)))


def _layer(part: Part) -> Layer:
    return Layer(
        part.name,
        "convolution" if part.is_convolution else "linear",
        part.in_channels,
        part.out_channels,
        part.kernel,
        part.out_side,
        part.out_side,
    )


def quantization_of(layers: UnchainedNetwork, weight_bits: int) -> Quantization:
    """Give every weight ``weight_bits`` with its sign, and every input the one bit of a spike.

    Raises:
        ValueError: If there is no bit beside the sign.
    """
    n = len(layers.layers)
    return Quantization((FixedPoint(0, weight_bits - 1),) * n, (SPIKE,) * n)
