"""Spiking convolution block: twice a 3x3 convolution, BatchNorm, neurons (AutoSNN)."""

from dataclasses import dataclass

from snn.block import Block, convolved
from snn.spike_graph import Shape, SpikeLayer


@dataclass(frozen=True, slots=True)
class SpikingConvolutionBlock(Block):
    """Two convolutions of the same kernel, each with BatchNorm and neurons behind it."""

    kernel: int

    def layers(self, shape: Shape, channels: int) -> tuple[SpikeLayer, ...]:
        """The first convolution changes the channels."""
        first = convolved(self.kernel, 0, shape, channels)
        return first, convolved(self.kernel, 1, first.shape, channels)


BLOCK = SpikingConvolutionBlock("scb3", 3)
