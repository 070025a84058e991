"""Images to train on; two sets of them come without a download."""

from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from snn.augmentation import Augmentation, Normalization
from snn.prepared import DataError

Part = tuple[torch.Tensor, torch.Tensor]
FULL_SCALE = 255
SUBSET_SEED = 0


@dataclass(frozen=True, slots=True)
class Dataset:
    """Images (N, C, H, W) and labels (N,), for training and for testing.

    Events are frames (N, T, 2, H, W). Images may be bytes, to save memory; ``pixels`` makes floats
    of them, in [0, 1] but for events, which it counts.

    Attributes:
        full_scale: The byte that stands for 1.
        normalization: What networks that take any number may have images scaled by.
        augmentation: What may vary training images.
    """

    train_images: torch.Tensor
    train_labels: torch.Tensor
    test_images: torch.Tensor
    test_labels: torch.Tensor
    n_classes: int
    full_scale: int = FULL_SCALE
    normalization: Normalization | None = None
    augmentation: Augmentation | None = None

    def to(self, device: str) -> "Dataset":
        """The same images and labels, in the memory of a device."""
        return replace(
            self,
            train_images=self.train_images.to(device),
            train_labels=self.train_labels.to(device),
            test_images=self.test_images.to(device),
            test_labels=self.test_labels.to(device),
        )

    def pixels(self, images: torch.Tensor) -> torch.Tensor:
        """Images as floats."""
        return images.float() / self.full_scale if images.dtype == torch.uint8 else images

    def scaled(self, images: torch.Tensor) -> torch.Tensor:
        """Images as floats, normalized if the data set says how."""
        floats = self.pixels(images)
        return floats if self.normalization is None else self.normalization.apply(floats)

    def augmented(self, images: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
        """Images as a training step may see them, if the data set says how; any type."""
        return images if self.augmentation is None else self.augmentation.apply(images, generator)


def synthetic(n_train: int, n_test: int, seed: int) -> Dataset:
    """Draw 32x32 colour images of ten classes: a smooth pattern each, shifted and noisy."""
    random = np.random.default_rng(seed)
    coarse = random.uniform(0.0, 1.0, (10, 3, 8, 8))
    patterns = coarse.repeat(4, axis=2).repeat(4, axis=3)  # (class, C, H, W)
    train_images, train_labels = _draw_synthetic(patterns, n_train, random)
    test_images, test_labels = _draw_synthetic(patterns, n_test, random)
    return Dataset(train_images, train_labels, test_images, test_labels, 10)


def subset(images: torch.Tensor, labels: torch.Tensor, n: int | None) -> Part:
    """``n`` images and their labels, drawn once for all; None for all.

    Raises:
        DataError: If there are fewer.
    """
    if n is None:
        return images, labels
    if n > len(labels):
        raise DataError(f"dataset: there are {len(labels)} images, not {n}")
    generator = torch.Generator().manual_seed(SUBSET_SEED)
    chosen = torch.randperm(len(labels), generator=generator)[:n]
    return images[chosen], labels[chosen]


def _draw_synthetic(patterns: NDArray[np.float64], n: int, random: np.random.Generator) -> Part:
    labels = np.arange(n) % len(patterns)
    shifts = random.integers(-4, 5, (n, 2))
    shifted = np.stack(
        [np.roll(patterns[k], tuple(s), (1, 2)) for k, s in zip(labels, shifts, strict=True)]
    )
    noisy = np.clip(shifted + random.normal(0.0, 0.2, shifted.shape), 0.0, 1.0)
    return torch.from_numpy(noisy.astype(np.float32)), torch.from_numpy(labels)
