"""Weights of a network in fixed point: once and for all, or anew in each pass of a training.

Only weights of convolutions and linear layers are quantized. BatchNorm, biases and thresholds stay
as they are: hardware folds them into one threshold per channel.
"""

import math

import torch
from torch import nn

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


def range_of(weights: torch.Tensor, format_: WeightFormat | None) -> float:
    """R, what the cells of a layer are set up for: weights lie in [-R, R).

    Without a format the largest size of a weight.
    """
    if format_ is None:
        return float(weights.detach().abs().max())
    return 2.0 ** (format_.bits - 1 - fraction_bits(weights, format_))


def quantized(
    weights: torch.Tensor,
    format_: WeightFormat | None,
    generator: torch.Generator | None = None,
    n_fraction_bits: int | None = None,
) -> torch.Tensor:
    """Round weights of any shape; too large ones saturate, NaN stays NaN.

    The gradient passes straight through within the range, and is zero beyond it.

    Args:
        format_: None leaves the weights alone.
        generator: On the CPU; needed by stochastic rounding only.
        n_fraction_bits: If already fixed; else as the weights and the format say.

    Raises:
        ValueError: If stochastic rounding has no generator.
    """
    if format_ is None:
        return weights
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


def weight_layers(module: nn.Module) -> dict[str, nn.Conv2d | nn.Linear]:
    """The layers whose weights are quantized, by name, in the order of the modules."""
    named = module.named_modules()
    return {name: one for name, one in named if isinstance(one, nn.Conv2d | nn.Linear)}


@torch.no_grad()
def quantize_(
    module: nn.Module, format_: WeightFormat | None, generator: torch.Generator | None = None
) -> None:
    """Round the weights of a network in place, layer by layer."""
    for layer in weight_layers(module).values():
        layer.weight.copy_(quantized(layer.weight, format_, generator))


@torch.no_grad()
def clamp_(module: nn.Module, format_: WeightFormat | None) -> None:
    """Bring weights that a training has moved back into a range that is fixed.

    Beyond it they have no gradient, and would stay there. The range of a ``tensor`` format follows
    its weights, so that there is nothing to bring back.
    """
    if format_ is None or format_.scope == "tensor":
        return
    for layer in weight_layers(module).values():
        step = 2.0 ** -fraction_bits(layer.weight, format_)
        layer.weight.clamp_(format_.lowest * step, format_.highest * step)
