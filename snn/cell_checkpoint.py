"""The file that an interrupted training goes on from."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from snn.datasets import Dataset
from snn.prepared import PARTS
from snn.tensor_file import load_sound, save_whole

VERSION = 2


class CheckpointError(ValueError):
    """A checkpoint that cannot be gone on from; the message is one line that says why."""


class OtherTrainingError(CheckpointError):
    """The checkpoint of a training of something else."""


def fingerprint(told: str, dataset: Dataset, start: Mapping[str, torch.Tensor] | None) -> str:
    """Digest of what a training begins with: settings as text, every byte of the data, weights.

    Device, number of threads and versions of libraries are left out: they change last digits only.

    Args:
        start: Weights to begin with; None for drawn ones.
    """
    scale = (dataset.full_scale, dataset.normalization, dataset.augmentation)
    digest = hashlib.sha256(repr((told, dataset.n_classes, scale)).encode())
    parts = {name: getattr(dataset, name) for name in PARTS} | dict(start or {})
    for name, part in parts.items():
        digest.update(repr((name, tuple(part.shape), part.dtype)).encode())
        digest.update(part.detach().cpu().contiguous().numpy().data)
    return digest.hexdigest()


def save(path: Path, content: dict[str, Any]) -> None:
    """Write the file whole or not at all."""
    save_whole(path, {"version": VERSION} | content)


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


def best_weights(path: Path, network: object) -> dict[str, torch.Tensor]:
    """Read the weights of the best epoch, on whatever data and by whatever recipe.

    Args:
        network: Whose weights they must be; its ``repr`` tells (`snn.classifier.Trainable`).

    Raises:
        CheckpointError: If there is no file, it is broken, or of another version.
        OtherTrainingError: If it is of another network, even one with weights of equal shapes.
    """
    if not path.exists():
        raise CheckpointError(f"{path}: no such file")
    content = _read(path)
    if content["version"] != VERSION:
        raise CheckpointError(f"{path}: the checkpoint of another version of this program")
    if content.get("network") != repr(network):
        raise OtherTrainingError(f"{path}: holds the weights of another network")
    best: dict[str, torch.Tensor] = content["best"]
    return best


def _read(path: Path) -> dict[str, Any]:
    try:
        content = load_sound(path, "cpu")
        return {key: content[key] for key in ("version", "fingerprint", "best")} | dict(content)
    except Exception as error:
        raise unreadable(path) from error


def unreadable(path: Path | None) -> CheckpointError:
    """What is said of a broken file."""
    return CheckpointError(f"{path}: no checkpoint that can be read; remove it")
