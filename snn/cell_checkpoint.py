"""The file that an interrupted training goes on from."""

import hashlib
from pathlib import Path
from typing import Any

import torch

from snn.datasets import Dataset

VERSION = 1


class CheckpointError(ValueError):
    """A checkpoint that cannot be gone on from; the message is one line that says why."""


class OtherTrainingError(CheckpointError):
    """The checkpoint of a training of something else."""


def fingerprint(told: str, dataset: Dataset) -> str:
    """Digest of all that a training depends on: settings as text, and the data."""
    digest = hashlib.sha256(told.encode())
    for part in (dataset.train_images, dataset.train_labels, dataset.test_images):
        digest.update(repr((tuple(part.shape), part.dtype)).encode())
    digest.update(dataset.train_labels.numpy().tobytes())
    for images in (dataset.train_images[:1], dataset.train_images[-1:]):
        digest.update(images.contiguous().numpy().tobytes())
    return digest.hexdigest()


def save(path: Path, content: dict[str, Any]) -> None:
    """Write the file whole or not at all."""
    temporary = path.with_name(path.name + ".new")
    torch.save({"version": VERSION} | content, temporary)
    temporary.replace(path)


def load(path: Path, expected: str) -> dict[str, Any] | None:
    """Read a checkpoint without executing code from it; None if there is no file.

    Raises:
        CheckpointError: If the file is broken.
        OtherTrainingError: If it is another training's.
    """
    if not path.exists():
        return None
    content = _read(path)
    if content["version"] != VERSION or content["fingerprint"] != expected:
        raise OtherTrainingError(
            f"{path}: the checkpoint of another network, data set, recipe or seed; name another "
            "file, or remove it"
        )
    return content


def best_weights(path: Path) -> dict[str, torch.Tensor]:
    """Read the weights of the best epoch, whatever the training was of.

    Raises:
        CheckpointError: If there is no file, it is broken, or of another version.
    """
    if not path.exists():
        raise CheckpointError(f"{path}: no such file")
    content = _read(path)
    if content["version"] != VERSION:
        raise CheckpointError(f"{path}: the checkpoint of another version of this program")
    best: dict[str, torch.Tensor] = content["best"]
    return best


def _read(path: Path) -> dict[str, Any]:
    try:
        content = torch.load(path, weights_only=True, map_location="cpu")
        return {key: content[key] for key in ("version", "fingerprint", "best")} | dict(content)
    except Exception as error:
        raise CheckpointError(f"{path}: no checkpoint that can be read; remove it") from error
