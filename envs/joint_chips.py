"""Weights of a network, each layer with its own bits, and its accuracy on chips; needs torch."""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import nn

from envs.joint_family import Chips
from envs.variation import DeviceVariation
from hwmodels.variation import load_variation
from snn.cell_accuracy import share_right
from snn.datasets import Dataset
from snn.noise import GaussianVariation, WeightNoise
from snn.quantization import FixedPoint, WeightFormat
from snn.training import VariedAccuracy
from snn.weight_formats import quantized, range_of, weight_layers


@dataclass(frozen=True)
class StoredLayer:
    """Weights as they are stored: rounded, in [-R, R).

    Attributes:
        range_ratio: R, the smallest power of two that covers the exact weights.
    """

    weights: torch.Tensor
    bits: int
    range_ratio: float


@torch.no_grad()
def stored_layers(module: nn.Module, bits: Mapping[str, int]) -> dict[str, StoredLayer]:
    """Round the weights of a network in place; return them by the name of their layer."""
    found = {}
    for name, layer in weight_layers(module).items():
        format_ = WeightFormat(bits[name])
        range_ratio = range_of(layer.weight, format_)
        layer.weight.copy_(quantized(layer.weight, format_))
        found[name] = StoredLayer(layer.weight.detach().clone(), bits[name], range_ratio)
    return found


def accuracies(
    module: nn.Module,
    dataset: Dataset,
    layers: Mapping[str, StoredLayer],
    chips: Chips,
    seed: int,
) -> dict[str, float]:
    """Share of test images classified rightly: without errors, and over sampled chips.

    Every chip keeps its errors for all images (NACIM, sec. IV); BatchNorm stays as it is.
    """
    generator = torch.Generator().manual_seed(seed)
    noises = {bits: _noise(chips, bits) for bits in {one.bits for one in layers.values()}}
    clean = _share(module, dataset, {name: one.weights for name, one in layers.items()})
    varied = []
    for _ in range(chips.n_chips):
        errors = {
            name: one.range_ratio
            * noises[one.bits].sample(one.weights / one.range_ratio, generator)
            for name, one in layers.items()
        }
        chip = {name: one.weights + errors[name] for name, one in layers.items()}
        varied.append(_share(module, dataset, chip))
    found = VariedAccuracy.over(varied)
    return {
        "clean_accuracy": clean,
        "accuracy": found.mean,
        "accuracy_deviation": found.deviation,
        "worst_accuracy": found.worst,
    }


def _share(module: nn.Module, dataset: Dataset, weights: Mapping[str, torch.Tensor]) -> float:
    named = {f"{name}.weight": one for name, one in weights.items()}
    return share_right(module, dataset, dataset.test_images, dataset.test_labels, named)


def _noise(chips: Chips, bits: int) -> WeightNoise:
    """Errors of weights in [-1, 1)."""
    if chips.variation is None:
        return GaussianVariation(chips.device.weight_deviation_ratio(bits))
    steps = load_variation(chips.variation, chips.device)
    return DeviceVariation(chips.device, steps, FixedPoint(0, bits - 1))
