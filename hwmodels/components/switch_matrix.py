"""Column switches of a resistive array, and the level shifters that write it."""

import math

from hwmodels.compiled import Record, compiled
from hwmodels.components.flipflop import Flipflop, height_at_width
from hwmodels.components.multiplexer import pass_gate_widths, row_height
from hwmodels.components.transistor import INVERTER, cell_height, gate
from hwmodels.layout import LAYOUT


@compiled
def switch_matrix_height(
    process: Record, register: Flipflop, n_columns: int, width_m: float, column_ohm: float
) -> float:
    """Height of a pair of transmission gates and a flip-flop per column, m."""
    target = process.switch_resistance_ratio * column_ohm
    n_width, p_width = pass_gate_widths(process, LAYOUT.driver_sizing_ratio / 2, target)
    pair = 4 * LAYOUT.gate_pitch_f_ratio * process.feature_size_m
    rows = math.ceil(n_columns / math.floor(width_m / pair))
    per_row = math.ceil(n_columns / rows)
    height = row_height(process, n_width, p_width, width_m / 2, per_row)
    return rows * height + height_at_width(register, n_columns, width_m)


@compiled
def _shifter_width(process: Record, n_units: float, p_units: float, height_m: float) -> float:
    size = LAYOUT.minimum_f_ratio * process.feature_size_m
    widths = n_units * size, p_units * size * process.pn_ratio
    return gate(process, INVERTER, 1, widths[0], widths[1], height_m).layout_width_m


@compiled
def level_shifter_area(process: Record, is_calibrated: bool) -> float:  # noqa: FBT001
    """Area of the high-voltage driver of one line, m2."""
    height = cell_height(process)
    if not is_calibrated:
        width = _shifter_width(process, 15, 20, height) + _shifter_width(process, 64, 82, height)
        return height * (width + 2 * _shifter_width(process, 32, 10, height))
    relaxed = LAYOUT.shifter_relaxation_ratio
    height *= relaxed
    width = 2 * _shifter_width(process, 64, 20, height) + _shifter_width(process, 128, 164, height)
    width = _shifter_width(process, 30, 40, height) + relaxed * width
    return LAYOUT.shifter_wiring_ratio * height * width
