"""Spiking residual block with 3x3 kernels: the second neurons also take what came (AutoSNN)."""

from dataclasses import dataclass, replace

from snn.block import Block, convolved
from snn.spike_graph import Feed, Shape, SpikeLayer


@dataclass(frozen=True, slots=True)
class SpikingResidualBlock(Block):
    """Two convolutions; a shortcut, with a 1x1 convolution and BatchNorm if the channels change."""

    kernel: int

    def layers(self, shape: Shape, channels: int) -> tuple[SpikeLayer, ...]:
        """The shortcut's spikes, or its sums, are added before the second neurons."""
        first = convolved(self.kernel, 0, shape, channels)
        second = convolved(self.kernel, 1, first.shape, channels)
        is_same = shape[2] == channels
        shortcut = Feed(0, "identity") if is_same else Feed(0, "convolution", "shortcut")
        return first, replace(second, feeds=(*second.feeds, shortcut))


BLOCK = SpikingResidualBlock("srb3", 3)
