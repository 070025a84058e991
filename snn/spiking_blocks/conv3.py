"""One 3x3 convolution, BatchNorm, neurons; as C48K3 of ANCoEF's DGNets, and as their ConvStem."""

from dataclasses import dataclass

from snn.block import Block, convolved
from snn.spike_graph import Shape, SpikeLayer


@dataclass(frozen=True, slots=True)
class SpikingConvolution(Block):
    """A convolution, BatchNorm, neurons.

    Attributes:
        padding: Zeros on each side; None for as many as keep the side.
    """

    kernel: int
    padding: int | None = None

    def layers(self, shape: Shape, channels: int) -> tuple[SpikeLayer, ...]:
        """One layer."""
        return (convolved(self.kernel, 0, shape, channels, self.padding),)


BLOCK = SpikingConvolution("conv3", 3)
