"""Max-pooling of 2x2 windows: a spike comes out where any comes in, so spikes stay spikes."""

from dataclasses import dataclass

from snn.block import Block
from snn.spike_graph import Feed, Shape, SpikeLayer


@dataclass(frozen=True, slots=True)
class MaxPooling(Block):
    """Halves the side; what comes out counts as spikes (AutoSNN)."""

    @property
    def keeps_channels(self) -> bool:
        """Each channel is pooled by itself."""
        return True

    def layers(self, shape: Shape, channels: int) -> tuple[SpikeLayer, ...]:
        """One layer without neurons."""
        return (pooled(0, shape, channels),)


def pooled(source: int, shape: Shape, channels: int) -> SpikeLayer:
    """A pooling; named after its place in the block, from 1."""
    feed = Feed(source, "pooling", kernel=2, stride=2)
    return SpikeLayer(f"pooling{source + 1}", feed.out_shape(shape, channels), (feed,))


BLOCK = MaxPooling("max_pool")
