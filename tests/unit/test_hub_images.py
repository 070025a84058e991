from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from data_files import image_rows

from snn import hub_images
from snn.hub_images import HubImages
from snn.prepared import DataError

datasets = pytest.importorskip("datasets", reason="needs coexplore[data]")

CIFAR = HubImages(
    "cifar10", None, "uoft-cs/cifar10", None, None, "train", "test", "img", "label", (3, 32, 32), 10
)


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COEXPLORE_CACHE", str(tmp_path / "cache"))


def rows(n: int, columns: tuple[str, str] = ("img", "label")) -> Any:
    return image_rows(n, (32, 32, 3), 10, columns)


def pixels(data: Any) -> torch.Tensor:
    images = np.stack([np.asarray(row["img"]) for row in data])
    return torch.from_numpy(np.moveaxis(images, -1, 1))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Parquet files as a repository keeps them, training images in two."""
    data = tmp_path / "cifar10" / "data"
    data.mkdir(parents=True)
    train = rows(30)
    for i in range(2):
        path = data / f"train-0000{i}-of-00002.parquet"
        train.select(range(15 * i, 15 * i + 15)).to_parquet(path)
    rows(20).to_parquet(data / "test-00000-of-00001.parquet")
    return data.parent


def test_parquet_files_are_read_in_their_order(folder: Path) -> None:
    found = replace(CIFAR, path=str(folder)).tensors()
    assert torch.equal(found["train_images"], pixels(rows(30)))
    assert found["train_labels"].tolist() == [i % 10 for i in range(30)]
    assert found["test_images"].shape == (20, 3, 32, 32)
    assert found["test_images"].dtype == torch.uint8


def test_a_folder_of_save_to_disk_is_read(tmp_path: Path) -> None:
    splits = datasets.DatasetDict({"train": rows(12), "test": rows(11)})
    splits.save_to_disk(tmp_path / "saved")
    found = replace(CIFAR, path=str(tmp_path / "saved")).tensors()
    assert torch.equal(found["train_images"], pixels(rows(12)))
    assert len(found["test_labels"]) == 11


def test_the_folder_of_a_configuration_goes_first(folder: Path) -> None:
    other = folder / "cropped_digits"
    other.mkdir()
    for split in ("train", "test"):
        rows(10).to_parquet(other / f"{split}.parquet")
    source = replace(CIFAR, path=str(folder), configuration="cropped_digits")
    assert len(source.tensors()["train_labels"]) == 10


def test_grey_images_among_colour_ones_get_three_channels(folder: Path) -> None:
    image_rows(10, (32, 32), 10, ("img", "label")).to_parquet(folder / "test.parquet")
    (folder / "data" / "test-00000-of-00001.parquet").unlink()
    images = replace(CIFAR, path=str(folder)).tensors()["test_images"]
    assert torch.equal(images[:, 0], images[:, 2])


def test_a_repository_is_asked_for_its_splits(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def load_dataset(*arguments: Any, **options: Any) -> Any:
        asked.append((arguments, options))
        return rows(20)

    monkeypatch.setattr(datasets, "load_dataset", load_dataset)
    replace(CIFAR, configuration="all", revision="abc").tensors()
    assert asked == [
        (("uoft-cs/cifar10", "all"), {"split": split, "revision": "abc"})
        for split in ("train", "test")
    ]


def test_a_second_use_reads_the_prepared_file_only(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = replace(CIFAR, path=str(folder))
    first = source.tensors()
    monkeypatch.setattr(hub_images, "_local_rows", None)
    again = source.tensors()
    assert all(torch.equal(first[name], again[name]) for name in first)


def test_a_folder_that_has_changed_is_read_anew(folder: Path) -> None:
    source = replace(CIFAR, path=str(folder))
    source.tensors()
    rows(10).to_parquet(folder / "data" / "test-00000-of-00001.parquet")
    assert len(source.tensors()["test_labels"]) == 10


def test_without_the_internet_one_line_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    def lost(*_: Any, **__: Any) -> None:
        raise ConnectionError("Couldn't reach the Hub\nand more")

    monkeypatch.setattr(datasets, "load_dataset", lost)
    with pytest.raises(DataError) as told:
        CIFAR.tensors()
    assert str(told.value) == (
        "dataset=cifar10: cannot be downloaded (ConnectionError: Couldn't reach the Hub); connect "
        "to the Internet once, or give a folder that holds it: dataset.path=DIR (docs/data.md)"
    )


def test_mistaken_folders_are_told_in_one_line(folder: Path, tmp_path: Path) -> None:
    def told(**changes: Any) -> str:
        with pytest.raises(DataError) as error:
            replace(CIFAR, **({"path": str(folder)} | changes)).tensors()
        assert "\n" not in str(error.value)
        return str(error.value)

    assert "no such folder" in told(path=str(tmp_path / "nowhere"))
    (tmp_path / "empty").mkdir()
    assert "no split 'train' here" in told(path=str(tmp_path / "empty"))
    assert "no column 'imgs'; did you mean 'img'?" in told(image="imgs")
    assert "an image of 32x32 pixels, expected 28x28" in told(shape=(3, 28, 28))
    assert "label 5, expected 0 to 4" in told(n_classes=5)
    (folder / "train.parquet").write_bytes(b"broken")
    assert "cannot be read" in told()
