"""What becomes of a layer's weights on a chip: rounded to a format, with an error each."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import nn

from snn.noise import GaussianVariation, WeightNoise

MOST_BITS = 16
Weights = dict[str, torch.Tensor]
NoiseOf = Callable[[float], WeightNoise]
"""Makes the noise of a layer from R, the range that its weights are mapped to."""


class WeightFormat(Protocol):
    """How the weights of a layer are rounded; the gradient passes straight through."""

    def range_of(self, weights: torch.Tensor) -> float:
        """R, the largest size of a weight that the cells of this layer are set up for."""
        ...

    def quantize(self, weights: torch.Tensor) -> torch.Tensor:
        """Round weights, any shape."""
        ...


@dataclass(frozen=True, slots=True)
class FloatFormat:
    """Weights as they are; the largest one sets the range."""

    def range_of(self, weights: torch.Tensor) -> float:
        """The largest size of a weight."""
        return float(weights.detach().abs().max())

    def quantize(self, weights: torch.Tensor) -> torch.Tensor:
        """Leave the weights alone."""
        return weights


@dataclass(frozen=True, slots=True)
class PowerOfTwoFormat:
    """Signed fixed point, its range per layer the power of two that holds the largest weight.

    Rounds to the nearest step, half to even; the largest weight may saturate by one step.

    Attributes:
        bits: Of a weight, with its sign.
    """

    bits: int

    def __post_init__(self) -> None:
        if not 2 <= self.bits <= MOST_BITS:  # noqa: PLR2004 (a sign and a bit)
            raise ValueError(f"weights need 2 to {MOST_BITS} bits, got {self.bits}")

    def range_of(self, weights: torch.Tensor) -> float:
        """The smallest power of two that no weight exceeds; 1 for weights that are all zero."""
        largest = float(weights.detach().abs().max())
        is_usual = math.isfinite(largest) and largest > 0
        return 2.0 ** math.ceil(math.log2(largest)) if is_usual else 1.0

    def quantize(self, weights: torch.Tensor) -> torch.Tensor:
        """Round weights, with a gradient of one inside the range."""
        n_levels = 1 << (self.bits - 1)
        step = self.range_of(weights) / n_levels
        return torch.fake_quantize_per_tensor_affine(weights, step, 0, -n_levels, n_levels - 1)


def gaussian(deviation_ratio: float) -> NoiseOf:
    """Gaussian noise with a standard deviation in units of each layer's range R."""
    return lambda range_: GaussianVariation(deviation_ratio * range_)


def weight_layers(module: nn.Module) -> dict[str, nn.Conv2d | nn.Linear]:
    """The layers whose weights sit in crossbars, by name, in the order of the modules."""
    named = module.named_modules()
    return {name: one for name, one in named if isinstance(one, nn.Conv2d | nn.Linear)}


def sampled_errors(
    module: nn.Module, format_: WeightFormat, noise_of: NoiseOf, generator: torch.Generator
) -> Weights:
    """Draw a chip: one error per weight, on the CPU, so that every device meets the same chips."""
    errors = {}
    for name, layer in weight_layers(module).items():
        weight = layer.weight.detach()
        noise = noise_of(format_.range_of(weight))
        errors[name] = noise.sample(weight.cpu(), generator).to(weight.device)
    return errors


def on_chip(
    module: nn.Module, format_: WeightFormat, errors: Mapping[str, torch.Tensor] | None = None
) -> Weights:
    """The weights that a chip computes with, by the name of the parameter they stand for."""
    found = {}
    for name, layer in weight_layers(module).items():
        weight = format_.quantize(layer.weight)
        found[f"{name}.weight"] = weight if errors is None else weight + errors[name]
    return found
