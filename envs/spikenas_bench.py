"""Accuracies of SpikeNAS-Bench: every cell of its space, really trained by its authors."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

from envs.evaluation import InfeasibleError
from envs.store import digest
from snn.bench_table import SIZE, BenchTable, TableError, read_table
from snn.cell_network import CellNetwork
from snn.cells import EDGES, Cell
from snn.macro import Macro

PERCENT = 100.0
DATASET_OF = {"cifar10": "CIFAR10", "cifar100": "CIFAR100", "tinyimagenet200": "TinyImagenet"}
"""The benchmark's name of a frame's data set."""


class BenchError(ValueError):
    """A table that cannot be read; the message says why."""


@dataclass(frozen=True)
class BenchAccuracy:
    """Test accuracy of networks of two cells alike, by the table.

    Attributes:
        path: A table or a clone of the repository (`snn.bench_table.read_table`).
        dataset: Which data set of a clone; a table has one only.
    """

    path: str
    dataset: str
    metric: str = "accuracy"

    @property
    def context(self) -> dict[str, Any]:
        """The table's content, wherever it lies."""
        return {"spikenas_bench": digest(sorted(self.table.items()))}

    @property
    def table(self) -> Mapping[int, float]:
        """Accuracy, a share, by id of the cell.

        Raises:
            BenchError: If there is no table.
        """
        return _shares(self.path, self.dataset)

    def n_known(self, choices: Iterable[str]) -> tuple[int, int]:
        """How many of the cells of a space the table has, and how many there are."""
        cells = product(choices, repeat=len(EDGES))
        there = [Cell(operations).bench_id in self.table for operations in cells]
        return sum(there), len(there)

    def measured(self, networks: Sequence[CellNetwork]) -> Iterator[float | InfeasibleError]:
        """Look networks up."""
        for network in networks:
            number = network.cells[0].bench_id
            missing = InfeasibleError(f"the table of SpikeNAS-Bench has no cell {number}")
            yield self.table.get(number, missing)


def check_table(path: str, macro: str, declared: str | None) -> None:
    """Refuse a table of another data set than that of the frame.

    Args:
        macro: Name of the frame.
        declared: The frame that the user says the table is of; None to find out.

    Raises:
        BenchError: If the table is of another, or tells not of which and nor does the user.
    """
    if macro not in DATASET_OF:
        raise BenchError(f"env.macro={macro}: SpikeNAS-Bench has {', '.join(DATASET_OF)} only")
    if declared not in (None, macro):
        raise BenchError(f"spikenas_bench.dataset={declared}: env.macro={macro} takes another")
    table = _table(path, DATASET_OF[macro])
    if table.n_parameters:
        _check_sizes(path, macro, table.n_parameters)
    elif declared is None:
        _check_name(path, macro, table.dataset)


def _check_sizes(path: str, macro: str, n_parameters: Mapping[int, int]) -> None:
    """Compare a network's number of parameters: it tells the classes."""
    number, told = min(n_parameters.items())
    sizes = {name: n_parameters_of(number, name) for name in DATASET_OF}
    if sizes[macro] == told:
        return
    fitting = next((name for name, size in sizes.items() if size == told), None)
    whose = f"that is env.macro={fitting}" if fitting else "that is no frame of the benchmark"
    raise BenchError(
        f"spikenas_bench.path: {path}: cell {number} has {told:,} parameters, with env.macro="
        f"{macro} it has {sizes[macro]:,}; {whose}"
    )


def n_parameters_of(number: int, macro: str) -> int:
    """Parameters of the network of a cell in a frame."""
    return CellNetwork((Cell.of_bench(number),) * 2, Macro.preset(macro)).n_parameters()


def _check_name(path: str, macro: str, dataset: str | None) -> None:
    if dataset is None:
        raise BenchError(
            f"spikenas_bench.path: {path} does not tell its data set, neither by a column "
            f"'{SIZE}' nor by its name; if it is that of env.macro={macro}, add "
            f"spikenas_bench.dataset={macro}"
        )
    if dataset != DATASET_OF[macro]:
        raise BenchError(
            f"spikenas_bench.path: {path} is of {dataset} by its name, and env.macro={macro} takes "
            f"another; if the name is wrong, add spikenas_bench.dataset={macro}"
        )


@cache
def _table(path: str, dataset: str) -> BenchTable:
    try:
        return read_table(Path(path).expanduser(), dataset)
    except (TableError, OSError) as error:
        raise BenchError(f"spikenas_bench.path: {error}") from error


@cache
def _shares(path: str, dataset: str) -> Mapping[int, float]:
    found = _table(path, dataset).accuracies
    return {number: percent / PERCENT for number, percent in found.items()}
