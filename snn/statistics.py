"""What a trained network sends through its crossbars: bit density and spread of weights."""

from dataclasses import dataclass

import torch

from snn.build import CrossbarLayer, CrossbarNetwork
from snn.fakequant import quantize_activations, quantize_weights


@dataclass(frozen=True, slots=True)
class LayerStatistics:
    """Of one layer.

    Attributes:
        density_ratio: Share of ones among all bits of its inputs.
        weight_sigma_ratio: Standard deviation of its quantized weights, as a share of R.
        weight_level_ratios: How often each level of its quantized weights occurs, lowest first;
            None where weights are not quantized.
    """

    name: str
    density_ratio: float
    weight_sigma_ratio: float
    weight_level_ratios: tuple[float, ...] | None = None


def layer_statistics(network: CrossbarNetwork, images: torch.Tensor) -> list[LayerStatistics]:
    """Measure every layer on images (B, C, H, W), without variation."""
    network.clear_variation()
    was_training = network.training
    network.eval()
    found, values = [], images
    with torch.no_grad():
        for layer in network.crossbar_layers:
            found.append(
                LayerStatistics(
                    layer.layer.name, bit_density(layer, values), _sigma(layer), _shares(layer)
                )
            )
            values = layer(values)
    network.train(was_training)
    return found


def bit_density(layer: CrossbarLayer, values: torch.Tensor) -> float:
    """Share of ones among the bits in which a layer's inputs enter its crossbars."""
    n_bits = layer.input_format.magnitude_bits
    steps = quantize_activations(values, layer.input_format) / layer.input_format.step_ratio
    codes = steps.round().long()
    ones = sum(int(((codes >> bit) & 1).sum()) for bit in range(n_bits))
    return ones / (n_bits * codes.numel())


def _sigma(layer: CrossbarLayer) -> float:
    weights = quantize_weights(layer.weight, layer.weight_format)
    return float(weights.std(correction=0)) / layer.weight_format.range_ratio


def _shares(layer: CrossbarLayer) -> tuple[float, ...]:
    weights, stored = quantize_weights(layer.weight, layer.weight_format), layer.weight_format
    codes = (weights / stored.step_ratio).round().long() + stored.n_levels
    counts = torch.bincount(codes.flatten(), minlength=2 * stored.n_levels)
    return tuple((counts.double() / codes.numel()).tolist())
