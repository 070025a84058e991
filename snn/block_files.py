"""Files of networks of blocks and of supernets: description and weights, read without pickle."""

from pathlib import Path
from typing import Any, TypeVar

import torch

from snn.block_modules import BlockModules
from snn.block_network import BlockNetwork
from snn.supernet import Supernet
from snn.supernet_modules import SupernetModules
from snn.tensor_file import load_sound, save_whole

VERSION = 1
Made = TypeVar("Made", bound=BlockModules)


class NetworkFileError(ValueError):
    """A file that holds no network; the message is one line that says why."""


def save_network(path: Path, module: BlockModules) -> None:
    """Write a network, or a supernet, whole or not at all."""
    is_super = isinstance(module, SupernetModules)
    described = module.supernet if isinstance(module, SupernetModules) else module.network
    weights = {name: one.cpu() for name, one in module.state_dict().items()}
    content: dict[str, Any] = {"version": VERSION, "is_supernet": is_super, "weights": weights}
    save_whole(path, content | {"network": described.plain()})


def load_network(path: Path) -> BlockModules:
    """Read a network.

    Raises:
        NetworkFileError: If there is no such file, or it holds no single network.
    """
    content = _content(path)
    if content["is_supernet"]:
        raise NetworkFileError(f"{path}: holds a supernet, not one network")
    return _filled(path, BlockNetwork.of(content["network"]).build(torch.Generator()), content)


def load_supernet(path: Path, generator: torch.Generator) -> SupernetModules:
    """Read a supernet; the generator draws its networks, where it is trained further.

    Raises:
        NetworkFileError: If there is no such file, or it holds no supernet.
    """
    content = _content(path)
    if not content["is_supernet"]:
        raise NetworkFileError(f"{path}: holds one network, not a supernet")
    # weights are drawn only to be replaced; the caller's generator is not to notice
    made = _filled(path, Supernet.of(content["network"]).build(torch.Generator()), content)
    made.generator = generator
    return made


def _content(path: Path) -> dict[str, Any]:
    if not path.is_file():
        raise NetworkFileError(f"{path}: no such file")
    try:
        content = load_sound(path, "cpu")
        is_ours = content["version"] == VERSION and {"network", "weights"} <= set(content)
    except Exception as error:
        raise NetworkFileError(f"{path}: no network that can be read") from error
    if not is_ours:
        raise NetworkFileError(f"{path}: a network of another version")
    assert isinstance(content, dict)  # noqa: S101 (it has been read by keys)
    return content


def _filled(path: Path, made: Made, content: dict[str, Any]) -> Made:
    try:
        made.load_state_dict(content["weights"])
    except RuntimeError as error:
        raise NetworkFileError(f"{path}: its weights are not those of its network") from error
    return made.eval()
