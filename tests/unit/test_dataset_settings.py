import importlib.util
from pathlib import Path

import pytest
import torch

from agents.train import main
from configs import catalog
from envs.data import load
from envs.dataset_settings import IMAGE_SETS
from envs.default_settings import settings_of
from snn import prepared as preparing
from snn.prepared import DataError, prepared

PARTS = {name: torch.zeros(3) for name in preparing.PARTS}


@pytest.mark.parametrize("name", IMAGE_SETS)
def test_every_set_of_images_fits_the_search(name: str) -> None:
    settings = settings_of("nacim", {"dataset": name}).dataset
    assert settings.name == name
    channels, height, width = settings.image_shape
    assert height == width
    assert channels in (1, 3)


def test_every_file_of_the_group_is_valid() -> None:
    names = catalog.names("dataset")
    assert len(names) == 10
    for name in names:
        assert settings_of("toy", {"dataset": name}).dataset.name == name


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["dataset=cifar"], "no dataset called 'cifar'; did you mean 'cifar10'?"),
        (["dataset=mnist", "dataset.n_trian=9"], "dataset.n_trian: no such key; did you mean"),
        (["dataset=mnist", "dataset.n_train=3"], "dataset.n_train: "),
        (["dataset=cifar10", "dataset.normalization.mean=[0.5]"], "a number per channel, 3, got 1"),
        (["dataset=nmnist", "dataset.frames.side=40"], "at most the 34 pixels of the sensor"),
        (["dataset=nmnist"], "env=nacim needs images, not frames of events"),
        (["dataset=mnist", "dataset.path="], "dataset.path: names no directory"),
        (["dataset.path=here"], "dataset.path: no such key"),
        (["dataset=mnist", "dataset.path=/no where, (at all)"], "no where, (at all): no such fold"),
    ],
)
def test_mistakes_are_one_line(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    told = capsys.readouterr().err
    assert told.startswith("error: ")
    assert message in told
    assert told.count("\n") == 1


@pytest.mark.skipif(importlib.util.find_spec("datasets") is not None, reason="it is installed")
def test_a_missing_extra_is_told_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["dataset=mnist"]) == 2
    assert "pip install 'coexplore[data]'; digits and synth" in capsys.readouterr().err


def test_digits_need_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COEXPLORE_CACHE", str(tmp_path))
    assert load("digits").n_classes == 10
    assert not list(tmp_path.iterdir())


def test_prepared_data_is_read_once_per_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COEXPLORE_CACHE", str(tmp_path))
    n_reads = 0

    def read() -> dict[str, torch.Tensor]:
        nonlocal n_reads
        n_reads += 1
        return PARTS

    for side in (8, 8, 16):
        prepared("made", {"side": side}, read)
    assert n_reads == 2


def test_a_broken_prepared_file_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COEXPLORE_CACHE", str(tmp_path))
    prepared("made", {}, lambda: PARTS)
    (path,) = tmp_path.iterdir()
    path.write_bytes(b"broken")
    assert set(prepared("made", {}, lambda: PARTS)) == set(PARTS)


def test_a_cache_that_cannot_be_written_says_what_to_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("COEXPLORE_CACHE", str(tmp_path / "file"))
    with pytest.raises(DataError, match="set COEXPLORE_CACHE to a folder with room"):
        prepared("made", {}, lambda: PARTS)
