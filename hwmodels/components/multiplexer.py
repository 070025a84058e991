"""The analog multiplexer between the columns of an array and its converters."""

import math
from typing import NamedTuple

from hwmodels.compiled import Record, compiled
from hwmodels.components.transistor import (
    INVERTER,
    gate,
    gate_capacitance,
    pass_n_resistance,
    pass_p_resistance,
)
from hwmodels.layout import LAYOUT


class Multiplexer(NamedTuple):
    """Pass gates of all columns; ``step_j`` is the energy of connecting one set of columns."""

    n_gate_f: float
    p_gate_f: float
    height_m: float
    delay_s: float
    step_j: float


@compiled
def pass_gate_widths(process: Record, ratio: float, resistance_ohm: float) -> tuple[float, float]:
    """Widths of a transmission gate whose halves share a resistance, at least F wide, m."""
    feature = process.feature_size_m
    n_width = pass_n_resistance(process, feature) * ratio * feature / resistance_ohm
    p_width = pass_p_resistance(process, feature) * ratio * feature / resistance_ohm
    return max(n_width, feature), max(p_width, feature)


@compiled
def row_height(
    process: Record, n_width_m: float, p_width_m: float, width_m: float, n: int
) -> float:
    """Height of one row of n transmission gates that share a width, m."""
    folds = max(
        math.floor(width_m / n / (LAYOUT.gate_pitch_f_ratio * process.feature_size_m)) - 1, 1
    )
    margin = LAYOUT.pair_margin_f_ratio * process.feature_size_m
    return p_width_m / folds + n_width_m / folds + margin


@compiled
def multiplexer(
    process: Record,
    column_resistance_ohm: float,
    n_gates: int,
    n_converters: int,
    width_m: float,
    read_voltage_v: float,
) -> Multiplexer:
    """Gates of a quarter of a column's mean resistance, in rows as wide as the array."""
    feature = process.feature_size_m
    target = column_resistance_ohm * LAYOUT.multiplexer_resistance_ratio
    n_width, p_width = pass_gate_widths(process, 0.5, target)
    rows = math.ceil(n_gates / math.floor(width_m / (2 * LAYOUT.gate_pitch_f_ratio * feature)))
    height = row_height(process, n_width, p_width, width_m, math.ceil(n_gates / rows))
    own_height = p_width + n_width + LAYOUT.pair_margin_f_ratio * feature
    drain = gate(process, INVERTER, 1, n_width, p_width, own_height).output_f
    n_ohm, p_ohm = pass_n_resistance(process, n_width), pass_p_resistance(process, p_width)
    n_gate, p_gate = gate_capacitance(process, n_width), gate_capacitance(process, p_width)
    load = drain + 0.5 * (n_gate + p_gate)
    return Multiplexer(
        n_gate,
        p_gate,
        rows * height,
        LAYOUT.pass_delay_ratio * n_ohm * p_ohm / (n_ohm + p_ohm) * load,
        n_converters * (n_gate * process.supply_v**2 + 2 * drain * read_voltage_v**2),
    )
