"""Accuracies of SpikeNAS-Bench: every cell of its space, really trained by its authors.

The table is not ours to keep: it is read from a CSV file compiled from it (columns ``id`` and
``test_acc``, perhaps gzipped), or from a clone of the public repository, where
``data/<data set>/<id>/train_process.txt`` tells of each cell.
"""

import csv
import gzip
import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO, Any

from envs.evaluation import InfeasibleError
from snn.cell_network import CellNetwork

LOG = "train_process.txt"
ID = re.compile(r"architecture id:\s*(\d+)")
ACCURACY = re.compile(r"test accuracy:\s*([\d.]+)")
PERCENT = 100.0


class BenchError(ValueError):
    """A table that cannot be read; the message says why."""


@dataclass(frozen=True)
class BenchAccuracy:
    """Test accuracy of networks of two cells alike, by the table."""

    path: str
    data_set: str
    metric: str = "accuracy"

    @property
    def context(self) -> dict[str, Any]:
        """The table's content, wherever it lies."""
        text = repr(sorted(self.table.items()))
        return {"spikenas_bench": hashlib.sha256(text.encode()).hexdigest()}

    @property
    def table(self) -> Mapping[int, float]:
        """Accuracy, a share, by id.

        Raises:
            BenchError: If there is no table.
        """
        return read_table(self.path, self.data_set)

    def measured(self, networks: Sequence[CellNetwork]) -> Iterator[float | InfeasibleError]:
        """Look networks up."""
        for network in networks:
            number = network.cells[0].bench_id
            missing = InfeasibleError(f"SpikeNAS-Bench has no cell {number} here")
            yield self.table.get(number, missing)


@cache
def read_table(path: str, data_set: str) -> Mapping[int, float]:
    """Read accuracies by id.

    Args:
        data_set: Folder of a clone, such as ``CIFAR10``; a CSV file has one data set only.

    Raises:
        BenchError: If there is no such file, or nothing in it.
    """
    place = Path(path).expanduser()
    try:
        if place.is_dir():
            found = dict(_logged(_folder(place, data_set)))
        else:
            found = dict(_listed(place))
    except (OSError, EOFError, UnicodeDecodeError, csv.Error) as error:
        what = getattr(error, "strerror", None) or str(error)
        raise BenchError(f"spikenas_bench.path: {place} cannot be read: {what}") from error
    if not found:
        raise BenchError(f"spikenas_bench.path: {place} holds no accuracies")
    return found


def _listed(place: Path) -> Iterator[tuple[int, float]]:
    with _opened(place) as file:
        rows = csv.DictReader(file)
        for name in ("id", "test_acc"):
            if name not in (rows.fieldnames or ()):
                raise BenchError(
                    f"spikenas_bench.path: {place} has no column '{name}'; it needs id and test_acc"
                )
        for row in rows:
            yield _number(place, row["id"]), _share(place, row["test_acc"])


def _opened(place: Path) -> IO[str]:
    if place.suffix == ".gz":
        return gzip.open(place, "rt", encoding="utf-8")
    return place.open(encoding="utf-8", newline="")


def _folder(place: Path, data_set: str) -> Path:
    """Where the numbered folders of a data set lie."""
    for folder in (place / "data" / data_set, place / data_set, place):
        if any(folder.glob(f"[0-9]*/{LOG}")):
            return folder
    raise BenchError(
        f"spikenas_bench.path: {place} is no clone of SpikeNAS-Bench (there is no "
        f"data/{data_set}/0/{LOG})"
    )


def _logged(folder: Path) -> Iterator[tuple[int, float]]:
    """Read the log of each cell; a log of another cell than its folder's is left out."""
    for log in folder.glob(f"[0-9]*/{LOG}"):
        text = log.read_text("utf-8")
        number, accuracy = ID.search(text), ACCURACY.search(text)
        if number and accuracy and number[1] == log.parent.name:
            yield int(number[1]), _share(log, accuracy[1])


def _number(place: Path, text: str) -> int:
    try:
        return int(text)
    except ValueError as error:
        raise BenchError(f"spikenas_bench.path: {place}: '{text}' is no id of a cell") from error


def _share(place: Path, text: str) -> float:
    try:
        share = float(text) / PERCENT
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise BenchError(f"spikenas_bench.path: {place}: '{text}' is no accuracy in per cent")
    return share
