"""Analog-to-digital converters: current-mode flash with its encoder, and SAR.

Power and delay of the sense amplifiers are fits of DNN+NeuroSim V1.4 to SPICE runs per node.
"""

import math
from typing import NamedTuple

from hwmodels.compiled import Record, compiled
from hwmodels.components.delay import IDEAL_SLOPE, horowitz
from hwmodels.components.transistor import (
    INVERTER,
    NAND,
    cell_height,
    gate,
    gate_capacitance,
    leakage,
    minimum_gate,
    n_resistance,
)
from hwmodels.layout import LAYOUT


class Converters(NamedTuple):
    """All converters of an array.

    ``step_j`` is the energy of converting one column but for its own current; ``power_s`` is the
    time over which the power of `column_power` flows.
    """

    height_m: float
    area_m2: float
    encoder_area_m2: float
    delay_s: float
    leakage_w: float
    step_j: float
    power_s: float


@compiled
def column_power(
    process: Record,
    is_sar: bool,  # noqa: FBT001
    n_levels: int,
    column_ohm: float,
    read_voltage_v: float,
) -> float:
    """Power that a column of given resistance draws in its converter, W."""
    if is_sar:
        return _sar_power(process, n_levels, column_ohm, read_voltage_v)
    ohm = column_ohm * LAYOUT.fit_voltage_v / read_voltage_v
    if process.is_high_performance:
        decay = process.flash_power_b_ratio * math.log10(ohm)
        return process.flash_power_k_w * (n_levels - 1) + process.flash_power_a_w * math.exp(-decay)
    if ohm < LAYOUT.fit_low_ohm:
        return (n_levels - 1) * (process.flash_power_s1_w_per_ohm * ohm + process.flash_power_i1_w)
    if ohm < LAYOUT.fit_high_ohm:
        return (n_levels - 1) * (
            process.flash_power_s2_w * math.log(ohm) + process.flash_power_i2_w
        )
    return (n_levels - 1) * (process.flash_power_s3_w * math.log(ohm) + process.flash_power_i3_w)


@compiled
def _sar_power(process: Record, n_levels: int, column_ohm: float, read_voltage_v: float) -> float:
    ohm = column_ohm * LAYOUT.fit_voltage_v / read_voltage_v
    fixed = process.sar_power_x_w * math.log2(n_levels) + process.sar_power_y_w
    return fixed + process.sar_power_z_w * math.exp(-process.sar_power_q_ratio * math.log10(ohm))


@compiled
def _flash_delay(process: Record, ohm: float, column_f: float) -> float:
    if ohm < LAYOUT.fit_low_ohm:
        delay = process.flash_delay_a1_s * math.log(ohm) + process.flash_delay_b1_s
    else:
        delay = process.flash_delay_a2_s_per_ohm * ohm + process.flash_delay_b2_s
    if ohm > process.flash_delay_r_ohm:
        steep = process.flash_delay_d_s / (LAYOUT.fit_far_ohm - process.flash_delay_r_ohm)
        excess = (column_f - process.flash_delay_c_f) / process.flash_delay_c_f
        delay += steep * (ohm - process.flash_delay_r_ohm) * excess
    return delay


@compiled
def _reference_ohm(step: int, n_levels: int, full_s: float) -> float:
    return 1 / (full_s * (1 - step / n_levels))


@compiled
def flash(
    process: Record,
    n_levels: int,
    n_converters: int,
    columns_area_m2: float,
    width_m: float,
    column_f: float,
    row_share_f: float,
    full_s: float,
    read_voltage_v: float,
) -> Converters:
    """Current comparators against ``n_levels`` - 1 references, and an encoder.

    ``columns_area_m2`` is the area of one set of shared reference columns, ``full_s`` the
    conductance of a column whose cells are all on, ``row_share_f`` the word-line capacitance that
    a read of one column charges.
    """
    size = LAYOUT.minimum_f_ratio * process.feature_size_m
    comparator = gate(process, INVERTER, 1, size, 0.0, cell_height(process)).layout_width_m
    area = LAYOUT.n_comparator_transistors * comparator * cell_height(process)
    area *= (n_levels - 1) * n_converters
    area += columns_area_m2 * (n_levels - 1) * n_converters / n_levels
    encoder_height, encoder_area, encoder_s, encoder_w = _encoder(
        process, n_levels, n_converters, width_m
    )
    load = column_f + gate_capacitance(process, size) * (n_levels - 3)
    delay = max(
        _flash_delay(process, _reference_ohm(n_levels - 2, n_levels, full_s), load),
        _flash_delay(process, _reference_ohm(1, n_levels, full_s), load),
    )
    step = _flash_switching(process, n_levels, column_f, row_share_f) * (n_levels - 1)
    for i in range(1, n_levels - 2):
        ohm = _reference_ohm(i, n_levels, full_s)
        step += delay / n_levels * column_power(process, False, n_levels, ohm, read_voltage_v)  # noqa: FBT003
    height = area / width_m + encoder_height
    return Converters(height, area, encoder_area, delay + encoder_s, encoder_w, step, delay)


