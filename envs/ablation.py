"""One network trained in one of several ways, and measured under several deviations; needs torch.

Deviations are given in units of R, the full scale of a layer's cells: the range of the layer's
format, or its largest weight.
"""

from dataclasses import dataclass
from typing import Any

import torch

from envs.data import load
from envs.design import Design
from snn.build import CrossbarNetwork, Mapping, build
from snn.datasets import Dataset
from snn.noise import GaussianVariation, PeakVariation, WeightNoise
from snn.training import (
    Recipe,
    TrainingError,
    VariedAccuracy,
    accuracy,
    accuracy_under_variation,
    train,
)

CHIP_SEED = 1_000_003  # chips have a stream of their own, the same for every way of training


@dataclass(frozen=True, slots=True)
class Chips:
    """What a trained network is measured on.

    Attributes:
        deviations_ratio: Standard deviations of a weight, in units of R.
        n_chips: Sampled chips for each of them.
    """

    deviations_ratio: tuple[float, ...]
    n_chips: int


@dataclass(frozen=True, slots=True)
class Training:
    """One way of training.

    Attributes:
        recipe: Arguments of `snn.training.Recipe`.
        deviation_ratio: Of the noise while training, in units of R.
        mapping: What R is.
    """

    recipe: dict[str, Any]
    deviation_ratio: float
    mapping: Mapping = "format"


@dataclass(frozen=True, slots=True)
class Ablated:
    """Accuracy of one trained network: on exact weights, and under each deviation."""

    clean: float
    varied: dict[float, VariedAccuracy]


def ablated(
    training: Training, design: Design, dataset: dict[str, Any], chips: Chips, seed: int
) -> Ablated:
    """Train a design from scratch and measure it; the same seed gives the same digits.

    Raises:
        TrainingError: If it diverges.
    """
    torch.set_num_threads(1)
    data = load(**dataset)
    generator = torch.Generator().manual_seed(seed)
    recipe = Recipe(**training.recipe)
    formats = design.network, design.quantization
    network = build(*formats, generator, recipe.initialization, training.mapping)
    noises = deviating(network, training.mapping, training.deviation_ratio)
    train(network, data, recipe, noises, generator)
    return _measured(network, training.mapping, data, chips, seed)


def _measured(
    network: CrossbarNetwork, mapping: Mapping, data: Dataset, chips: Chips, seed: int
) -> Ablated:
    clean = accuracy(network, data)
    varied = {}
    for ratio in chips.deviations_ratio:
        generator = torch.Generator().manual_seed(seed + CHIP_SEED)
        noises = deviating(network, mapping, ratio)
        varied[ratio] = accuracy_under_variation(network, data, noises, chips.n_chips, generator)
    return Ablated(clean, varied)


def deviating(
    network: CrossbarNetwork, mapping: Mapping, deviation_ratio: float
) -> list[WeightNoise]:
    """The error of each layer's weights."""
    if mapping == "peak":
        return [PeakVariation(deviation_ratio) for _ in network.crossbar_layers]
    return [
        GaussianVariation(deviation_ratio * layer.weight_format.range_ratio)
        for layer in network.crossbar_layers
    ]


__all__ = ["Ablated", "Chips", "Training", "TrainingError", "ablated", "deviating"]
