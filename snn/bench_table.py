"""Measured accuracies of SpikeNAS-Bench, from a clone of its repository or from a table."""

import csv
import gzip
import math
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from configs import catalog
from snn.cells import N_BENCH_CELLS, Cell

DATASETS = ("CIFAR10", "CIFAR100", "TinyImagenet")
LOG = "train_process.txt"
TEST_ACCURACY = re.compile(r"^test accuracy:\s*([0-9.]+)", re.MULTILINE)
COLUMNS = ("id", "test_acc")
SIZE = "params"  # a column that may be there: number of parameters of the network
NAMED = {
    "CIFAR10": r"cifar[-_]?10(?!\d)",
    "CIFAR100": r"cifar[-_]?100(?!\d)",
    "TinyImagenet": r"tiny[-_]?imagenet",
}
N_DECILES = 10
UNLIKE = ("skip", "conv3x3")  # operations of `ops13`: codes 1 and 3 of the benchmark
SAMPLES = ("stratified", "random", "ops13", "all")

Accuracies = dict[int, float]
"""Test accuracy in per cent, by id of the cell."""


class TableError(ValueError):
    """A table that cannot be read; the message is one line."""


@dataclass(frozen=True, slots=True)
class BenchTable:
    """What was read.

    Attributes:
        n_parameters: By id of the cell, of a table that has the column ``params``; else empty.
        dataset: One of `DATASETS`, by the name of the file or folder; None if it does not tell.
    """

    accuracies: Accuracies
    n_parameters: dict[int, int]
    dataset: str | None


def read_accuracies(path: Path, dataset: str = DATASETS[0]) -> Accuracies:
    """Read test accuracies alone, as `read_table` does."""
    return read_table(path, dataset).accuracies


def read_table(path: Path, dataset: str = DATASETS[0]) -> BenchTable:
    """Read a table.

    Args:
        path: A clone of the SpikeNAS-Bench repository, its ``data`` or a data set's folder below
            that, or a ``.csv`` or ``.csv.gz`` with the columns ``id`` and ``test_acc``; every
            line of it ends in a line break, so that one cut short is seen.
        dataset: Of a clone: one of `DATASETS`.

    Raises:
        TableError: If nothing can be read there.
    """
    if not path.exists():
        raise TableError(f"{path}: no such file or folder")
    found = _of_clone(path, dataset) if path.is_dir() else _of_csv(path)
    if not found.accuracies:
        raise TableError(f"{path}: holds no accuracy of a cell")
    return found


def _of_clone(path: Path, dataset: str) -> BenchTable:
    if dataset not in DATASETS:
        known = catalog.suggestion(dataset, DATASETS)
        raise TableError(f"dataset: no results for '{dataset}'; {known}")
    places = [path / "data" / dataset, path / dataset, path]
    folder = next((one for one in places if next(one.glob(f"*/{LOG}"), None)), None)
    if folder is None:
        raise TableError(f"{path}: no SpikeNAS-Bench; it has data/{dataset}/ID/{LOG}")
    found: Accuracies = {}
    for log in sorted(folder.glob(f"*/{LOG}")):
        match = TEST_ACCURACY.search(log.read_text("utf-8", errors="replace"))
        if match and log.parent.name.isdecimal():
            _add(found, log.parent.name, match[1], str(log))
    return BenchTable(found, {}, _named(folder))


def _of_csv(path: Path) -> BenchTable:
    opened = gzip.open if path.suffix == ".gz" else open
    found, n_parameters, n_read = Accuracies(), dict[int, int](), 0
    try:
        with opened(path, "rt", encoding="utf-8", newline="") as file:
            rows = csv.DictReader(_whole(file, path))
            missing = [name for name in COLUMNS if name not in (rows.fieldnames or ())]
            if missing:
                raise TableError(f"{path}: lacks the column {missing[0]}")
            for row in rows:
                n_read = rows.line_num
                where = f"{path}, line {n_read}"
                _check_columns(row, where)
                number = _add(found, row["id"], row["test_acc"], where)
                if row.get(SIZE):
                    n_parameters[number] = int(_number(row[SIZE], SIZE, where))
    except (OSError, EOFError, UnicodeDecodeError, csv.Error, zlib.error) as error:
        raise TableError(f"{path}, behind line {n_read}: cannot be read, {error}") from error
    return BenchTable(found, n_parameters, _named(path))


