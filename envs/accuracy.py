"""The accuracy of a design on sampled (simulated) chips; alone in `envs` to need torch."""

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

import torch

from envs.design import Design
from envs.evaluation import InfeasibleError, Metrics
from hwmodels.devices import load_device
from snn import datasets
from snn.build import CrossbarNetwork, build
from snn.noise import GaussianVariation
from snn.training import (
    Recipe,
    TrainingError,
    accuracy,
    accuracy_under_variation,
    check_learnt,
    train,
)

if TYPE_CHECKING:
    from envs.evaluators import TrainedAccuracy

LOADERS: dict[str, Callable[..., datasets.Dataset]] = {
    "digits": datasets.digits,
    "synthetic": datasets.synthetic,
}


def trained_accuracy(
    settings: "TrainedAccuracy", design: Design, seed: int, chip_seed: int | None = None
) -> Metrics:
    """Train a design from scratch and measure it with and without variation.

    One thread, so that the same seed gives the same digits whatever else runs.

    Args:
        chip_seed: Gives the sampled chips a stream of their own, so that differently trained
            networks meet the same chips; by default they follow in the stream of the training.

    Raises:
        InfeasibleError: If the network diverges, falls silent or learns nothing.
    """
    torch.set_num_threads(1)
    dataset = load(**settings.dataset)
    generator = torch.Generator().manual_seed(seed)
    recipe = Recipe(**settings.recipe)
    noises = variations(design)
    network = build(design.network, design.quantization, generator, recipe.initialization)
    try:
        train(network, dataset, recipe, noises, generator)
        clean = accuracy(network, dataset)
        check_learnt(network, dataset, clean)
        if chip_seed is not None:
            generator.manual_seed(chip_seed)
        chips = varied(network, dataset, noises, settings.n_chips, generator)
    except TrainingError as error:
        raise InfeasibleError(str(error)) from error
    return {"clean_accuracy": clean} | chips


def varied(
    network: CrossbarNetwork,
    dataset: datasets.Dataset,
    noises: list[GaussianVariation],
    n_chips: int,
    generator: torch.Generator,
) -> dict[str, float]:
    """Accuracy over sampled chips, under the names of the metrics."""
    found = accuracy_under_variation(network, dataset, noises, n_chips, generator)
    return {
        "accuracy": found.mean,
        "accuracy_deviation": found.deviation,
        "worst_accuracy": found.worst,
    }


def variations(design: Design) -> list[GaussianVariation]:
    """The error of each layer's weights on the design's device, in the units of its weights."""
    device = load_device(design.device)
    return [
        GaussianVariation(device.weight_deviation_ratio(1 + w.magnitude_bits) * w.range_ratio)
        for w in design.quantization.weights
    ]


def load(name: str, **arguments: Any) -> datasets.Dataset:  # noqa: ANN401 (checked by settings)
    """Load a dataset once per process."""
    return _load(name, tuple(sorted(arguments.items())))


@cache
def _load(name: str, arguments: tuple[tuple[str, Any], ...]) -> datasets.Dataset:
    return LOADERS[name](**dict(arguments))
