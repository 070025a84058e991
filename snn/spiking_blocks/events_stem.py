"""The stem for frames of events: 3x3 convolution, BatchNorm, neurons, pooling, twice (AutoSNN)."""

from dataclasses import dataclass

from snn.block import Block, convolved
from snn.spike_graph import Shape, SpikeLayer
from snn.spiking_blocks.max_pool import pooled


@dataclass(frozen=True, slots=True)
class EventsStem(Block):
    """Quarters the side: event cameras have more pixels than the networks behind them need."""

    def layers(self, shape: Shape, channels: int) -> tuple[SpikeLayer, ...]:
        """Four layers, two of them with neurons."""
        first = convolved(3, 0, shape, channels)
        second = pooled(1, first.shape, channels)
        third = convolved(3, 2, second.shape, channels)
        return first, second, third, pooled(3, third.shape, channels)


BLOCK = EventsStem("events_stem")
