"""The stem of a network of linear layers: each pixel charges a neuron of its own.

The neuron sums and is lowered by its threshold, so that a pixel of brightness x has fired
floor(t x) times after t steps: rate coding without chance. Ours: ANCoEF and ANAS say nothing.
"""

from dataclasses import dataclass

from snn.block import Block
from snn.macro import Neuron
from snn.spike_graph import Feed, Shape, SpikeLayer


@dataclass(frozen=True, slots=True)
class Pixels(Block):
    """Neurons without weights before them."""

    @property
    def keeps_channels(self) -> bool:
        """One neuron for each value."""
        return True

    @property
    def neuron(self) -> Neuron:
        """Integrates and fires; soft reset keeps what exceeds the threshold."""
        return Neuron("if", reset="soft")

    def layers(self, shape: Shape, channels: int) -> tuple[SpikeLayer, ...]:  # noqa: ARG002 (kept)
        """One layer."""
        return (SpikeLayer("neuron1", shape, (Feed(0, "identity"),)),)


BLOCK = Pixels("pixels")
