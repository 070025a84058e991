"""The accuracy of a design on sampled (simulated) chips; alone in `envs` to need torch."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch

from envs.data import load_on
from envs.design import Design
from envs.evaluation import DeviceMemoryError, InfeasibleError, Metrics
from envs.inheritance import FILE, Inheritance
from envs.kept_weights import weight_file
from envs.store import digest
from envs.variation import DeviceVariation
from hwmodels.devices import load_device
from hwmodels.storage import effective_weight_deviation_ratio
from hwmodels.variation import load_variation
from snn.build import CrossbarNetwork, build
from snn.datasets import Dataset
from snn.inheritance import inherit
from snn.noise import GaussianVariation, WeightNoise
from snn.quantization import FixedPoint
from snn.torch_device import check_device, repeatable
from snn.training import (
    Recipe,
    TrainingError,
    accuracy,
    accuracy_under_variation,
    check_learnt,
    train,
)
from snn.weight_files import WeightFileError, load_weights, save_weights

if TYPE_CHECKING:
    from envs.trained_accuracy import TrainedAccuracy


def trained_accuracy(
    settings: "TrainedAccuracy", design: Design, seed: int, chip_seed: int | None = None
) -> Metrics:
    """Train a design and measure it with and without variation.

    One thread, so that the same seed gives the same digits whatever else runs. All chance is drawn
    on the CPU, whatever the device: a GPU yields the same but for the order of its sums.

    Args:
        chip_seed: Gives the sampled chips a stream of their own, so that differently trained
            networks meet the same chips; by default they follow in the stream of the training.

    Raises:
        InfeasibleError: If the network, or the ancestor whose weights it begins with, diverges,
            falls silent or learns nothing.
        DeviceMemoryError: If the memory of a GPU is full.
        ValueError: If the machine lacks the device.
    """
    try:
        with _training(settings):
            return _measured(settings, design, seed, chip_seed)
    except TrainingError as error:
        raise InfeasibleError(str(error)) from error


@contextmanager
def _training(settings: "TrainedAccuracy") -> Iterator[None]:
    """One thread, sums in one order, and a full GPU told as such."""
    torch.set_num_threads(1)
    check_device(settings.found_device, settings.recipe.get("precision", ""))
    try:
        with repeatable():
            yield
    except torch.OutOfMemoryError as error:
        raise DeviceMemoryError(
            "the memory of the GPU is full: take fewer search.workers or a smaller "
            "env.accuracy.batch_size"
        ) from error


def _measured(
    settings: "TrainedAccuracy", design: Design, seed: int, chip_seed: int | None
) -> Metrics:
    dataset = load_on(settings.found_device, **settings.dataset)
    generator = torch.Generator().manual_seed(seed)
    noises = variations(design, settings.variation)
    network, recipe = _begun(settings, design, generator)
    if settings.is_trained:
        train(network, dataset, recipe, noises, generator)
    clean = accuracy(network, dataset)
    check_learnt(network, dataset, clean)
    if settings.keep_in is not None:
        save_weights(network, weight_file(Path(settings.keep_in), design))
    if chip_seed is not None:
        generator.manual_seed(chip_seed)
    sampled = chip_variations(design, settings.variation) if settings.variation else noises
    chips = varied(network, dataset, sampled, settings.n_chips, generator)
    return {"clean_accuracy": clean} | chips


def _begun(
    settings: "TrainedAccuracy", design: Design, generator: torch.Generator
) -> tuple[CrossbarNetwork, Recipe]:
    """A network as its training begins, where that is to be, and how it goes on."""
    recipe = Recipe(**settings.recipe)
    network = build(design.network, design.quantization, generator, recipe.initialization)
    if settings.weights is not None:
        load_weights(network, _start(Path(settings.weights), design))
    elif settings.inheritance is not None:
        inherit(network, ancestor(settings, settings.inheritance))
        recipe = Recipe(**settings.inheritance.heir_recipe(settings.recipe))
    return network.to(settings.found_device), recipe


_ancestors: dict[str, CrossbarNetwork] = {}  # of this process, by what they depend on


def ancestor(settings: "TrainedAccuracy", inheritance: Inheritance) -> CrossbarNetwork:
    """The network whose weights designs begin with, on the CPU: trained once, then kept.

    Raises:
        TrainingError: If it diverges, falls silent or learns nothing.
        DeviceMemoryError: If the memory of a GPU is full.
    """
    key = digest({"context": settings.context, "folder": inheritance.folder})
    if key not in _ancestors:
        with _training(settings):
            _ancestors[key] = _kept_or_trained(settings, inheritance)
    return _ancestors[key]


def _kept_or_trained(settings: "TrainedAccuracy", inheritance: Inheritance) -> CrossbarNetwork:
    design, recipe = inheritance.ancestor, Recipe(**inheritance.ancestor_recipe(settings.recipe))
    generator = torch.Generator().manual_seed(inheritance.seed)
    network = build(design.network, design.quantization, generator, recipe.initialization)
    file = Path(inheritance.folder) / FILE if inheritance.folder is not None else None
    if file is not None and file.is_file():
        try:
            load_weights(network, file)
        except WeightFileError:  # damaged: trained again, to the same weights
            pass
        else:
            return network
    _train_ancestor(network.to(settings.found_device), settings, design, recipe, generator)
    if file is not None:
        save_weights(network, file)
    return network.to("cpu")


def _train_ancestor(
    network: CrossbarNetwork,
    settings: "TrainedAccuracy",
    design: Design,
    recipe: Recipe,
    generator: torch.Generator,
) -> None:
    dataset = load_on(settings.found_device, **settings.dataset)
    noises = variations(design, settings.variation)
    try:
        train(network, dataset, recipe, noises, generator)
        check_learnt(network, dataset, accuracy(network, dataset))
    except TrainingError as error:
        raise TrainingError(f"the ancestor: {error}") from error


def _start(weights: Path, design: Design) -> Path:
    """The file to begin with: the one there is, or that of the design."""
    return weight_file(weights, design) if weights.is_dir() else weights


def varied(
    network: CrossbarNetwork,
    dataset: Dataset,
    noises: Sequence[WeightNoise],
    n_chips: int,
    generator: torch.Generator,
) -> dict[str, float]:
    """Accuracy over sampled chips, under the names of the metrics; of exact weights without any."""
    if not n_chips:
        exact = accuracy(network, dataset)
        return {"accuracy": exact, "accuracy_deviation": 0.0, "worst_accuracy": exact}
    found = accuracy_under_variation(network, dataset, noises, n_chips, generator)
    return {
        "accuracy": found.mean,
        "accuracy_deviation": found.deviation,
        "worst_accuracy": found.worst,
    }


def variations(design: Design, variation: str | None = None) -> list[GaussianVariation]:
    """The error of each layer's weights on the design's device, in the units of its weights.

    It is Gaussian; with a named ``variation`` it has the deviation that this one makes.
    """
    return [
        GaussianVariation(_deviation_ratio(design.device, w, variation) * w.range_ratio)
        for w in design.quantization.weights
    ]


@cache
def _deviation_ratio(name: str, weight_format: FixedPoint, variation: str | None) -> float:
    device, bits = load_device(name), 1 + weight_format.magnitude_bits
    if variation is None:
        return device.weight_deviation_ratio(bits)
    steps = load_variation(variation, device)
    return effective_weight_deviation_ratio(device, bits, steps, np.random.default_rng(0))


def chip_variations(design: Design, variation: str) -> list[DeviceVariation]:
    """What becomes of each layer's weights on a sampled chip, cell by cell."""
    device = load_device(design.device)
    steps = load_variation(variation, device)
    return [DeviceVariation(device, steps, w) for w in design.quantization.weights]
