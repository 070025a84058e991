"""Files of tensors are taken whole, or not at all."""

from pathlib import Path

import pytest
import torch
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
