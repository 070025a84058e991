"""Digital 2x2 max-pooling: three comparators of activations per unit."""

import math
from typing import NamedTuple

from hwmodels.compiled import Record, compiled
from hwmodels.components.delay import IDEAL_SLOPE, horowitz
from hwmodels.components.transistor import (
    INVERTER,
    NAND,
    NOR,
    Gate,
    cell_height,
    filled_gate,
    n_resistance,
    p_resistance,
)
from hwmodels.layout import LAYOUT


class Pooling(NamedTuple):
    """One unit: area, and the energy and cycles of one maximum of four values."""

    area_m2: float
    energy_j: float
    n_cycles: int


@compiled
def pooling(process: Record, n_bits: int, clock_hz: float, energy_ratio: float) -> Pooling:
    """Comparators of ``n_bits`` bits in gates that fill their cells."""
    minimum = LAYOUT.minimum_f_ratio
    inverter = filled_gate(process, INVERTER, 1, minimum, minimum)
    nand2 = filled_gate(process, NAND, 2, 2 * minimum, minimum)
    nand3 = filled_gate(process, NAND, 3, 3 * minimum, minimum)
    nor2 = filled_gate(process, NOR, 2, 4 * minimum, minimum)
    nor = filled_gate(process, NOR, n_bits, 2 * n_bits * minimum, minimum)
    bit = 4 * inverter.layout_width_m + 4 * nand2.layout_width_m + 3 * nand3.layout_width_m
    width = n_bits * (bit + 5 * inverter.layout_width_m) + 6 * inverter.layout_width_m
    width += nand2.layout_width_m + inverter.layout_width_m
    width += nor2.layout_width_m + nor.layout_width_m
    load = (nand2.input_f + nor2.input_f + nor.input_f) + 3 * inverter.output_f
    load += 2 * (inverter.input_f + inverter.output_f)
    bit_f = 4 * (inverter.input_f + inverter.output_f)
    bit_f += 4 * (nand2.input_f + nand2.output_f) + 3 * (nand3.input_f + nand3.output_f)
    load += n_bits / 2 * bit_f
    delay = n_bits / 2 * _bit_delay(process, inverter, nand2, nand3)
    delay += _final_delay(process, inverter, nor, n_bits)
    return Pooling(
        LAYOUT.n_pool_comparators * width * cell_height(process),
        LAYOUT.n_pool_comparators * energy_ratio * process.supply_v**2 * load,
        LAYOUT.n_pool_comparators * math.ceil(clock_hz * delay),
    )


@compiled
def _bit_delay(process: Record, inverter: Gate, nand2: Gate, nand3: Gate) -> float:
    down = 2 * n_resistance(process, nand2.n_width_m)
    up = p_resistance(process, nand3.p_width_m)
    low, high = nand2.output_f + nand3.input_f, nand3.output_f + nand2.input_f
    first, slope = horowitz(down * low, IDEAL_SLOPE)
    second, slope = horowitz(up * high, slope)
    third, slope = horowitz(down * low, slope)
    fourth, slope = horowitz(up * high, slope)
    fifth, slope = horowitz(down * low, slope)
    sixth, _ = horowitz(up * (nand3.output_f + 2 * inverter.output_f), slope)
    return first + second - third - fourth + fifth + sixth


@compiled
def _final_delay(process: Record, inverter: Gate, nor: Gate, n_bits: int) -> float:
    load = 2 * inverter.input_f + n_bits * inverter.output_f
    first, _ = horowitz(2 * n_resistance(process, nor.n_width_m) * load, IDEAL_SLOPE)
    ohm = 2 * n_resistance(process, inverter.n_width_m)
    second, slope = horowitz(ohm * (inverter.input_f + nor.output_f), IDEAL_SLOPE)
    third, _ = horowitz(ohm * 2 * inverter.input_f, slope)
    return first + second + third
