"""Fixed-point formats of the weights and inputs of each layer, as plain data."""

from dataclasses import dataclass
from typing import Literal

Scope = Literal["tensor", "global"]
Rounding = Literal["nearest", "truncate", "stochastic"]
SCOPES: tuple[Scope, ...] = ("tensor", "global")
ROUNDINGS: tuple[Rounding, ...] = ("nearest", "truncate", "stochastic")
MOST_BITS = 16
"""Of a weight or an input: what all cost models take."""
MOST_FRACTION_BITS = 32


@dataclass(frozen=True, slots=True)
class FixedPoint:
    """``integer_bits`` before and ``fraction_bits`` after the binary point (NACIM, sec. III-b).

    The sign bit of a weight is extra, as the paper is silent about it
    (``(P, Q)`` gives ``1 + P + Q`` bits); inputs follow a ReLU and have no sign.
    """

    integer_bits: int
    fraction_bits: int

    def __post_init__(self) -> None:
        if min(self.integer_bits, self.fraction_bits) < 0 or self.magnitude_bits == 0:
            raise ValueError(
                "a fixed-point format needs at least one bit in all and none negative, got "
                f"{self.integer_bits} integer and {self.fraction_bits} fraction bits"
            )

    @property
    def magnitude_bits(self) -> int:
        """Number of bits without the sign."""
        return self.integer_bits + self.fraction_bits

    @property
    def n_levels(self) -> int:
        """Number of levels on one side of zero."""
        return 1 << self.magnitude_bits

    @property
    def step_ratio(self) -> float:
        """Distance of two neighbouring values, in units of the number 1."""
        return 2.0**-self.fraction_bits

    @property
    def range_ratio(self) -> float:
        """R, the representable range in units of the number 1: values lie in [-R, R)."""
        return 2.0**self.integer_bits


@dataclass(frozen=True, slots=True)
class Quantization:
    """The formats of each layer's weights and of each layer's input.

    Attributes:
        weights: One signed format per layer.
        activations: One unsigned format per layer, for what enters its crossbars.
    """

    weights: tuple[FixedPoint, ...]
    activations: tuple[FixedPoint, ...]

    def __post_init__(self) -> None:
        if len(self.weights) != len(self.activations):
            raise ValueError(
                f"{len(self.weights)} weight formats for {len(self.activations)} activation formats"
            )

    @property
    def weight_bits(self) -> tuple[int, ...]:
        """Bits of a weight with its sign, per layer."""
        return tuple(1 + format_.magnitude_bits for format_ in self.weights)

    @property
    def activation_bits(self) -> tuple[int, ...]:
        """Bits of an input value, which enters the crossbar one bit at a time, per layer."""
        return tuple(format_.magnitude_bits for format_ in self.activations)


@dataclass(frozen=True, slots=True)
class WeightFormat:
    """FxP``bits``: all weights of a network in signed two's complement (NeuroNAS, SpikeNAS).

    Attributes:
        bits: Of a weight, with its sign.
        scope: ``tensor`` gives each layer the smallest power of two that covers its weights;
            ``global`` gives all layers the same one.
        rounding: ``nearest`` (half to even), ``truncate`` (down) or ``stochastic`` (up as often as
            the remainder says).
        fraction_bits: Of ``global``; by default all but the sign, so that weights lie in [-1, 1).

    Raises:
        ValueError: If there is no such format.
    """

    bits: int
    scope: Scope = "tensor"
    rounding: Rounding = "nearest"
    fraction_bits: int | None = None

    def __post_init__(self) -> None:
        if not 2 <= self.bits <= MOST_BITS:  # noqa: PLR2004 (a sign and one more)
            raise ValueError(f"bits: needs 2 to {MOST_BITS}, got {self.bits}")
        if self.scope not in SCOPES or self.rounding not in ROUNDINGS:
            raise ValueError(
                f"no {self.scope} format with rounding {self.rounding}; a scope is one of "
                f"{', '.join(SCOPES)}, a rounding one of {', '.join(ROUNDINGS)}"
            )
        if self.scope == "tensor" and self.fraction_bits is not None:
            raise ValueError("fraction_bits: a tensor format finds its own; take scope=global")
        if not 0 <= (self.fraction_bits or 0) <= MOST_FRACTION_BITS:
            raise ValueError(
                f"fraction_bits: needs 0 to {MOST_FRACTION_BITS}, got {self.fraction_bits}"
            )

    @property
    def lowest(self) -> int:
        """Smallest code."""
        return -(1 << (self.bits - 1))

    @property
    def highest(self) -> int:
        """Largest code."""
        return (1 << (self.bits - 1)) - 1
