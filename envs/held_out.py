"""Images that networks are chosen by; they stay out of the training."""

import torch

from envs.data import load
from envs.dataset_settings import DatasetSettings
from snn.block_evaluation import validation_split
from snn.datasets import Dataset


def held_out(images: Dataset, ratio: float, seed: int) -> Dataset:
    """Images to train on, and as test images a share of the training images, drawn by the seed."""
    return validation_split(images, ratio, torch.Generator().manual_seed(seed))


def images_held_out(settings: DatasetSettings, ratio: float, seed: int) -> Dataset:
    """The same of the images that settings name.

    Raises:
        DataError: If they can neither be found nor downloaded.
    """
    return held_out(load(**settings.model_dump()), ratio, seed)


def check_samples(dataset: Dataset, n_samples: int) -> None:
    """Refuse to record more images than are held out.

    Raises:
        ValueError: With their number.
    """
    n = len(dataset.test_labels)
    if n < n_samples:
        raise ValueError(f"env.n_samples: needs at most the {n} images held out, got {n_samples}")
