"""Passes spikes on; where the channels change, a 1x1 convolution, BatchNorm, neurons (AutoSNN)."""

from dataclasses import dataclass

from snn.block import Block, convolved
from snn.spike_graph import Shape, SpikeLayer


@dataclass(frozen=True, slots=True)
class Skip(Block):
    """The identity, if it can be."""

    def layers(self, shape: Shape, channels: int) -> tuple[SpikeLayer, ...]:
        """No layer, or one."""
        return () if shape[2] == channels else (convolved(1, 0, shape, channels),)


BLOCK = Skip("skip")
