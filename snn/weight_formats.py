"""Weights of a network in fixed point: once and for all, or anew in each pass of a training.

Only weights of convolutions and linear layers are quantized. BatchNorm, biases and thresholds stay
as they are: hardware folds them into one threshold per channel.
"""

import math
from collections.abc import Iterator
from typing import Any

import torch
from torch import nn
from torch.nn.utils import parametrize

from snn.fakequant import round_to_steps
from snn.quantization import WeightFormat


def fraction_bits(weights: torch.Tensor, format_: WeightFormat) -> int:
    """Bits behind the binary point; more than there are bits where all weights are small."""
    if format_.scope == "global":
        given = format_.fraction_bits
        return format_.bits - 1 if given is None else given
    largest = float(weights.detach().abs().max())
    if not 0 < largest < math.inf:
        return format_.bits - 1
    return format_.bits - 1 - math.ceil(math.log2(largest))


def quantized(
    weights: torch.Tensor,
    format_: WeightFormat,
    generator: torch.Generator | None = None,
    n_fraction_bits: int | None = None,
) -> torch.Tensor:
    """Round weights of any shape; too large ones saturate. The gradient passes straight through.

    Args:
        generator: On the CPU; needed by stochastic rounding only.
        n_fraction_bits: If already fixed; else as the weights and the format say.

    Raises:
        ValueError: If stochastic rounding has no generator.
    """
    if n_fraction_bits is None:
        n_fraction_bits = fraction_bits(weights, format_)
    step = 2.0**-n_fraction_bits
    if format_.rounding == "nearest":
        return round_to_steps(weights, step, format_.lowest, format_.highest)
    steps = weights.detach() / step
    if format_.rounding == "stochastic":
        if generator is None:
            raise ValueError("stochastic rounding needs a generator")
        steps = steps + torch.rand(weights.shape, generator=generator).to(steps)
    rounded = steps.floor().clamp(format_.lowest, format_.highest) * step
    within = weights.clamp(format_.lowest * step, format_.highest * step)
    return within + (rounded - within).detach()


def _layers(module: nn.Module) -> Iterator[nn.Conv2d | nn.Linear]:
    for one in module.modules():
        if isinstance(one, nn.Conv2d | nn.Linear):
            yield one


@torch.no_grad()
def quantize_(
    module: nn.Module, format_: WeightFormat, generator: torch.Generator | None = None
) -> None:
    """Round the weights of a network in place, layer by layer."""
    for layer in _layers(module):
        layer.weight.copy_(quantized(layer.weight, format_, generator))


class FixedPointWeight(nn.Module):
    """What turns master weights into those of the hardware, in each forward pass."""

    def __init__(
        self, weights: torch.Tensor, format_: WeightFormat, generator: torch.Generator | None
    ) -> None:
        super().__init__()
        self.format = format_
        self.n_fraction_bits = fraction_bits(weights, format_)
        self.generator = generator

    def forward(self, weights: torch.Tensor) -> torch.Tensor:
        """Round, with a straight-through gradient."""
        return quantized(weights, self.format, self.generator, self.n_fraction_bits)

    def clamp_(self, weights: torch.Tensor) -> None:
        """Bring master weights back into the representable range."""
        step = 2.0**-self.n_fraction_bits
        weights.clamp_(self.format.lowest * step, self.format.highest * step)


def train_quantized(
    module: nn.Module, format_: WeightFormat, generator: torch.Generator | None = None
) -> None:
    """Have a network train with quantized weights; the parameters become float master weights.

    The scale of each layer is fixed here, by its present weights. Call `clamp_masters_` after each
    step of the optimizer, and make the optimizer after this call.
    """
    for layer in list(_layers(module)):
        rounding = FixedPointWeight(layer.weight, format_, generator)
        parametrize.register_parametrization(layer, "weight", rounding)


@torch.no_grad()
def clamp_masters_(module: nn.Module) -> None:
    """Bring all master weights back into their representable ranges."""
    for layer in _layers(module):
        if parametrize.is_parametrized(layer, "weight"):
            weight: Any = layer.parametrizations["weight"]  # type: ignore[index]
            weight[0].clamp_(weight.original)


def finish_training(module: nn.Module) -> None:
    """Replace the master weights by the quantized ones, for good."""
    for layer in _layers(module):
        if parametrize.is_parametrized(layer, "weight"):
            parametrize.remove_parametrizations(layer, "weight")
