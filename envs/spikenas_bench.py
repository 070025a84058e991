"""Accuracies of SpikeNAS-Bench: every cell of its space, really trained by its authors."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from envs.evaluation import InfeasibleError
from envs.store import digest
from snn.bench_table import TableError, read_accuracies
from snn.cell_network import CellNetwork

PERCENT = 100.0


class BenchError(ValueError):
    """A table that cannot be read; the message says why."""


@dataclass(frozen=True)
class BenchAccuracy:
    """Test accuracy of networks of two cells alike, by the table.

    Attributes:
        path: A table or a clone of the repository (`snn.bench_table.read_accuracies`).
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

    def measured(self, networks: Sequence[CellNetwork]) -> Iterator[float | InfeasibleError]:
        """Look networks up."""
        for network in networks:
            number = network.cells[0].bench_id
            missing = InfeasibleError(f"the table of SpikeNAS-Bench has no cell {number}")
            yield self.table.get(number, missing)


@cache
def _shares(path: str, dataset: str) -> Mapping[int, float]:
    try:
        found = read_accuracies(Path(path).expanduser(), dataset)
    except (TableError, OSError) as error:
        raise BenchError(f"spikenas_bench.path: {error}") from error
    return {number: percent / PERCENT for number, percent in found.items()}
