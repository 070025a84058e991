"""What a chip has to compute: layers with their bits, and statistics of weights and inputs."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache

from configs import catalog
from hwmodels.units import to_si
from snn.network import Layer, Network
from snn.quantization import Quantization


@dataclass(frozen=True, slots=True)
class Activity:
    """Statistics of one layer.

    Attributes:
        density_ratio: Share of ones among the bits of its inputs, or of spikes.
        weight_sigma_ratio: Standard deviation of its weights, as a share of half their range.
        weight_level_ratios: How often each level of a weight occurs, from -2^(b-1) up, 2^b of them;
            None: as often as in normally distributed weights of that deviation.
    """

    density_ratio: float
    weight_sigma_ratio: float
    weight_level_ratios: tuple[float, ...] | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.density_ratio <= 1:
            raise ValueError(f"density_ratio must lie in [0, 1], got {self.density_ratio}")
        if self.weight_sigma_ratio <= 0:
            raise ValueError(f"weight_sigma_ratio must exceed 0, got {self.weight_sigma_ratio}")
        shares = self.weight_level_ratios
        if shares is not None and (min(shares, default=-1) < 0 or not math.isclose(sum(shares), 1)):
            raise ValueError("weight_level_ratios must not be negative and must add up to 1")


ACTIVITY = "measured_digits_2026"


@cache
def load_activity(name: str = ACTIVITY, *, is_first: bool = False) -> Activity:
    """Read the statistics of a layer by name; a first layer sees the image itself.

    Raises:
        UnknownNameError: If ``configs/activity`` has no such file.
    """
    content = to_si(catalog.read("activity", name))
    density_ratio = content["first_density_ratio" if is_first else "density_ratio"]
    return Activity(density_ratio, content["weight_sigma_ratio"])


@dataclass(frozen=True, slots=True)
class LayerWork:
    """One layer to be mapped; sides are of the input, before padding."""

    name: str
    in_height: int
    in_width: int
    in_channels: int
    kernel_height: int
    kernel_width: int
    out_channels: int
    is_pooled: bool
    stride: int
    weight_bits: int
    activation_bits: int
    activity: Activity = field(default_factory=load_activity)

    def __post_init__(self) -> None:
        sides = (self.in_height, self.in_width, self.kernel_height, self.kernel_width)
        numbers = (*sides, self.in_channels, self.out_channels, self.stride)
        if min(*numbers, self.weight_bits, self.activation_bits) < 1:
            raise ValueError(f"{self.name}: every size must be at least 1, got {numbers}")
        n_rows = self.in_channels * self.kernel_height * self.kernel_width
        if n_rows * max(self.out_channels, self.in_height * self.in_width) > LARGEST:
            raise ValueError(f"{self.name}: larger than these models can count: {numbers}")
        if self.weight_bits > MAX_BITS or self.activation_bits > MAX_BITS:
            raise ValueError(f"{self.name}: weights and activations have at most {MAX_BITS} bits")
        shares = self.activity.weight_level_ratios
        if shares is not None and len(shares) != 2**self.weight_bits:
            raise ValueError(
                f"{self.name}: weight_level_ratios must tell {2**self.weight_bits} levels, those "
                f"of weights of {self.weight_bits} bits, not {len(shares)}"
            )

    @property
    def n_positions(self) -> int:
        """Positions of the kernel on the padded input, before pooling."""
        return -(-self.in_height // self.stride) * -(-self.in_width // self.stride)

    @property
    def n_operations(self) -> int:
        """Multiplications and additions of one image, however often its bits or spikes enter."""
        n_rows = self.in_channels * self.kernel_height * self.kernel_width
        return 2 * self.n_positions * n_rows * self.out_channels


MAX_BITS = 16
LARGEST = 2**40  # rows times columns, or times positions


@dataclass(frozen=True, slots=True)
class Workload:
    """A network to be priced.

    Attributes:
        timesteps: Times that a spiking network sees each image; None if it does not spike.
    """

    layers: tuple[LayerWork, ...]
    timesteps: int | None = None

    def __post_init__(self) -> None:
        if not self.layers:
            raise ValueError("a cost needs at least one layer")
        if self.timesteps is not None and self.timesteps < 1:
            raise ValueError(f"timesteps must be at least 1, got {self.timesteps}")

    @property
    def n_operations(self) -> int:
        """Multiplications and additions of one image."""
        return sum(layer.n_operations for layer in self.layers)

    @classmethod
    def of(
        cls,
        network: Network,
        quantization: Quantization,
        activities: Sequence[Activity] | None = None,
        timesteps: int | None = None,
    ) -> "Workload":
        """Describe a network; the inputs of a spiking one have one bit, whatever its formats say.

        Raises:
            ValueError: If quantization or activities do not fit the network's layers.
        """
        activities = activities or [
            load_activity(is_first=i == 0) for i in range(len(network.layers))
        ]
        bits = zip(quantization.weight_bits, quantization.activation_bits, strict=True)
        layers = zip(network.layers, bits, activities, strict=True)
        return cls(
            tuple(
                _work(layer, weight_bits, 1 if timesteps else activation_bits, activity)
                for layer, (weight_bits, activation_bits), activity in layers
            ),
            timesteps,
        )


def _work(layer: Layer, weight_bits: int, activation_bits: int, activity: Activity) -> LayerWork:
    side, kernel = layer.in_side, layer.kernel
    return LayerWork(
        layer.name, side, side, layer.in_channels, kernel, kernel, layer.out_channels,
        layer.is_pooled, 1, weight_bits, activation_bits, activity,
    )  # fmt: skip
