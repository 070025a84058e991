"""Halves the side by a 4x4 convolution of stride 2, as the reductions between cells do.

NeuroNAS's is a 3x3 convolution, then a mean of 2x2: together a 4x4 convolution of stride 2, whose
weights are means of theirs. Here these are the weights that are trained, and stored in cells.
"""

from dataclasses import dataclass

from snn.block import Block
from snn.spike_graph import Feed, Shape, SpikeLayer

SIDE, PADDING, STRIDE = 4, 1, 2


@dataclass(frozen=True, slots=True)
class Reduction(Block):
    """Convolution, BatchNorm, neurons."""

    def layers(self, shape: Shape, channels: int) -> tuple[SpikeLayer, ...]:
        """One layer."""
        feed = Feed(0, "convolution", "convolution1", SIDE, PADDING, STRIDE)
        return (SpikeLayer("neuron1", feed.out_shape(shape, channels), (feed,)),)


BLOCK = Reduction("reduction")
