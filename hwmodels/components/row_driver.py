"""Word-line drivers: pass gates and a flip-flop for every row of an array."""

import math
from typing import NamedTuple

from hwmodels.compiled import Record, compiled
from hwmodels.components.flipflop import Flipflop, width_at_height
from hwmodels.components.multiplexer import pass_gate_widths
from hwmodels.components.transistor import (
    INVERTER,
    cell_height,
    gate,
    gate_capacitance,
    pass_n_resistance,
    pass_p_resistance,
)
from hwmodels.layout import LAYOUT


class RowDriver(NamedTuple):
    """All rows' drivers; ``row_j`` is the energy of one active row at one column step."""

    width_m: float
    delay_s: float
    row_j: float


class _Pass(NamedTuple):
    columns_width_m: float
    drain_f: float
    gate_f: float


@compiled
def _pass_gates(
    process: Record, n_rows: int, height_m: float, n_width_m: float, p_width_m: float
) -> _Pass:
    per_column = math.floor(height_m / cell_height(process))
    columns = math.ceil(n_rows / per_column)
    released = height_m / math.ceil(n_rows / columns)
    cell = gate(process, INVERTER, 1, n_width_m, p_width_m, released)
    both = gate_capacitance(process, n_width_m) + gate_capacitance(process, p_width_m)
    return _Pass(cell.layout_width_m * columns, cell.output_f, both)


@compiled
def sram_row_driver(
    process: Record,
    register: Flipflop,
    n_rows: int,
    height_m: float,
    row_f: float,
    row_ohm: float,
    read_voltage_v: float,
) -> RowDriver:
    """One transmission gate per row, sized to a share of the word line's resistance."""
    target = process.switch_resistance_ratio * row_ohm
    n_width, p_width = pass_gate_widths(process, LAYOUT.driver_sizing_ratio / 2, target)
    cell = _pass_gates(process, n_rows, height_m, n_width, p_width)
    n_ohm, p_ohm = pass_n_resistance(process, n_width), pass_p_resistance(process, p_width)
    ohm = n_ohm * p_ohm / (n_ohm + p_ohm)
    delay = LAYOUT.rc_ratio * ohm * (2 * cell.drain_f + 0.5 * cell.gate_f)
    delay += row_f * (LAYOUT.rc_ratio * ohm + LAYOUT.distributed_rc_ratio * row_ohm)
    energy = 3 * cell.drain_f * read_voltage_v**2 + cell.gate_f * process.supply_v**2
    width = 2 * cell.columns_width_m + width_at_height(register, n_rows, height_m)
    return RowDriver(width, delay, energy)


@compiled
def resistive_row_driver(
    process: Record,
    register: Flipflop,
    n_rows: int,
    height_m: float,
    row_f: float,
    row_ohm: float,
    read_voltage_v: float,
    access_voltage_v: float,
) -> RowDriver:
    """Two transmission gates per row, that switch read and access voltages."""
    size = LAYOUT.minimum_f_ratio * process.row_driver_ratio * process.feature_size_m
    n_width, p_width = size, size * process.pn_ratio
    cell = _pass_gates(process, n_rows, height_m, n_width, p_width)
    n_ohm, p_ohm = pass_n_resistance(process, n_width), pass_n_resistance(process, p_width)
    ohm = n_ohm * p_ohm / (n_ohm + p_ohm)
    load = 2 * cell.drain_f + 0.5 * cell.gate_f + row_f
    delay = math.log(2) * (ohm * load + row_ohm * row_f / 2)
    energy = 2 * cell.drain_f * access_voltage_v**2 + 3 * cell.drain_f * read_voltage_v**2
    energy += 3 * cell.gate_f * process.supply_v**2
    width = 4 * cell.columns_width_m + width_at_height(register, n_rows, height_m)
    return RowDriver(width, delay, energy)
