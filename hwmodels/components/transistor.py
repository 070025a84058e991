"""Transistors and the static gates built of them: layout width, capacitance, leakage."""

import math
from typing import NamedTuple

from hwmodels.compiled import Record, compiled
from hwmodels.layout import LAYOUT

INVERTER, NAND, NOR = 0, 1, 2
PAIR = 2  # inputs of a gate


class Gate(NamedTuple):
    """A sized gate; a width of 0 leaves its polarity out."""

    n_width_m: float
    p_width_m: float
    layout_width_m: float
    input_f: float
    output_f: float


@compiled
def cell_height(process: Record) -> float:
    """Height of a standard cell, m."""
    return LAYOUT.cell_height_f_ratio * process.feature_size_m


@compiled
def gate_capacitance(process: Record, width_m: float) -> float:
    """Gate capacitance of a transistor, F."""
    return process.gate_capacitance_f_per_m * width_m


@compiled
def n_resistance(process: Record, width_m: float) -> float:
    """Effective switching resistance of an n-type transistor, ohm."""
    return process.resistance_ratio * pass_n_resistance(process, width_m)


@compiled
def p_resistance(process: Record, width_m: float) -> float:
    """Effective switching resistance of a p-type transistor, ohm."""
    return process.resistance_ratio * pass_p_resistance(process, width_m)


@compiled
def pass_n_resistance(process: Record, width_m: float) -> float:
    """Resistance of an n-type pass gate, ohm."""
    return process.supply_v / (process.n_on_a_per_m * width_m)


@compiled
def pass_p_resistance(process: Record, width_m: float) -> float:
    """Resistance of a p-type pass gate, ohm."""
    return process.supply_v / (process.p_on_a_per_m * width_m)


@compiled
def usable_widths(
    process: Record, n_width_m: float, p_width_m: float, height_m: float
) -> tuple[float, float]:
    """Widest unfolded n and p transistor in a cell, m; the order of operations decides folds."""
    feature = process.feature_size_m
    single = height_m - LAYOUT.single_margin_f_ratio * feature
    if p_width_m == 0.0:
        return single, 0.0
    if n_width_m == 0.0:
        return 0.0, single
    ratio = p_width_m / (p_width_m + n_width_m)
    usable_p = ratio * (height_m - LAYOUT.pair_margin_f_ratio * feature)
    return usable_p / ratio * (1 - ratio), usable_p


@compiled
def n_folds(width_m: float, usable_m: float) -> int:
    """Fingers of a transistor."""
    if width_m <= usable_m:
        return 1
    return math.ceil(width_m / usable_m)


@compiled
def _drain(
    process: Record, width_m: float, usable_m: float, folds: int, drain_m: float, side_m: float
) -> float:
    if width_m == 0.0:
        return 0.0
    height = width_m if folds == 1 else usable_m
    return (
        drain_m * height * process.junction_f_per_m2
        + side_m * process.sidewall_f_per_m
        + folds * height * process.drain_channel_f_per_m
    )


@compiled
def _inverter_drain(
    process: Record, width_m: float, usable_m: float, folds: int, even: int
) -> float:
    pitch = LAYOUT.diffusion_pitch_f_ratio * process.feature_size_m
    height = width_m if folds == 1 else usable_m
    drain = pitch if folds == 1 else (folds + 2) // 2 * pitch
    return _drain(process, width_m, usable_m, folds, drain, 2 * drain + height * (1 + even))


