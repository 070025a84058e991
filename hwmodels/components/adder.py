"""Ripple-carry adders of NAND gates, trees of them, and shift-and-add units."""

import math
from typing import NamedTuple

from hwmodels.compiled import Record, compiled
from hwmodels.components.delay import IDEAL_SLOPE, horowitz
from hwmodels.components.flipflop import Flipflop, height_at_width
from hwmodels.components.transistor import (
    INVERTER,
    NAND,
    cell_height,
    filled_gate,
    leakage,
    minimum_gate,
    n_resistance,
    p_resistance,
)
from hwmodels.layout import LAYOUT


class Adder(NamedTuple):
    """A full adder of one bit inside a chain; the first bit and the ends of the carry differ."""

    bit_area_m2: float
    first_bit_j: float
    next_bit_j: float
    bit_leakage_w: float
    ends_s: float
    loaded_ends_s: float
    carry_s: float


class Tree(NamedTuple):
    """An adder tree: all its copies together."""

    area_m2: float
    energy_j: float
    leakage_w: float


@compiled
def adder(process: Record, energy_ratio: float) -> Adder:
    """Nine NAND2 gates a bit; ``energy_ratio`` calibrates the switching energy."""
    nand = filled_gate(process, NAND, 2, 2 * LAYOUT.minimum_f_ratio, LAYOUT.minimum_f_ratio)
    inverter = minimum_gate(process, INVERTER, 1, LAYOUT.minimum_f_ratio, LAYOUT.minimum_f_ratio)
    scale = process.supply_v**2 * energy_ratio
    ends, carry = _delays(process, nand.n_width_m, nand.p_width_m, nand.input_f, nand.output_f, 0.0)
    loaded, _ = _delays(
        process, nand.n_width_m, nand.p_width_m, nand.input_f, nand.output_f, inverter.output_f
    )
    n_gates = LAYOUT.n_full_adder_nands
    return Adder(
        n_gates * nand.layout_width_m * cell_height(process),
        scale * (14 * nand.input_f + 7 * nand.output_f),
        scale * (13 * nand.input_f + 7 * nand.output_f),
        n_gates * leakage(process, NAND, 2, nand),
        ends,
        loaded,
        carry,
    )


@compiled
def _delays(
    process: Record, n_m: float, p_m: float, input_f: float, output_f: float, load_f: float
) -> tuple[float, float]:
    down, up = 2 * n_resistance(process, n_m), p_resistance(process, p_m)
    three, two = output_f + 3 * input_f, output_f + 2 * input_f
    first, slope = horowitz(down * three, IDEAL_SLOPE)
    second, slope = horowitz(up * two, slope)
    third, slope = horowitz(down * three, slope)
    fourth, slope = horowitz(up * two, slope)
    fifth, slope = horowitz(down * three, slope)
    sixth, slope = horowitz(up * (output_f + input_f), slope)
    seventh, _ = horowitz(down * (output_f + load_f), slope)
    return first + second + fifth + sixth + seventh, third + fourth


@compiled
def add_energy(cell: Adder, n_bits: int) -> float:
    """Energy of one addition, J."""
    return cell.first_bit_j + (n_bits - 1) * cell.next_bit_j


@compiled
def add_delay(cell: Adder, n_bits: int) -> float:
    """Delay of one addition into the next adder of a tree, s."""
    return cell.ends_s + max(n_bits - 2, 0) * cell.carry_s


@compiled
def loaded_add_delay(cell: Adder, n_bits: int) -> float:
    """Delay of one addition into a register, s."""
    return cell.loaded_ends_s + max(n_bits - 2, 0) * cell.carry_s


@compiled
def n_stages(n_inputs: int) -> int:
    """Depth of a tree: ceil(log2 n)."""
    stages = 0
    while (1 << stages) < n_inputs:
        stages += 1
    return stages


@compiled
def adder_tree(cell: Adder, n_inputs: int, n_bits: int, n_copies: int) -> Tree:
    """Copies of a tree whose stages widen by one bit each; no input pair, no adder."""
    area = energy = leak = 0.0
    left = n_inputs
    for stage in range(n_stages(n_inputs)):
        left //= 2
        bits = n_bits + stage
        area += left * bits * cell.bit_area_m2
        energy += left * add_energy(cell, bits)
        leak += left * bits * cell.bit_leakage_w
    return Tree(n_copies * area, n_copies * energy, n_copies * leak)


@compiled
def tree_cycles(cell: Adder, n_inputs: int, n_bits: int, clock_hz: float) -> int:
    """Clock cycles of one addition through a tree; one stage at least."""
    stages = max(n_stages(n_inputs), 1)
    return math.ceil(clock_hz * (add_delay(cell, n_bits) + (stages - 1) * add_delay(cell, 2)))


class ShiftAdd(NamedTuple):
    """Adders that sum partial results of growing weight, with their registers."""

    height_m: float
    energy_j: float
    leakage_w: float
    delay_s: float


@compiled
def shift_add(
    cell: Adder,
    register: Flipflop,
    n_units: int,
    n_bits: int,
    n_shifts: int,
    width_m: float,
    register_energy_ratio: float,
) -> ShiftAdd:
    """``n_units`` adders of ``n_bits`` bits, shifting ``n_shifts`` times, under a row of width."""
    n_registers = n_units * (n_bits + n_shifts)
    height = n_units * n_bits * cell.bit_area_m2 / width_m + register.height_m
    energy = n_units * add_energy(cell, n_bits)
    energy += n_registers * register.energy_j * register_energy_ratio
    return ShiftAdd(
        height + height_at_width(register, n_registers, width_m),
        energy,
        n_units * n_bits * cell.bit_leakage_w + n_registers * register.leakage_w,
        loaded_add_delay(cell, n_bits),
    )
