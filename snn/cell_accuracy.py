"""How many images a cell network classifies rightly, also on chips whose weights vary."""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import nn
from torch.func import functional_call

from snn.datasets import Dataset
from snn.quantization import WeightFormat
from snn.stored_weights import NoiseOf, on_chip, sampled_errors
from snn.training import TrainingError, VariedAccuracy

BATCH_SIZE = 256


@dataclass(frozen=True, slots=True)
class Chips:
    """Sampled chips: their number, the format of their weights and the noise of a layer."""

    n_chips: int
    weight_format: WeightFormat | None
    noise_of: NoiseOf

    def __post_init__(self) -> None:
        if self.n_chips < 1:
            raise ValueError(f"accuracy under variation needs at least 1 chip, got {self.n_chips}")


@torch.no_grad()
def share_right(
    module: nn.Module,
    dataset: Dataset,
    images: torch.Tensor,
    labels: torch.Tensor,
    weights: Mapping[str, torch.Tensor],
) -> float:
    """Share of images whose largest logit is that of their label, while the network rests.

    Args:
        weights: Used instead of the module's own, by the name of the parameter.

    Raises:
        TrainingError: If the network yields anything but finite numbers.
    """
    module.eval()
    device = next(module.parameters()).device
    n_right = 0
    batches = (torch.split(part, BATCH_SIZE) for part in (images, labels))
    for some, answers in zip(*batches, strict=True):
        logits = functional_call(module, dict(weights), (dataset.scaled(some.to(device)),))
        if not logits.isfinite().all():
            raise TrainingError("diverged: what the network yields is not finite")
        n_right += int((logits.argmax(dim=1).cpu() == answers).sum())
    return n_right / len(labels)


def cell_accuracy(
    module: nn.Module,
    dataset: Dataset,
    weight_format: WeightFormat | None,
    generator: torch.Generator | None = None,
) -> float:
    """Share of test images classified rightly, with weights that have no errors.

    Args:
        generator: On the CPU; needed by stochastic rounding only.

    Raises:
        TrainingError: If the network yields anything but finite numbers.
    """
    weights = on_chip(module, weight_format, generator=generator)
    return share_right(module, dataset, dataset.test_images, dataset.test_labels, weights)


def cell_accuracy_under_variation(
    module: nn.Module, dataset: Dataset, chips: Chips, generator: torch.Generator
) -> VariedAccuracy:
    """Accuracy over sampled chips, each with its errors fixed over the test set (NACIM, sec. IV).

    Raises:
        TrainingError: If the network yields anything but finite numbers.
    """
    accuracies = []
    for _ in range(chips.n_chips):
        errors = sampled_errors(module, chips.weight_format, chips.noise_of, generator)
        weights = on_chip(module, chips.weight_format, errors, generator)
        accuracies.append(
            share_right(module, dataset, dataset.test_images, dataset.test_labels, weights)
        )
    return VariedAccuracy.over(accuracies)