@compiled
def _parallel_drain(
    process: Record, n_inputs: int, width_m: float, usable_m: float, folds: int
) -> float:
    pitch = LAYOUT.diffusion_pitch_f_ratio * process.feature_size_m
    if folds == 1:
        drain = pitch * ((n_inputs + 1) // 2)
        return _drain(process, width_m, usable_m, 1, drain, 2 * drain + width_m * (n_inputs % 2))
    drain = n_inputs * ((folds + 2) // 2) * pitch
    side = 2 * drain + n_inputs * usable_m * (2 - folds % 2)
    return _drain(process, width_m, usable_m, folds, drain, side)


@compiled
def _series_drain(
    process: Record, n_inputs: int, width_m: float, usable_m: float, folds: int
) -> float:
    pitch = LAYOUT.diffusion_pitch_f_ratio * process.feature_size_m
    if folds == 1:
        drain = n_inputs * pitch
        return _drain(process, width_m, usable_m, 1, drain, 2 * drain + width_m)
    odd = folds % 2
    drain = (n_inputs * ((folds + 2) // 2) + (n_inputs - 1) * ((folds + 1) // 2)) * pitch
    side = 2 * drain + n_inputs * usable_m * (2 - odd) + (n_inputs - 1) * usable_m * odd
    return _drain(process, width_m, usable_m, folds, drain, side)


@compiled
def gate(
    process: Record, kind: int, n_inputs: int, n_width_m: float, p_width_m: float, height_m: float
) -> Gate:
    """Lay out an inverter, NAND or NOR of given transistor widths in a cell of given height."""
    usable_n, usable_p = usable_widths(process, n_width_m, p_width_m, height_m)
    folds_n, folds_p = n_folds(n_width_m, usable_n), n_folds(p_width_m, usable_p)
    pitch = LAYOUT.gate_pitch_f_ratio * process.feature_size_m
    width = n_inputs * (max(folds_n, folds_p) + 1) * pitch
    if folds_n == 1 and folds_p == 1:
        width -= (n_inputs - 1) * pitch
    if kind == INVERTER:
        even = 1 - (folds_n if p_width_m == 0.0 else folds_p) % 2
        output = _inverter_drain(process, n_width_m, usable_n, folds_n, even)
        output += _inverter_drain(process, p_width_m, usable_p, folds_p, even)
    elif kind == NAND:
        output = _series_drain(process, n_inputs, n_width_m, usable_n, folds_n)
        output += _parallel_drain(process, n_inputs, p_width_m, usable_p, folds_p)
    else:
        output = _parallel_drain(process, n_inputs, n_width_m, usable_n, folds_n)
        output += _series_drain(process, n_inputs, p_width_m, usable_p, folds_p)
    inputs = gate_capacitance(process, n_width_m + p_width_m)
    return Gate(n_width_m, p_width_m, width, inputs, output)


@compiled
def enlarged_gate(
    process: Record, kind: int, n_inputs: int, n_width_m: float, p_width_m: float
) -> Gate:
    """The same, its transistors widened to fill the standard cell where both fit."""
    height = cell_height(process)
    usable_n, usable_p = usable_widths(process, n_width_m, p_width_m, height)
    if n_width_m == 0.0 or p_width_m == 0.0:
        n_width_m = max(n_width_m, usable_n) if n_width_m else 0.0
        p_width_m = max(p_width_m, usable_p) if p_width_m else 0.0
    elif n_width_m < usable_n and p_width_m < usable_p:
        n_width_m, p_width_m = usable_n, usable_p
    return gate(process, kind, n_inputs, n_width_m, p_width_m, height)


@compiled
def leakage(process: Record, kind: int, n_inputs: int, cell: Gate) -> float:
    """Standby power of a gate, W; stacked transistors leak less."""
    n_off = cell.n_width_m * process.n_off_a_per_m
    p_off = cell.p_width_m * process.p_off_a_per_m
    if kind == INVERTER:
        return process.supply_v * (n_off + p_off) / 2
    if kind == NAND:
        stack = LAYOUT.nand2_leakage_ratio if n_inputs == PAIR else LAYOUT.nand_leakage_ratio
        return process.supply_v * p_off * n_inputs * stack
    stack = LAYOUT.nor2_leakage_ratio if n_inputs == PAIR else LAYOUT.nor_leakage_ratio
    return process.supply_v * n_off * n_inputs * stack


@compiled
def minimum_gate(process: Record, kind: int, n_inputs: int, n_f: float, p_f: float) -> Gate:
    """A gate as given, in multiples of F (p-type times the mobility ratio), in a standard cell."""
    feature = process.feature_size_m
    widths = n_f * feature, p_f * process.pn_ratio * feature
    return gate(process, kind, n_inputs, widths[0], widths[1], cell_height(process))


@compiled
def filled_gate(process: Record, kind: int, n_inputs: int, n_f: float, p_f: float) -> Gate:
    """`enlarged_gate` with start widths in multiples of F (p-type times the mobility ratio)."""
    feature = process.feature_size_m
    return enlarged_gate(process, kind, n_inputs, n_f * feature, p_f * process.pn_ratio * feature)
