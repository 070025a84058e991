"""Which neurons a spike feeds, by index arithmetic; neurons in row, column, channel order."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Connection:
    """From one layer to the next.

    Attributes:
        kind: `dense`, a valid `convolution` (stride 1) or a 2x2 `pooling`, channel by channel.
        shape: Height, width and channels of the layer before it.
        channels: Of the layer it feeds; neurons, if dense.
        kernel: Side of a convolution's kernel.
    """

    kind: Literal["dense", "convolution", "pooling"]
    shape: tuple[int, int, int]
    channels: int
    kernel: int = 1

    @property
    def out_shape(self) -> tuple[int, int, int]:
        """Height, width and channels of the layer it feeds."""
        height, width, channels = self.shape
        if self.kind == "dense":
            return 1, 1, self.channels
        if self.kind == "pooling":
            return height // 2, width // 2, channels
        return height - self.kernel + 1, width - self.kernel + 1, self.channels

    @property
    def n_inputs(self) -> int:
        """Neurons of the layer before it."""
        height, width, channels = self.shape
        return height * width * channels

    @property
    def n_outputs(self) -> int:
        """Neurons of the layer it feeds."""
        height, width, channels = self.out_shape
        return height * width * channels

    def targets(self) -> Iterator[tuple[Integers, Integers]]:
        """Groups of neurons that feed the same ones: (sources, targets)."""
        if self.kind == "dense":
            yield np.arange(self.n_inputs), np.arange(self.n_outputs)
            return
        (height, width, channels), (out_height, out_width, out_channels) = (
            self.shape,
            self.out_shape,
        )
        for y in range(height):
            for x in range(width):
                here = (y * width + x) * channels + np.arange(channels)
                if self.kind == "pooling":
                    if y // 2 < out_height and x // 2 < out_width:
                        start = (y // 2 * out_width + x // 2) * channels
                        for channel in range(channels):
                            yield here[channel : channel + 1], np.array([start + channel])
                    continue
                rows = np.arange(max(0, y - self.kernel + 1), min(out_height, y + 1))
                columns = np.arange(max(0, x - self.kernel + 1), min(out_width, x + 1))
                places = (rows[:, None] * out_width + columns).ravel() * out_channels
                yield here, (places[:, None] + np.arange(out_channels)).ravel()
