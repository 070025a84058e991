"""What a block of a spiking network tells about itself; one file of ``snn/spiking_blocks`` each.

A block says which layers it has and what feeds them. Sizes, links and the torch module all follow
from that, so none of them can contradict the others.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cache

from configs import catalog
from snn import spiking_blocks
from snn.macro import Neuron
from snn.spike_graph import Feed, Shape, SpikeLayer

CELL = "cell:"  # begins the name of a block that is a cell; its operations follow


@dataclass(frozen=True, slots=True)
class Block(ABC):
    """A piece of a network: spikes (T, B, C, H, W) -> spikes."""

    name: str

    @property
    def keeps_channels(self) -> bool:
        """Whether it leaves the number of channels as it is."""
        return False

    @property
    def neuron(self) -> Neuron | None:
        """Neurons of its own; None for those of the network."""
        return None

    @abstractmethod
    def layers(self, shape: Shape, channels: int) -> tuple[SpikeLayer, ...]:
        """Its layers, given the shape of what comes; none if it passes spikes on as they are.

        A feed's source 0 is what comes, i the i-th of these layers. The last one is what leaves.

        Raises:
            ValueError: If a kernel does not fit.
        """


def convolved(
    kernel: int, source: int, shape: Shape, channels: int, padding: int | None = None
) -> SpikeLayer:
    """Convolution, BatchNorm, neurons; named after their place in the block, from 1."""
    number = source + 1
    pad = kernel // 2 if padding is None else padding
    feed = Feed(source, "convolution", f"convolution{number}", kernel, pad)
    return SpikeLayer(f"neuron{number}", feed.out_shape(shape, channels), (feed,))


@cache
def blocks() -> dict[str, Block]:
    """All blocks by name."""
    return catalog.discover(spiking_blocks, Block)  # type: ignore[type-abstract]


def block(name: str) -> Block:
    """Find a block; ``cell:conv3x3,skip,skip,conv3x3,skip,conv3x3`` is a cell.

    Raises:
        UnknownNameError: If there is no such block; the message holds the nearest name.
        ValueError: If there can be no such cell.
    """
    if name.startswith(CELL):
        from snn.cell_block import CellBlock  # noqa: PLC0415 (it imports this module)

        return CellBlock.of(name)
    if name not in blocks():
        raise catalog.UnknownNameError("block", name, blocks())
    return blocks()[name]
