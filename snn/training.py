"""Training under device variation, and accuracy over sampled chips (NACIM, sec. IV)."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, Self

import torch
from torch.nn import functional

from snn.batches import n_batches, shuffled_batches
from snn.build import CrossbarNetwork, Initialization
from snn.datasets import Dataset
from snn.noise import WeightNoise
from snn.optimizers import Adam

TEST_BATCH = 1000
CHANCE_SIGMAS = 3.0  # a network within 3 standard errors of guessing has learnt nothing


Precision = Literal["float32", "bfloat16"]


class TrainingError(ValueError):
    """A network that diverged, fell silent or learnt nothing; the message says which."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a network is trained.

    Attributes:
        learning_rate: Peak of a one-cycle schedule of Adam, times R for the weights of a layer.
        noise_ramp: Share of the steps over which variation grows from zero to its full size.
        is_noise_aware: Whether each forward pass draws a new chip.
        initialization: ``fill`` uses the whole range of the format, ``standard`` only its fan-in's.
        precision: In what inputs and weights are multiplied while training; judged is in float32.
    """

    epochs: int
    batch_size: int
    learning_rate: float
    noise_ramp: float
    is_noise_aware: bool = True
    initialization: Initialization = "fill"
    precision: Precision = "float32"


@dataclass(frozen=True, slots=True)
class VariedAccuracy:
    """Accuracy over sampled chips: mean, standard deviation and the worst one."""

    mean: float
    deviation: float
    worst: float

    @classmethod
    def over(cls, accuracies: Sequence[float]) -> Self:
        """Sum up the accuracies of sampled chips."""
        values = torch.tensor(accuracies, dtype=torch.float64)
        return cls(values.mean().item(), values.std(correction=0).item(), min(accuracies))


def train(
    network: CrossbarNetwork,
    dataset: Dataset,
    recipe: Recipe,
    noises: Sequence[WeightNoise],
    generator: torch.Generator,
) -> None:
    """Train in place; every forward pass sees one fresh Gaussian sample per weight.

    Args:
        network: On the device where the images of the data set lie.
        generator: On the CPU, whatever that device.
        noises: One per layer; unused unless the recipe is noise-aware.

    Raises:
        TrainingError: If the loss is no longer finite, or a step is too large for a float.
    """
    network.train()
    network.multiply_in(getattr(torch, recipe.precision))
    n_steps = recipe.epochs * n_batches(len(dataset.train_images), recipe.batch_size)
    optimizer, schedule = _optimizer(network, recipe, n_steps)
    ramp_steps = max(1, round(recipe.noise_ramp * n_steps))
    for step, batch in enumerate(_batches(dataset, recipe, generator)):
        if recipe.is_noise_aware:
            network.vary(noises, generator, min(1.0, step / ramp_steps))
        images = dataset.augmented(dataset.train_images[batch], generator)
        logits = network(dataset.pixels(images))
        loss = functional.cross_entropy(logits, dataset.train_labels[batch])
        if not (math.isfinite(loss.item()) and _is_updated(optimizer, loss)):
            raise TrainingError(f"training diverged at step {step + 1} of {n_steps}")
        schedule.step()
        network.clamp_weights()
    network.clear_variation()
    network.multiply_in(torch.float32)


def _is_updated(optimizer: torch.optim.Optimizer, loss: torch.Tensor) -> bool:
    """Take one step down the loss; return False if it is too large for a float."""
    optimizer.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    try:
        optimizer.step()
    except RuntimeError as error:
        if "overflow" not in str(error):
            raise
        return False
    return True


def _batches(
    dataset: Dataset, recipe: Recipe, generator: torch.Generator
) -> Iterator[torch.Tensor]:
    device = dataset.train_images.device
    for _ in range(recipe.epochs):
        n_images = len(dataset.train_images)
        yield from (
            batch.to(device) for batch in shuffled_batches(n_images, recipe.batch_size, generator)
        )


def _optimizer(
    network: CrossbarNetwork, recipe: Recipe, n_steps: int
) -> tuple[torch.optim.Optimizer, torch.optim.lr_scheduler.OneCycleLR]:
    layers = network.crossbar_layers
    rates = {layer.weight_format.range_ratio for layer in layers}
    groups = [
        {"params": [x.weight for x in layers if x.weight_format.range_ratio == rate], "lr": rate}
        for rate in sorted(rates)
    ]
    groups.append({"params": [p for x in layers for p in x.norm.parameters()], "lr": 1.0})
    peaks = [recipe.learning_rate * float(group["lr"]) for group in groups]  # type: ignore[arg-type]
    optimizer = Adam(groups, fused=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, peaks, total_steps=n_steps + 1)
    return optimizer, schedule


def tested_batches(dataset: Dataset) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """Test images and labels, as many at once as memory easily holds."""
    parts = (torch.split(part, TEST_BATCH) for part in (dataset.test_images, dataset.test_labels))
    return zip(*parts, strict=True)


@torch.no_grad()
def accuracy(network: CrossbarNetwork, dataset: Dataset) -> float:
    """Share of test images classified rightly, on the chip the network is now.

    Raises:
        TrainingError: If it yields anything but finite numbers.
    """
    network.eval()
    n_right = 0
    for images, labels in tested_batches(dataset):
        logits = network(dataset.pixels(images))
        if not logits.isfinite().all():
            raise TrainingError("diverged: what the network yields is not finite")
        n_right += int((logits.argmax(dim=1) == labels).sum())
    return n_right / len(dataset.test_labels)


def accuracy_under_variation(
    network: CrossbarNetwork,
    dataset: Dataset,
    noises: Sequence[WeightNoise],
    n_chips: int,
    generator: torch.Generator,
) -> VariedAccuracy:
    """Accuracy over ``n_chips`` sampled chips, each with its errors fixed over the test set."""
    accuracies = []
    for _ in range(n_chips):
        network.vary(noises, generator)
        accuracies.append(accuracy(network, dataset))
    network.clear_variation()
    return VariedAccuracy.over(accuracies)


def check_learnt(network: CrossbarNetwork, dataset: Dataset, clean_accuracy: float) -> None:
    """Refuse a network that fell silent or does no better than guessing.

    Raises:
        TrainingError: With the silent layer, or the accuracy and what guessing gives.
    """
    silent = _silent_layer(network, dataset)
    if silent:
        raise TrainingError(f"{silent} is silent: it yields zero for every test image")
    chance = 1 / dataset.n_classes
    margin = CHANCE_SIGMAS * math.sqrt(chance * (1 - chance) / len(dataset.test_labels))
    if clean_accuracy <= chance + margin:
        raise TrainingError(f"learnt nothing: accuracy {clean_accuracy:.3f}, chance {chance:.3f}")


@torch.no_grad()
def _silent_layer(network: CrossbarNetwork, dataset: Dataset) -> str | None:
    network.eval()
    silent = [layer.layer.name for layer in network.crossbar_layers[:-1]]
    for images, _ in tested_batches(dataset):
        values = dataset.pixels(images)
        for layer in network.crossbar_layers[:-1]:
            values = layer(values)
            if layer.layer.name in silent and (values > 0).any():
                silent.remove(layer.layer.name)
    return silent[0] if silent else None
