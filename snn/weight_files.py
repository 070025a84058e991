"""Trained networks as files: weights and statistics only, read without executing anything."""

from pathlib import Path

import torch
from torch import nn

from snn.tensor_file import load_sound, save_whole


class WeightFileError(ValueError):
    """A file that does not hold a network's weights; the message is one line that says why."""


def save_weights(network: nn.Module, path: Path) -> None:
    """Write the file whole or not at all; it tells of no device."""
    path.parent.mkdir(parents=True, exist_ok=True)
    weights = network.state_dict()
    weights.update({name: one.cpu() for name, one in weights.items()})
    save_whole(path, weights)


def load_weights(network: nn.Module, path: Path) -> None:
    """Give a network the weights of a file.

    Raises:
        WeightFileError: If there are none that can be read, or they are those of another network.
    """
    weights = read_weights(path)
    try:
        network.load_state_dict(weights)
    except RuntimeError as error:
        raise WeightFileError(f"{path}: holds the weights of another network") from error


def read_weights(path: Path) -> dict[str, torch.Tensor]:
    """Read the tensors of a file.

    Raises:
        WeightFileError: If it is missing, damaged, or holds anything else.
    """
    try:
        found = load_sound(path, "cpu")
    except Exception as error:  # whatever a broken file makes torch raise
        raise WeightFileError(f"{path}: holds no weights that can be read") from error
    is_sound = isinstance(found, dict) and all(
        isinstance(one, torch.Tensor) for one in found.values()
    )
    if not is_sound:
        raise WeightFileError(f"{path}: holds something else than weights")
    return dict(found)
