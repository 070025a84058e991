"""Network and quantization -> a torch module whose weights can vary from chip to chip."""

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Literal

import torch
from torch import nn
from torch.nn import functional

from snn.fakequant import clamp_weights_, quantize_activations, quantize_weights
from snn.network import Layer, Network
from snn.noise import WeightNoise
from snn.quantization import FixedPoint, Quantization

Initialization = Literal["fill", "standard"]
Mapping = Literal["format", "peak"]
SMALLEST_PEAK = 1e-12  # nothing is divided by less: a layer of zeros stays one


class CrossbarLayer(nn.Module):
    """A layer whose weights sit in crossbars: quantize, add variation, multiply, BatchNorm.

    BatchNorm follows every layer, the last included: it makes the scale of the weights free, so
    that they can fill the representable range and variation weighs least against them. The ReLU
    behind it is the quantization of the next layer's input, which knows no negative values.

    Attributes:
        variation: Error of each weight on the current chip; None on the ideal one.
        product_type: Type in which inputs and weights are multiplied; sums are of type float.
    """

    def __init__(
        self, layer: Layer, weight_format: FixedPoint, input_format: FixedPoint, *, is_last: bool
    ) -> None:
        super().__init__()
        self.layer = layer
        self.weight_format = weight_format
        self.input_format = input_format
        self.is_last = is_last
        is_linear = layer.kind == "linear"
        kernel = () if is_linear else (layer.kernel, layer.kernel)
        self.weight = nn.Parameter(torch.empty(layer.out_channels, layer.in_channels, *kernel))
        norm = nn.BatchNorm1d if is_linear else nn.BatchNorm2d
        self.norm: nn.BatchNorm1d | nn.BatchNorm2d = norm(layer.out_channels)
        self.variation: torch.Tensor | None = None
        self.product_type = torch.float32

    def initialize(self, method: Initialization, generator: torch.Generator) -> None:
        """Draw the weights: uniform, over the whole range (``fill``) or by fan-in (``standard``).

        The standard bound 1/sqrt(fan-in) is raised to one quantization step where it is below:
        else every weight would round to zero, and nothing could be learnt at all.
        """
        fixed_point = self.weight_format
        with torch.no_grad():
            self.weight.uniform_(-1.0, 1.0, generator=generator)
            if method == "fill":
                self.weight.mul_(fixed_point.range_ratio / self.weight.abs().max())
            else:
                fan_in = self.weight[0].numel()
                self.weight.mul_(max(1 / math.sqrt(fan_in), fixed_point.step_ratio))
            clamp_weights_(self.weight, fixed_point)

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        """(B, C, H, W) or (B, C) -> the same kind, pooled where needed; not rectified."""
        product = self.multiply(quantize_activations(values, self.input_format))
        output: torch.Tensor = self.norm(product)
        return functional.max_pool2d(output, 2) if self.layer.is_pooled else output

    def multiply(self, values: torch.Tensor) -> torch.Tensor:
        """Multiply by the weights as they lie in the cells, with their variation."""
        weights = self.stored_weights()
        if self.variation is not None:
            weights = weights + self.variation
        if self.layer.kind == "linear":
            return self._product(functional.linear, values.flatten(1), weights)
        met, reach = self._met_taps(weights)
        product = self._product(partial(functional.conv2d, padding=reach), values, met)
        # BatchNorm and pooling take a fraction of the time where channels lie side by side
        return product.contiguous(memory_format=torch.channels_last)

    def _product(
        self, product: Callable[..., torch.Tensor], values: torch.Tensor, weights: torch.Tensor
    ) -> torch.Tensor:
        return product(values.to(self.product_type), weights.to(self.product_type)).float()

    def _met_taps(self, weights: torch.Tensor) -> tuple[torch.Tensor, int]:
        """The taps of a kernel that meet more than padding, and how far they reach.

        On a map of 2x2 those are 9 of the 49 taps of a 7x7 kernel.
        """
        radius = self.layer.kernel // 2
        reach = min(radius, self.layer.in_side - 1)
        met = slice(radius - reach, radius + reach + 1)
        return weights[:, :, met, met], reach

    def stored_weights(self) -> torch.Tensor:
        """The weights as they are meant to lie in the cells, in the shape of ``weight``."""
        return quantize_weights(self.weight, self.weight_format)


class PeakMappedLayer(CrossbarLayer):
    """A layer whose largest weight, not the range of its format, is the full scale of its cells.

    Its steps are those of the format over that range, so that no weight is too small to be stored.
    """

    def stored_weights(self) -> torch.Tensor:
        """Quantize to the levels between minus and plus the largest magnitude."""
        peak = self.weight.detach().abs().max().clamp_min(SMALLEST_PEAK)
        scale = peak / self.weight_format.range_ratio
        return quantize_weights(self.weight / scale, self.weight_format) * scale


class CrossbarNetwork(nn.Sequential):
    """A chain of crossbar layers: images (B, C, H, W) -> logits (B, n_classes)."""

    @property
    def crossbar_layers(self) -> list[CrossbarLayer]:
        """The layers in order."""
        return [module for module in self if isinstance(module, CrossbarLayer)]

    def clamp_weights(self) -> None:
        """Bring all master weights back into their representable ranges."""
        with torch.no_grad():
            for layer in self.crossbar_layers:
                clamp_weights_(layer.weight, layer.weight_format)

    def vary(
        self, noises: Sequence[WeightNoise], generator: torch.Generator, scale_ratio: float = 1.0
    ) -> None:
        """Become another chip: draw one error per weight, times ``scale_ratio``."""
        for layer, noise in zip(self.crossbar_layers, noises, strict=True):
            layer.variation = noise.sample(layer.weight.detach(), generator).mul_(scale_ratio)

    def multiply_in(self, product_type: torch.dtype) -> None:
        """Multiply inputs and weights in this type from now on."""
        for layer in self.crossbar_layers:
            layer.product_type = product_type

    def clear_variation(self) -> None:
        """Become the ideal chip, whose weights are exact."""
        for layer in self.crossbar_layers:
            layer.variation = None


MAPPINGS: dict[Mapping, type[CrossbarLayer]] = {"format": CrossbarLayer, "peak": PeakMappedLayer}


def build(
    network: Network,
    quantization: Quantization,
    generator: torch.Generator,
    initialization: Initialization = "fill",
    mapping: Mapping = "format",
) -> CrossbarNetwork:
    """Build the module of a network and draw its weights.

    Args:
        mapping: What the full scale of a layer's cells stands for: the range of its ``format``, or
            the ``peak`` of its weights.

    Raises:
        ValueError: If ``quantization`` has another number of layers.
    """
    formats = zip(quantization.weights, quantization.activations, strict=True)
    last = network.layers[-1]
    kind = MAPPINGS[mapping]
    layers = [
        kind(layer, weights, inputs, is_last=layer is last)
        for layer, (weights, inputs) in zip(network.layers, formats, strict=True)
    ]
    for module in layers:
        module.initialize(initialization, generator)
    return CrossbarNetwork(*layers)
