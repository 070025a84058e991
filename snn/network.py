"""Shapes of a network, as plain data that cost models can read without torch."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer of weights: a square convolution (stride 1, same padding) or a linear layer.

    Attributes:
        in_side: Height and width of the input feature map; 1 for a linear layer.
        out_side: Height and width after pooling; ``in_side`` where nothing is pooled.
    """

    name: str
    kind: Literal["convolution", "linear"]
    in_channels: int
    out_channels: int
    kernel: int
    in_side: int
    out_side: int

    def __post_init__(self) -> None:
        sizes = (self.in_channels, self.out_channels, self.kernel, self.in_side, self.out_side)
        if min(sizes) < 1:
            raise ValueError(f"{self.name}: every size must be at least 1, got {sizes}")
        if self.out_side > self.in_side:
            raise ValueError(
                f"{self.name}: output side {self.out_side} exceeds input side {self.in_side}"
            )

    @property
    def n_weights(self) -> int:
        """Number of weights; biases and BatchNorm parameters stay outside the crossbar."""
        return self.in_channels * self.out_channels * self.kernel**2

    @property
    def is_pooled(self) -> bool:
        """Whether a 2x2 max-pooling follows."""
        return self.out_side < self.in_side

    @property
    def n_outputs(self) -> int:
        """Number of output values after pooling."""
        return self.out_channels * self.out_side**2


@dataclass(frozen=True, slots=True)
class Network:
    """A chain of layers, the last of which yields one value per class.

    Raises:
        ValueError: If a layer does not take what its predecessor gives.
    """

    layers: tuple[Layer, ...]

    def __post_init__(self) -> None:
        if not self.layers:
            raise ValueError("a network needs at least one layer")
        for before, layer in zip(self.layers, self.layers[1:], strict=False):
            _check_follows(before, layer)

    @property
    def n_classes(self) -> int:
        """Number of values the last layer yields."""
        return self.layers[-1].out_channels


@dataclass(frozen=True, slots=True)
class UnchainedNetwork(Network):
    """Layers of a network that is no chain: a chip computes them one after the other all the same.

    What lies between them (sums, poolings) is not told.
    """

    def __post_init__(self) -> None:
        if not self.layers:
            raise ValueError("a network needs at least one layer")


def _check_follows(before: Layer, layer: Layer) -> None:
    is_flattened = layer.kind == "linear"
    given = before.n_outputs if is_flattened else before.out_channels
    if layer.in_channels != given:
        raise ValueError(
            f"{layer.name} takes {layer.in_channels} channels, but {before.name} gives {given}"
        )
    if not is_flattened and layer.in_side != before.out_side:
        raise ValueError(
            f"{layer.name} takes side {layer.in_side}, but {before.name} gives {before.out_side}"
        )
