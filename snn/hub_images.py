"""Sets of images from Hugging Face, or from a folder with the same files."""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from configs.catalog import suggestion
from snn.prepared import (
    DataError,
    Tensors,
    checked_folder,
    listing,
    not_found,
    not_installed,
    prepared,
    with_progress,
)

MODES = {1: "L", 3: "RGB"}  # Pillow's name for images of so many channels


@dataclass(frozen=True, slots=True)
class HubImages:
    """Where images and their labels are.

    Attributes:
        path: A folder to read instead of the repository.
        configuration: Of a repository that has several data sets.
        revision: Commit of the repository; None for its newest.
        train: Name of the split; so ``test``.
        image: Name of the column; so ``label``.
        shape: Channels, height, width of every image.
    """

    name: str
    path: str | None
    repository: str
    configuration: str | None
    revision: str | None
    train: str
    test: str
    image: str
    label: str
    shape: tuple[int, int, int]
    n_classes: int

    def tensors(self) -> Tensors:
        """Images in bytes (N, C, H, W) and labels (N,), from the prepared file if there is one.

        Raises:
            DataError: If they can neither be found nor downloaded, or are not as described.
        """
        settings = asdict(self)
        if self.path is not None:
            settings["files"] = listing(checked_folder(self.path))
        return prepared(self.name, settings, self._read)

    def _read(self) -> Tensors:
        found: Tensors = {}
        for part, split in (("train", self.train), ("test", self.test)):
            rows, n_rows = self._rows(split)
            images, labels = self._converted(with_progress(rows, f"{self.name}: {split}", n_rows))
            found |= {f"{part}_images": images, f"{part}_labels": labels}
        return found

    def _rows(self, split: str) -> tuple[Iterable[Mapping[str, Any]], int | None]:
        """The rows of a split, images decoded, and their number if it is known."""
        try:
            import datasets  # noqa: PLC0415 (an optional extra)
        except ImportError as error:
            raise not_installed(self.name) from error
        logging.getLogger("huggingface_hub").setLevel(logging.ERROR)  # it tells of each retry
        try:
            if self.path is None:
                rows = datasets.load_dataset(
                    self.repository, self.configuration, split=split, revision=self.revision
                )
            else:
                rows = _local_rows(Path(self.path).expanduser(), self.configuration, split)
            return rows.cast_column(self.image, datasets.Image()), getattr(rows, "num_rows", None)
        except DataError:
            raise
        except Exception as error:  # whatever the library, its network or a broken file raises
            lost = self._broken(error) if self.path else not_found(self.name, error)
            raise lost from error

    def _converted(self, rows: Iterable[Mapping[str, Any]]) -> tuple[torch.Tensor, torch.Tensor]:
        images, labels = [], []
        try:
            for row in rows:
                images.append(self._pixels(self._value(row, self.image)))
                labels.append(self._checked(self._value(row, self.label)))
        except DataError:
            raise
        except Exception as error:
            raise self._broken(error) from error
        if not images:
            raise DataError(f"{self._where}: there are no images")
        return torch.from_numpy(np.stack(images)), torch.tensor(labels)

    def _value(self, row: Mapping[str, Any], column: str) -> Any:  # noqa: ANN401 (as the file has it)
        value = row.get(column)
        if value is None:
            known = [name for name in row if row[name] is not None]
            raise DataError(f"{self._where}: no column '{column}'; {suggestion(column, known)}")
        return value

    def _pixels(self, image: Any) -> NDArray[np.uint8]:  # noqa: ANN401 (of Pillow)
        channels, height, width = self.shape
        pixels = np.asarray(image.convert(MODES[channels]), np.uint8)
        if pixels.shape[:2] != (height, width):
            raise DataError(
                f"{self._where}: an image of {pixels.shape[0]}x{pixels.shape[1]} pixels, expected "
                f"{height}x{width}"
            )
        return np.moveaxis(pixels.reshape(height, width, channels), -1, 0)

    def _checked(self, label: Any) -> int:  # noqa: ANN401 (as the file has it)
        if not 0 <= int(label) < self.n_classes:
            raise DataError(f"{self._where}: label {label}, expected 0 to {self.n_classes - 1}")
        return int(label)

    def _broken(self, error: Exception) -> DataError:
        lines = str(error).splitlines() or [""]
        return DataError(f"{self._where}: cannot be read ({type(error).__name__}: {lines[0]})")

    @property
    def _where(self) -> str:
        return f"dataset={self.name}" if self.path is None else f"dataset.path={self.path}"


def _local_rows(folder: Path, configuration: str | None, split: str) -> Any:  # noqa: ANN401
    """Rows of a folder: Parquet files of a repository, or what ``save_to_disk`` wrote."""
    import datasets  # noqa: PLC0415 (an optional extra)

    if configuration is not None and (folder / configuration).is_dir():
        folder /= configuration
    if (folder / split / "dataset_info.json").is_file():
        return datasets.load_from_disk(str(folder / split))
    names = (f"{split}.parquet", f"{split}-*.parquet")
    files = sorted({str(path) for name in names for path in folder.rglob(name)})
    if not files:
        raise DataError(
            f"dataset.path={folder}: no split '{split}' here: neither {names[0]}, {names[1]} nor a "
            f"folder {split} of save_to_disk (docs/data.md)"
        )
    return datasets.load_dataset("parquet", data_files=files, split="train", streaming=True)
