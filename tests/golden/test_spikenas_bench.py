"""SpikeNAS-Bench's own parameter counts; its table is not ours to keep, so it may be missing."""

import csv
import gzip
from pathlib import Path

import pytest

from snn.cell_network import CellNetwork
from snn.cells import EDGES, N_BENCH_CELLS, Cell
from snn.macro import Macro

TABLE = (  # beside the project
    Path(__file__).parents[3] / "shared" / "data" / "snn" / "spikenas_bench_cifar10.csv.gz"
)


@pytest.fixture(scope="module")
def rows() -> list[dict[str, str]]:
    if not TABLE.exists():
        pytest.skip("the table compiled from SpikeNAS-Bench is not on this machine")
    with gzip.open(TABLE, "rt") as file:
        return list(csv.DictReader(file))


def test_ids_are_read_as_the_benchmark_does(rows: list[dict[str, str]]) -> None:
    assert len(rows) == N_BENCH_CELLS
    for row in rows:
        codes = tuple(int(row[f"op{i}{j}"]) for i, j in EDGES)
        assert Cell.of_bench(int(row["id"])).codes("bench") == codes


def test_all_parameter_counts_are_the_benchmarks(rows: list[dict[str, str]]) -> None:
    macro = Macro.preset("cifar10")
    wrong = [
        row["id"]
        for row in rows
        if CellNetwork((Cell.of_bench(int(row["id"])),) * 2, macro).n_parameters()
        != int(row["params"])
    ]
    assert wrong == []
