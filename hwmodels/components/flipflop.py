"""D flip-flops in rows of standard cells, the storage of every register and buffer."""

import math
from typing import NamedTuple

from hwmodels.compiled import Record, compiled
from hwmodels.components.transistor import (
    INVERTER,
    cell_height,
    gate_capacitance,
    leakage,
    minimum_gate,
)
from hwmodels.layout import LAYOUT


class Flipflop(NamedTuple):
    """One flip-flop; its energy is that of a clock edge that stores a bit."""

    width_m: float
    height_m: float
    energy_j: float
    leakage_w: float


@compiled
def flipflop(process: Record) -> Flipflop:
    """Six minimum inverter pairs, two of them pass gates."""
    inverter = minimum_gate(process, INVERTER, 1, LAYOUT.minimum_f_ratio, LAYOUT.minimum_f_ratio)
    both = inverter.input_f + inverter.output_f
    passes = gate_capacitance(process, inverter.n_width_m + inverter.p_width_m)
    load = 4 * both + 2 * passes + (3 * inverter.output_f + inverter.input_f)
    load += 2 * inverter.output_f + both
    return Flipflop(
        LAYOUT.n_flipflop_inverters * inverter.layout_width_m,
        cell_height(process),
        process.supply_v**2 * load,
        8 * leakage(process, INVERTER, 1, inverter),
    )


@compiled
def width_at_height(cell: Flipflop, n: int, height_m: float) -> float:
    """Width of n flip-flops stacked in columns of a given height, m."""
    per_column = min(math.floor(height_m / cell.height_m), n)
    return math.ceil(n / per_column) * cell.width_m


@compiled
def height_at_width(cell: Flipflop, n: int, width_m: float) -> float:
    """Height of n flip-flops laid in rows of a given width, m."""
    per_row = min(math.floor(width_m / cell.width_m), n)
    return math.ceil(n / per_row) * cell.height_m
