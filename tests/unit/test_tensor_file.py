"""Files of tensors are taken whole, or not at all."""

import gc
from pathlib import Path

import pytest
import torch
from full_disk import room
from torch import nn

from agents.observers import load_checkpoint
from snn.tensor_file import load_sound, save_whole
from snn.weight_files import WeightFileError, read_weights


@pytest.fixture
def changed(tmp_path: Path) -> Path:
    """A network of which the disk has changed one bit of one weight."""
    path, network = tmp_path / "a.pt", nn.Linear(4, 4)
    save_whole(path, network.state_dict())
    assert torch.equal(load_sound(path)["weight"], network.weight)
    content = bytearray(path.read_bytes())
    content[content.index(network.weight.detach().numpy().tobytes())] ^= 1
    path.write_bytes(content)
    return path


def test_torch_itself_takes_a_weight_that_the_disk_changed(changed: Path) -> None:
    assert list(torch.load(changed, weights_only=True)) == ["weight", "bias"]


def test_a_weight_that_the_disk_changed_is_refused(changed: Path) -> None:
    with pytest.raises(WeightFileError, match="holds no weights that can be read"):
        read_weights(changed)
    assert load_checkpoint(changed) is None


def test_a_full_disk_leaves_nothing_behind_that_cannot_be_freed(tmp_path: Path) -> None:
    with room(1000), pytest.raises(OSError, match="too large") as caught:
        save_whole(tmp_path / "a.pt", {"weights": torch.zeros(1000)})
    caught.value.args = (caught.value,)  # as one that a command keeps while it tells it
    del caught
    gc.collect()  # pytest tells an exception in here
    assert not list(tmp_path.iterdir())
