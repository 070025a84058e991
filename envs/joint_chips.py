"""Weights of a network, each layer with its own bits, and its accuracy on chips; needs torch."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import torch
from torch import nn

from envs.joint_cores import Stored
from envs.joint_family import Chips, Measured
from envs.variation import DeviceVariation
from hwmodels.variation import load_variation
from snn.block_evaluation import recalibrated
from snn.block_modules import BlockModules
from snn.block_recording import record_spikes
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


@dataclass(frozen=True, slots=True)
class Judging:
    """How a network is measured.

    Attributes:
        n_samples: Images whose spikes are recorded, or that a short accuracy is of.
        n_recalibration: Images for the statistics of BatchNorm.
        seed: Of the errors of weights.
    """

    n_samples: int
    n_recalibration: int
    seed: int


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
    clean = _share(module, dataset, {name: one.weights for name, one in layers.items()})
    found = VariedAccuracy.over(_on_chips(module, dataset, layers, chips, seed))
    return {
        "clean_accuracy": clean,
        "accuracy": found.mean,
        "accuracy_deviation": found.deviation,
        "worst_accuracy": found.worst,
    }


def _on_chips(
    module: nn.Module,
    dataset: Dataset,
    layers: Mapping[str, StoredLayer],
    chips: Chips,
    seed: int,
) -> list[float]:
    """Accuracy on each chip; with fewer chips, on the first of them."""
    generator = torch.Generator().manual_seed(seed)
    noises = {bits: _noise(chips, bits) for bits in {one.bits for one in layers.values()}}
    varied = []
    for _ in range(chips.n_chips):
        errors = {
            name: one.range_ratio
            * noises[one.bits].sample(one.weights / one.range_ratio, generator)
            for name, one in layers.items()
        }
        chip = {name: one.weights + errors[name] for name, one in layers.items()}
        varied.append(_share(module, dataset, chip))
    return varied


def _share(module: nn.Module, dataset: Dataset, weights: Mapping[str, torch.Tensor]) -> float:
    named = {f"{name}.weight": one for name, one in weights.items()}
    return share_right(module, dataset, dataset.test_images, dataset.test_labels, named)


def _noise(chips: Chips, bits: int) -> WeightNoise:
    """Errors of weights in [-1, 1)."""
    if chips.variation is None:
        return GaussianVariation(chips.device.weight_deviation_ratio(bits))
    steps = load_variation(chips.variation, chips.device)
    return DeviceVariation(chips.device, steps, FixedPoint(0, bits - 1))


def measured_on_chips(
    module: BlockModules,
    dataset: Dataset,
    bits: Mapping[str, int],
    chips: Chips,
    judging: Judging,
) -> Measured:
    """Round the weights of a network in place, measure it on chips, record what it fires.

    Args:
        bits: Of the weights of each layer of its graph.

    Raises:
        ValueError: In one line, if it cannot be measured.
    """
    layers = stored_layers(module, bits_of_modules(module, bits))
    with recalibrated(module, dataset, judging.n_recalibration):
        found = accuracies(module, dataset, layers, chips, judging.seed)
        images = dataset.scaled(dataset.test_images[: judging.n_samples])
        record = record_spikes(module, images)
    return Measured(found, record, _by_layer(module, layers))


def short_accuracy(
    module: BlockModules,
    dataset: Dataset,
    bits: Mapping[str, int],
    chips: Chips,
    judging: Judging,
) -> float:
    """Round the weights of a network in place; its mean accuracy on chips, of the first images.

    Raises:
        ValueError: In one line, if it cannot be measured.
    """
    layers, n = stored_layers(module, bits_of_modules(module, bits)), judging.n_samples
    few = replace(dataset, test_images=dataset.test_images[:n], test_labels=dataset.test_labels[:n])
    with recalibrated(module, dataset, judging.n_recalibration):
        return VariedAccuracy.over(_on_chips(module, few, layers, chips, judging.seed)).mean


def bits_of_modules(module: BlockModules, bits: Mapping[str, int]) -> dict[str, int]:
    """Bits of each module with weights, from those of each layer of the graph."""
    return {name: bits[layer] for layer, names in _modules_of(module).items() for name in names}


def _modules_of(module: BlockModules) -> dict[str, list[str]]:
    """Names of the modules that hold the weights of each layer of the graph."""
    found: dict[str, list[str]] = {}
    for feed, layer, _ in module.network.graph.weighted():
        inner = f"{feed.name}.convolution" if feed.kind == "convolution" else feed.name
        found.setdefault(layer.name, []).append(inner)
    return found


def _by_layer(module: BlockModules, layers: Mapping[str, StoredLayer]) -> dict[str, Stored]:
    """What the cost model needs of the weights of a layer, over all ways into it."""
    return {
        name: Stored(layers[inner[0]].bits, _sigma([layers[one] for one in inner]))
        for name, inner in _modules_of(module).items()
    }


def _sigma(layers: list[StoredLayer]) -> float:
    """Standard deviation of weights in units of their ranges; not 0, which no chip needs."""
    weights = torch.cat([(one.weights / one.range_ratio).flatten() for one in layers])
    return max(float(weights.std(correction=0)), 1e-6)