def _whole(lines: Iterable[str], path: Path) -> Iterator[str]:
    """Pass lines on; refuse the last one if it may be cut, which no number in it would tell."""
    for number, line in enumerate(lines, 1):
        if not line.endswith(("\n", "\r")):
            raise TableError(
                f"{path}, line {number}: may be cut short, as no end of line follows; "
                "add one if it is whole"
            )
        yield line


def _check_columns(row: Mapping[str | None, object], where: str) -> None:
    """Refuse a row that is not as long as the first line: its numbers may be cut, too."""
    lost = next((name for name, value in row.items() if value is None), None)
    if lost is not None:
        raise TableError(f"{where}: {lost} is missing")
    if None in row:  # where csv puts what has no name
        raise TableError(f"{where}: has more columns than the first line")


def _add(found: Accuracies, number: str | None, accuracy: str | None, where: str) -> int:
    """Check one entry and take it in; return the id of the cell."""
    cell, percent = _number(number, "id", where), _number(accuracy, "test_acc", where)
    if not (cell.is_integer() and 0 <= cell < N_BENCH_CELLS):  # a range counts to find a float
        raise TableError(f"{where}: no cell {number}; ids go from 0 to {N_BENCH_CELLS - 1}")
    if not 0 <= percent <= 100:  # noqa: PLR2004 (per cent)
        raise TableError(f"{where}: cell {number} has accuracy {accuracy}, not in 0 to 100")
    if cell in found:
        raise TableError(f"{where}: cell {number} is there twice")
    found[int(cell)] = percent
    return int(cell)


def _number(text: str | None, column: str, where: str) -> float:
    if not text:
        raise TableError(f"{where}: {column} is missing")
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise TableError(f"{where}: {column} needs a number, got {text[:20]!r}")
    return value


def _named(path: Path) -> str | None:
    """The data set that a file or folder is named after."""
    return next((one for one, told in NAMED.items() if re.search(told, path.name.lower())), None)


def sample(accuracies: Mapping[int, float], kind: str, n: int, seed: int) -> list[int]:
    """Choose cells, by id.

    ``stratified``: connected ones with a live convolution, equally many of each decile of accuracy.
    ``random``: connected ones. ``ops13``: all of skips and convolutions, but the one of skips only.
    ``all``: every connected one.

    Raises:
        UnknownNameError: If there is no such kind.
        TableError: If there are no such cells.
    """
    if kind not in SAMPLES:
        raise catalog.UnknownNameError("sample", kind, SAMPLES)
    cells = {number: Cell.of_bench(number) for number in sorted(accuracies)}
    connected = [number for number, cell in cells.items() if cell.is_connected]
    random = np.random.default_rng(seed)
    if kind == "stratified":
        live = [number for number in connected if cells[number].n_effective_convolutions]
        found = _by_decile(live, accuracies, n, random)
    elif kind == "ops13":
        found = [i for i in connected if set(cells[i].operations) <= set(UNLIKE) and cells[i].depth]
    elif kind == "random" and n < len(connected):
        found = random.choice(connected, n, replace=False).tolist()
    else:
        found = connected
    if len(found) < 3:  # noqa: PLR2004 (two always agree or disagree)
        raise TableError(f"the sample '{kind}' of this table has {len(found)} cells; 3 are needed")
    return found


def _by_decile(
    numbers: list[int], accuracies: Mapping[int, float], n: int, random: np.random.Generator
) -> list[int]:
    ranked = np.array(sorted(numbers, key=lambda number: (accuracies[number], number)), np.int64)
    chosen: list[int] = []
    for decile in np.array_split(ranked, N_DECILES):
        size = min(len(decile), -(-n // N_DECILES))
        chosen += random.choice(decile, size, replace=False).tolist()
    return chosen