@compiled
def _flash_switching(process: Record, n_levels: int, column_f: float, row_share_f: float) -> float:
    size = LAYOUT.minimum_f_ratio * process.feature_size_m
    p_size, height = size * process.pn_ratio, cell_height(process)
    n_gate, p_gate = gate_capacitance(process, size), gate_capacitance(process, p_size)
    n_drain = gate(process, INVERTER, 1, size, 0.0, height).output_f
    p_drain = gate(process, INVERTER, 1, 0.0, p_size, height).output_f
    sensed = column_f / n_levels + 2 * n_gate
    sensed += (n_drain + n_gate) * (1 / (n_levels - 1) + 1 / n_levels)
    switched = 6 * p_gate + 5 * n_gate + 3 * (n_drain + p_drain) + p_drain
    switched += row_share_f / n_levels
    return sensed * process.sense_voltage_v**2 + switched * process.supply_v**2


@compiled
def _encoder(
    process: Record, n_levels: int, n_converters: int, width_m: float
) -> tuple[float, float, float, float]:
    minimum = LAYOUT.minimum_f_ratio
    inverter = minimum_gate(process, INVERTER, 1, minimum, minimum)
    narrow = minimum_gate(process, NAND, 2, 4 * minimum, 2 * minimum)
    wide = minimum_gate(process, NAND, n_levels // 2, 4 * minimum, 2 * minimum)
    n_bits = math.ceil(math.log2(n_levels))
    cell = inverter.layout_width_m + narrow.layout_width_m + wide.layout_width_m
    gates = (n_levels - 1) * (inverter.layout_width_m + narrow.layout_width_m)
    gates += n_bits * wide.layout_width_m
    per_row = min(math.ceil(width_m / cell), n_converters)
    rows = math.ceil(n_converters / per_row)
    height = cell_height(process) * gates / cell * rows
    load = inverter.output_f + 2 * narrow.input_f
    first, slope = horowitz(n_resistance(process, inverter.n_width_m) * load, IDEAL_SLOPE)
    load = narrow.output_f + n_levels / 2 * narrow.input_f
    second, _ = horowitz(2 * n_resistance(process, narrow.n_width_m) * load, slope)
    leak = 5 * leakage(process, INVERTER, 1, inverter) + leakage(process, NAND, 2, narrow)
    leak = (n_levels - 1) * leak + n_bits * leakage(process, NAND, n_levels // 2, wide)
    return height, height * max(width_m, cell), first + second, n_converters * leak


@compiled
def sar(process: Record, n_levels: int, n_converters: int, width_m: float) -> Converters:
    """Successive approximation: one comparison per bit and one cycle more."""
    size, height = LAYOUT.minimum_f_ratio * process.feature_size_m, cell_height(process)
    n_width = gate(process, INVERTER, 1, size, 0.0, height).layout_width_m
    p_width = gate(process, INVERTER, 1, 0.0, size * process.pn_ratio, height).layout_width_m
    n_bits = math.log2(n_levels)
    area = n_width * (LAYOUT.sar_n_transistors + LAYOUT.sar_n_transistors_per_bit * (n_bits - 1))
    area += p_width * (LAYOUT.sar_p_transistors + LAYOUT.sar_p_transistors_per_bit * (n_bits - 1))
    area *= height * n_converters
    delay = (n_bits + 1) * LAYOUT.sar_cycle_s
    return Converters(area / width_m, area, 0.0, delay, 0.0, 0.0, delay)
