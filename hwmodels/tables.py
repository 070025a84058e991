"""Technologies, devices, circuits and workloads as the rows that compiled code reads."""

from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwmodels import rules, technology
from hwmodels.activity import MAX_DIGITS, MAX_LEVELS, digit_histogram
from hwmodels.chip import Circuit
from hwmodels.devices import KINDS, MAX_CELL_BITS, Device
from hwmodels.floorplan import LAYER
from hwmodels.technology import load_technology
from hwmodels.workload import Workload

Shares = tuple[float, ...] | None
Table = Any  # a record array: numpy.typing knows no attributes of fields
CIRCUIT = np.dtype(
    [
        *(
            (name, "i8")
            for name in [
                "crossbar_size",
                "converter_bits",
                "n_levels",
                "columns_per_converter",
                "speedup_degree",
                "lines_per_level_shifter",
                "split_kernel",
            ]
        ),
        *((f"is_{name}", "?") for name in ["sar", "novel", "bus", "pipelined", "calibrated"]),
        *(
            (name, "f8")
            for name in ["max_bus_bits", "clock_hz", "toggle_in_ratio", "toggle_out_ratio"]
        ),
    ]
)
CELL_FLOATS = [
    "on_resistance_ohm",
    "off_resistance_ohm",
    "read_voltage_v",
    "access_voltage_v",
    "write_voltage_v",
    "cell_height_f_ratio",
    "cell_width_f_ratio",
]
CELL = np.dtype([("kind", "i8"), ("cell_bits", "i8"), *((name, "f8") for name in CELL_FLOATS)])


def table(dtype: np.dtype[Any], rows: Sequence[tuple[Any, ...]]) -> Table:
    """Rows of plain values as a record array."""
    return np.array(rows, dtype).view(np.recarray)


def empty(dtype: np.dtype[Any], n: int) -> Table:
    """Rows to be filled."""
    return np.zeros(n, dtype).view(np.recarray)


def circuit_table(circuits: Sequence[Circuit]) -> Table:
    """One row per circuit."""
    return table(CIRCUIT, [_circuit_row(circuit) for circuit in circuits])


def _circuit_row(circuit: Circuit) -> tuple[Any, ...]:
    return (
        circuit.crossbar_size, circuit.converter_bits, 2**circuit.converter_bits,
        circuit.columns_per_converter, circuit.speedup_degree, circuit.lines_per_level_shifter,
        circuit.split_kernel, circuit.converter == "sar", circuit.mapping == "novel",
        circuit.interconnect == "bus", circuit.is_pipelined, circuit.is_calibrated,
        circuit.max_bus_bits, circuit.clock_hz, circuit.toggle_in_ratio, circuit.toggle_out_ratio,
    )  # fmt: skip


def cell_table(devices: Sequence[Device]) -> Table:
    """One row per device."""
    rows = [
        (KINDS.index(device.kind), device.cell_bits, *(getattr(device, n) for n in CELL_FLOATS))
        for device in devices
    ]
    return table(CELL, rows)


def process_table(names: Sequence[str]) -> Table:
    """One row per node, by name."""
    rows = [technology.as_record(load_technology(name)) for name in names]
    return table(technology.RECORD, rows)


@cache
def rules_record(model: str) -> Any:  # noqa: ANN401 (a record)
    """The quirks of a model."""
    return table(rules.RECORD, [rules.as_record(rules.RULES[model])])[0]


def layer_table(workloads: Sequence[Workload]) -> tuple[Table, NDArray[np.float64]]:
    """All layers of all workloads in a row, and the histograms that they point to."""
    kinds: dict[tuple[int, float, Shares], int] = {}
    rows = []
    for workload in workloads:
        spikes = workload.timesteps is not None
        for layer in workload.layers:
            activity = layer.activity
            key = (layer.weight_bits, activity.weight_sigma_ratio, activity.weight_level_ratios)
            rows.append(
                (
                    layer.in_height,
                    layer.in_width,
                    layer.in_channels,
                    layer.kernel_height,
                    layer.kernel_width,
                    layer.out_channels,
                    layer.is_pooled,
                    layer.stride,
                    layer.weight_bits,
                    layer.activation_bits,
                    workload.timesteps or 1,
                    spikes,
                    kinds.setdefault(key, len(kinds)),
                    layer.activity.density_ratio,
                )
            )
    return table(LAYER, rows), np.stack([_histograms(*key) for key in kinds])


@lru_cache(maxsize=4096)
def _histograms(weight_bits: int, sigma_ratio: float, shares: Shares) -> NDArray[np.float64]:
    """One histogram for each number of bits of a cell, (MAX_CELL_BITS, digits, levels)."""
    stack = np.zeros((MAX_CELL_BITS, MAX_DIGITS, MAX_LEVELS))
    for bits in range(1, MAX_CELL_BITS + 1):
        stack[bits - 1] = digit_histogram(weight_bits, bits, sigma_ratio, shares)
    return stack
