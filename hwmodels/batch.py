"""Many designs at once: indices in, arrays of metrics out, at tens of thousands a second."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from hwmodels import crossbar
from hwmodels.chip import Circuit
from hwmodels.chip_area import AREA_PARTS
from hwmodels.devices import Device
from hwmodels.floorplan import PLAN
from hwmodels.layer import ENERGY_PARTS, LATENCY_PARTS
from hwmodels.price import DESIGN, FEASIBLE, KEY, N_SUMS, TOTALS, price_many, stage_many
from hwmodels.tables import (
    Table,
    cell_table,
    circuit_table,
    empty,
    layer_table,
    process_table,
    rules_record,
)
from hwmodels.technology import load_technology
from hwmodels.workload import Workload

Indices = NDArray[np.int64]
REASONS = (
    "",
    "the crossbar is too large for the network: its widest layer should fill four of them",
    "the access transistor is wider than its cell: take a wider cell or a higher on-resistance",
    (
        "beyond what layouts and fits of this model cover: crossbars smaller than the flip-flops "
        "of a row, or columns of too high or low a resistance"
    ),
)


@dataclass(frozen=True)
class Batch:
    """n designs, as indices (n,) into what they are made of."""

    technologies: Sequence[str]
    devices: Sequence[Device]
    circuits: Sequence[Circuit]
    workloads: Sequence[Workload]
    technology: Indices
    device: Indices
    circuit: Indices
    workload: Indices

    @classmethod
    def product(
        cls,
        technologies: Sequence[str],
        devices: Sequence[Device],
        circuits: Sequence[Circuit],
        workloads: Sequence[Workload],
    ) -> Self:
        """Every combination; the last argument varies fastest."""
        axes = [np.arange(len(x)) for x in (technologies, devices, circuits, workloads)]
        chosen = [grid.ravel() for grid in np.meshgrid(*axes, indexing="ij")]
        return cls(technologies, devices, circuits, workloads, *chosen)

    def __len__(self) -> int:
        return len(self.technology)


@dataclass(frozen=True)
class Prices:
    """Metrics of n designs, each (n,), NaN where a design is infeasible.

    ``energy_j`` holds dynamic energy and leakage. The breakdowns exist for the first k designs:
    ``area_parts_m2`` (k, components), ``layer_area_parts_m2``, ``energy_parts_j`` and
    ``latency_parts_s`` (k, layers, components), ``layer_sums`` (k, layers, 5) in the order of
    `hwmodels.price`.
    """

    area_m2: NDArray[np.float64]
    energy_j: NDArray[np.float64]
    latency_s: NDArray[np.float64]
    leakage_energy_j: NDArray[np.float64]
    leakage_w: NDArray[np.float64]
    status: Indices
    totals: Table
    plans: Table
    area_parts_m2: NDArray[np.float64]
    layer_area_parts_m2: NDArray[np.float64]
    energy_parts_j: NDArray[np.float64]
    latency_parts_s: NDArray[np.float64]
    layer_sums: NDArray[np.float64]

    @property
    def is_feasible(self) -> NDArray[np.bool_]:
        """Which designs can be built."""
        return self.status == FEASIBLE

    def reason(self, i: int) -> str:
        """Why design i cannot be built; empty if it can."""
        return REASONS[int(self.status[i])]


_stages: dict[tuple[Any, ...], Any] = {}


def estimate_many(batch: Batch, model: str = "physical", n_detailed: int = 1) -> Prices:
    """Price every design of a batch with one of the NeuroSim-type models of `hwmodels.rules`.

    Raises:
        UnknownNameError: If a technology does not exist.
        ValueError: If a technology has no figures of a converter.
    """
    _check_converters(batch)
    processes, cells = process_table(batch.technologies), cell_table(batch.devices)
    circuits, (layers, histograms) = circuit_table(batch.circuits), layer_table(batch.workloads)
    stages, rows = _stage_rows(batch, model, processes, cells, circuits)
    lengths = np.array([len(workload.layers) for workload in batch.workloads])
    starts = np.concatenate([[0], np.cumsum(lengths)[:-1]])
    designs = empty(DESIGN, len(batch))
    designs.process, designs.cell, designs.circuit = batch.technology, batch.device, batch.circuit
    designs.stage, designs.first_layer = rows, starts[batch.workload]
    designs.n_layers = lengths[batch.workload]
    n, k, most = len(batch), max(min(n_detailed, len(batch)), 1), int(lengths.max())
    totals, plans = empty(TOTALS, n), empty(PLAN, k * most)
    areas, layer_areas = np.zeros((k, len(AREA_PARTS))), np.zeros((k, most, len(AREA_PARTS)))
    energies = np.zeros((k, most, len(ENERGY_PARTS)))
    latencies, sums = np.zeros((k, most, len(LATENCY_PARTS))), np.zeros((k, most, N_SUMS))
    price_many(
        processes, cells, circuits, rules_record(model), stages, histograms, designs, layers,
        plans, totals, areas, layer_areas, energies, latencies, sums,
    )  # fmt: skip
    energy = totals.dynamic_energy_j + totals.leakage_energy_j
    return Prices(
        totals.area_m2, energy, totals.latency_s, totals.leakage_energy_j, totals.leakage_w,
        totals.status.astype(np.int64), totals, plans.reshape(k, most), areas, layer_areas,
        energies, latencies, sums,
    )  # fmt: skip


def _check_converters(batch: Batch) -> None:
    for name in batch.technologies:
        if not load_technology(name).has_converters:
            raise ValueError(f"technology '{name}' has no converter figures; take 65 nm or below")


def _stage_rows(
    batch: Batch, model: str, processes: Table, cells: Table, circuits: Table
) -> tuple[Table, Indices]:
    """The stages of a batch, and which of them each design uses; computed once per process."""
    weights = np.array([max(x.weight_bits for x in w.layers) for w in batch.workloads])
    inputs = np.array([max(x.activation_bits for x in w.layers) for w in batch.workloads])
    cell_bits = np.array([device.cell_bits for device in batch.devices])
    fields = (
        batch.technology,
        batch.device,
        batch.circuit,
        -(-weights[batch.workload] // cell_bits[batch.device]),
        inputs[batch.workload],
    )
    widths = [int(column.max(initial=0)) + 1 for column in fields]
    unique, rows = np.unique(np.ravel_multi_index(fields, widths), return_inverse=True)
    keys = empty(KEY, len(unique))
    for name, column in zip(KEY.names or (), np.unravel_index(unique, widths), strict=True):
        keys[name] = column
    stages = empty(crossbar.RECORD, len(unique))
    _fill_stages(batch, model, keys, stages, (processes, cells, circuits))
    return stages, rows


def _fill_stages(
    batch: Batch, model: str, keys: Table, stages: Table, tables: tuple[Table, Table, Table]
) -> None:
    names = [
        (
            model, batch.technologies[key[0]], batch.devices[key[1]], batch.circuits[key[2]],
            key[3], key[4],
        )
        for key in keys.tolist()
    ]  # fmt: skip
    missing = [i for i, name in enumerate(names) if name not in _stages]
    if missing:
        new = empty(crossbar.RECORD, len(missing))
        stage_many(*tables, rules_record(model), keys[missing], new)
        for i, record in zip(missing, new, strict=True):
            _stages[names[i]] = record
    for i, name in enumerate(names):
        stages[i] = _stages[name]
