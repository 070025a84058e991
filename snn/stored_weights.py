"""What becomes of a layer's weights on a chip: rounded to a format, with an error each."""

from collections.abc import Callable, Mapping

import torch
from torch import nn

from snn.noise import GaussianVariation, WeightNoise
from snn.quantization import WeightFormat
from snn.weight_formats import quantized, range_of, weight_layers

Weights = dict[str, torch.Tensor]
NoiseOf = Callable[[float], WeightNoise]
"""Makes the noise of a layer from R, the range that its weights are mapped to."""


def gaussian(deviation_ratio: float) -> NoiseOf:
    """Gaussian noise with a standard deviation in units of each layer's range R."""
    return lambda range_: GaussianVariation(deviation_ratio * range_)


def sampled_errors(
    module: nn.Module,
    format_: WeightFormat | None,
    noise_of: NoiseOf,
    generator: torch.Generator,
) -> Weights:
    """Draw a chip: one error per weight, on the CPU, so that every device meets the same chips."""
    errors = {}
    for name, layer in weight_layers(module).items():
        weight = layer.weight.detach()
        noise = noise_of(range_of(weight, format_))
        errors[name] = noise.sample(weight.cpu(), generator).to(weight.device)
    return errors


def on_chip(
    module: nn.Module,
    format_: WeightFormat | None,
    errors: Mapping[str, torch.Tensor] | None = None,
    generator: torch.Generator | None = None,
) -> Weights:
    """The weights that a chip computes with, by the name of the parameter they stand for.

    Args:
        format_: None for exact weights.
        errors: One per weight, by layer; None for none.
        generator: On the CPU; needed by stochastic rounding only.
    """
    found = {}
    for name, layer in weight_layers(module).items():
        weight = quantized(layer.weight, format_, generator)
        found[f"{name}.weight"] = weight if errors is None else weight + errors[name]
    return found
