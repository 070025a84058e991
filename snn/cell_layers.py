"""CellNetwork -> the chain of layers that cost models price.

A cell is no chain, but what a chip computes for it is: its convolutions one after the other, each
of the cell's channels and side. Sums, skips and mean poolings inside a cell are not priced, nor
are neurons beyond what a model counts for any layer.
"""

from itertools import pairwise

from snn.cell_network import CellNetwork, Part
from snn.network import Layer, Network
from snn.quantization import FixedPoint, Quantization

SPIKE = FixedPoint(1, 0)


def layers_of(network: CellNetwork, *, with_classifier: bool = True) -> Network:
    """List the layers of weights; NeuroNAS and SpikeNAS leave the linear ones out.

    A stem with a stride appears at the side of its outputs, so that it has their number of
    positions. What the poolings behind a reduction and before the classifier leave is the side
    that the convolution before them yields.
    """
    convolutions = [part for part in network.parts if part.is_convolution]
    linear = [part for part in network.parts if not part.is_convolution]
    head_side = network.head_side // network.macro.head_pool
    sides = [after.in_side for _, after in pairwise(convolutions)] + [head_side]
    layers = [_layer(part, side) for part, side in zip(convolutions, sides, strict=True)]
    if with_classifier:
        layers += [_layer(part, 1) for part in linear]
    return Network(tuple(layers))


def _layer(part: Part, out_side: int) -> Layer:
    return Layer(  # a convolution of stride 1 yields the side that it takes
        part.name,
        "convolution" if part.is_convolution else "linear",
        part.in_channels,
        part.out_channels,
        part.kernel,
        part.out_side,
        out_side,
    )


def quantization_of(layers: Network, weight_bits: int) -> Quantization:
    """Give every weight ``weight_bits`` with its sign, and every input the one bit of a spike.

    Raises:
        ValueError: If there is no bit beside the sign.
    """
    n = len(layers.layers)
    return Quantization((FixedPoint(0, weight_bits - 1),) * n, (SPIKE,) * n)
