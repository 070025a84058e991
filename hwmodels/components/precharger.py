"""Bit-line precharger and write driver of an SRAM array."""

import math
from typing import NamedTuple

from hwmodels.compiled import Record, compiled
from hwmodels.components.delay import IDEAL_SLOPE, horowitz
from hwmodels.components.transistor import (
    INVERTER,
    cell_height,
    filled_gate,
    leakage,
    p_resistance,
)
from hwmodels.layout import LAYOUT

N_WRITE_INVERTERS = 3


class ColumnBlock(NamedTuple):
    """A unit per column, in rows as wide as the array."""

    height_m: float
    leakage_w: float
    delay_s: float


@compiled
def _height(process: Record, n_columns: int, unit_m: float, width_m: float) -> float:
    per_row = min(math.floor(width_m / unit_m), n_columns)
    return math.ceil(n_columns / per_row) * LAYOUT.n_column_cell_heights * cell_height(process)


@compiled
def precharger(
    process: Record, n_columns: int, width_m: float, column_f: float, column_ohm: float
) -> ColumnBlock:
    """Two p-type pull-ups and an equaliser per column."""
    pull_up = filled_gate(process, INVERTER, 1, 0.0, 3 * LAYOUT.minimum_f_ratio)
    load = column_f + 2 * pull_up.output_f
    charge = p_resistance(process, pull_up.p_width_m) * load + column_ohm * column_f / 2
    off = pull_up.p_width_m * process.p_off_a_per_m * process.supply_v
    height = _height(process, n_columns, pull_up.layout_width_m, width_m)
    return ColumnBlock(height, n_columns * off, horowitz(charge, IDEAL_SLOPE)[0])


@compiled
def write_driver(process: Record, n_columns: int, width_m: float) -> ColumnBlock:
    """Three inverters per column; idle while the array is read."""
    inverter = filled_gate(process, INVERTER, 1, LAYOUT.minimum_f_ratio, LAYOUT.minimum_f_ratio)
    leak = N_WRITE_INVERTERS * n_columns * leakage(process, INVERTER, 1, inverter)
    return ColumnBlock(_height(process, n_columns, inverter.layout_width_m, width_m), leak, 0.0)
