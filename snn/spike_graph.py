"""Layers that spike, and what feeds them, as plain data that needs no torch.

A network is a list of layers; each takes spikes from earlier ones. Neurons sum what comes: through
weights, as it is (``identity``) or as the mean of each window, zeros of the padding included
(``average``); a pooling passes spikes on. Shapes are height, width, channels: the order in which
the simulator counts neurons.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from snn.spikes import SpikeTrace

FeedKind = Literal["convolution", "dense", "pooling", "identity", "average"]
Shape = tuple[int, int, int]
IMAGE = -1  # the source of what is fed by pixels, not by spikes


@dataclass(frozen=True, slots=True)
class Feed:
    """One way into a layer.

    Attributes:
        source: Index of the layer that it comes from. Within a block, 0 is what enters the block
            and i its i-th layer; within a network, i is its layer i and ``IMAGE`` the image.
        name: Of the module with the weights, within a block or network; empty if it has none.
        kernel: Side of a convolution's kernel, or of the windows of a pooling or average.
        padding: Zeros on each side.
    """

    source: int
    kind: FeedKind
    name: str = ""
    kernel: int = 1
    padding: int = 0
    stride: int = 1

    def out_shape(self, shape: Shape, channels: int) -> Shape:
        """Shape of what becomes of a layer.

        Raises:
            ValueError: If the kernel does not fit.
        """
        height, width, in_channels = shape
        if self.kind == "dense":
            return 1, 1, channels
        beyond = 2 * self.padding - self.kernel
        if min(height, width) + beyond < 0:
            raise ValueError(f"{self.kernel}x{self.kernel} do not fit into {height}x{width}")
        rows, columns = ((side + beyond) // self.stride + 1 for side in (height, width))
        return rows, columns, channels if self.kind == "convolution" else in_channels

    def n_weights(self, shape: Shape, channels: int) -> int:
        """Number of weights, from a layer of one shape to so many channels or neurons."""
        height, width, in_channels = shape
        if self.kind == "convolution":
            return self.kernel**2 * in_channels * channels
        return height * width * in_channels * channels if self.kind == "dense" else 0


@dataclass(frozen=True, slots=True)
class SpikeLayer:
    """A layer of neurons, or a pooling of spikes; its name is that of the built module."""

    name: str
    shape: Shape
    feeds: tuple[Feed, ...]

    @property
    def size(self) -> int:
        """Number of neurons, or of places that pooled spikes come out of."""
        height, width, channels = self.shape
        return height * width * channels

    @property
    def is_pooling(self) -> bool:
        """Whether it has no neurons."""
        return self.feeds[0].kind == "pooling"


@dataclass(frozen=True, slots=True)
class SpikeLink:
    """Spikes of layer ``source`` feed layer ``target``.

    Attributes:
        shape: Of the source: height, width, channels.
        out_shape: Of the target.
    """

    source: int
    target: int
    kind: FeedKind
    shape: Shape
    out_shape: Shape
    kernel: int
    padding: int
    stride: int


@dataclass(frozen=True, slots=True)
class SpikeGraph:
    """All layers of a network in the order in which spikes meet them; the first sees the image."""

    image_shape: Shape
    layers: tuple[SpikeLayer, ...]

    @property
    def layer_names(self) -> tuple[str, ...]:
        """Names of the modules whose spikes the layers are."""
        return tuple(layer.name for layer in self.layers)

    @property
    def layer_sizes(self) -> tuple[int, ...]:
        """Number of neurons of each layer."""
        return tuple(layer.size for layer in self.layers)

    @property
    def links(self) -> tuple[SpikeLink, ...]:
        """What spikes travel along; the image's own way into the first layer is none of them."""
        return tuple(
            SpikeLink(
                feed.source,
                target,
                feed.kind,
                self.shape(feed),
                layer.shape,
                feed.kernel,
                feed.padding,
                feed.stride,
            )
            for target, layer in enumerate(self.layers)
            for feed in layer.feeds
            if feed.source != IMAGE
        )

    def shape(self, feed: Feed) -> Shape:
        """Shape of a feed's source."""
        return self.image_shape if feed.source == IMAGE else self.layers[feed.source].shape

    def weighted(self) -> Iterator[tuple[Feed, SpikeLayer, int]]:
        """Each feed with weights, the layer that it feeds, and the number of its weights."""
        for layer in self.layers:
            for feed in layer.feeds:
                if n := feed.n_weights(self.shape(feed), layer.shape[2]):
                    yield feed, layer, n


@dataclass(frozen=True)
class SpikeRecord:
    """What a network fired on some frames, one frame behind the other.

    Attributes:
        trace: Its layers are those of the graph; ``n_samples`` times as many time steps as the
            network runs.
    """

    graph: SpikeGraph
    trace: SpikeTrace
    n_samples: int

    @property
    def n_timesteps(self) -> int:
        """Time steps of one frame."""
        return self.trace.n_timesteps // self.n_samples
