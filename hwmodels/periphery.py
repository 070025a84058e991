"""What a crossbar is built of: its lines, what drives and reads them, what adds up results."""

import math
from typing import NamedTuple

from hwmodels.compiled import Record, compiled
from hwmodels.components.adder import Adder, ShiftAdd, adder, shift_add
from hwmodels.components.converter import Converters, flash, sar
from hwmodels.components.decoder import Decoder, decoder
from hwmodels.components.flipflop import Flipflop, flipflop
from hwmodels.components.multiplexer import Multiplexer, multiplexer
from hwmodels.components.precharger import ColumnBlock, precharger, write_driver
from hwmodels.components.row_driver import RowDriver, resistive_row_driver, sram_row_driver
from hwmodels.components.switch_matrix import level_shifter_area, switch_matrix_height
from hwmodels.components.transistor import (
    INVERTER,
    cell_height,
    gate,
    gate_capacitance,
    n_resistance,
)
from hwmodels.layout import LAYOUT

SRAM, RESISTIVE, FEFET = 0, 1, 2


class Lines(NamedTuple):
    """Word and bit lines of an array, and its cells as seen from a column."""

    row_m: float
    column_m: float
    row_f: float
    column_f: float
    row_ohm: float
    column_ohm: float
    mean_ohm: float
    full_s: float
    access_f_ratio: float
    cell_width_f_ratio: float


class Blocks(NamedTuple):
    """Everything around the array that both cell types have."""

    driver: RowDriver
    multiplexer: Multiplexer
    address: Decoder
    converters: Converters
    weight_add: ShiftAdd
    input_add: ShiftAdd


class Columns(NamedTuple):
    """What sits at the far end of the columns: switches and level shifters, or SRAM periphery."""

    switch_m: float
    shifter_line_m2: float
    precharger: ColumnBlock
    writer: ColumnBlock


@compiled
def lines(process: Record, cell: Record, circuit: Record, rules: Record) -> Lines:
    """Lengths, capacitances and resistances; a cell may grow to fit its access transistor."""
    feature, size = process.feature_size_m, circuit.crossbar_size
    unit_ohm = n_resistance(process, feature)
    width_f_ratio, access = cell.cell_width_f_ratio, 1.0
    if cell.kind != SRAM:
        access_ohm = cell.on_resistance_ohm * LAYOUT.access_resistance_ratio
        sized_ohm = access_ohm
        if rules.is_early:
            sized_ohm = cell.on_resistance_ohm * LAYOUT.early_access_resistance_ratio
        access = unit_ohm * LAYOUT.access_sizing_ratio / sized_ohm
        if not rules.refuses_wide_access:
            width_f_ratio = max(width_f_ratio, math.ceil(access))
    row_m, column_m = (
        size * width_f_ratio * feature,
        size * cell.cell_height_f_ratio * feature,
    )
    drain = gate(process, INVERTER, 1, access * feature, 0.0, cell_height(process)).output_f
    if cell.kind == SRAM:
        mean_ohm, full_s = unit_ohm / (size // 2), size / unit_ohm
    else:
        on, off = cell.on_resistance_ohm + access_ohm, cell.off_resistance_ohm + access_ohm
        mean_ohm, full_s = 2 / (1 / on + 1 / off) / size, size / cell.on_resistance_ohm
    return Lines(
        row_m,
        column_m,
        LAYOUT.wire_f_per_m * row_m + size * gate_capacitance(process, access * feature),
        LAYOUT.wire_f_per_m * column_m + size * drain,
        row_m * process.wire_ohm_per_m,
        column_m * process.wire_ohm_per_m,
        mean_ohm,
        full_s,
        access,
        width_f_ratio,
    )


@compiled
def _converters(
    process: Record, cell: Record, circuit: Record, line: Lines, n_converters: int
) -> Converters:
    if circuit.is_sar:
        return sar(process, circuit.n_levels, n_converters, line.row_m)
    wire = process.wire_width_m
    pitch = process.feature_size_m if cell.kind == SRAM else wire
    reference = circuit.crossbar_size * cell.cell_height_f_ratio * wire
    reference *= line.cell_width_f_ratio * pitch
    row_share = line.row_f if cell.kind == SRAM else 0.0
    return flash(
        process,
        circuit.n_levels,
        n_converters,
        reference,
        line.row_m,
        line.column_f,
        row_share,
        line.full_s,
        cell.read_voltage_v,
    )


@compiled
def _row_driver(
    process: Record, cell: Record, circuit: Record, register: Flipflop, line: Lines
) -> RowDriver:
    size, height, volt = circuit.crossbar_size, line.column_m, cell.read_voltage_v
    if cell.kind == SRAM:
        wire_f = LAYOUT.wire_f_per_m * line.row_m
        return sram_row_driver(process, register, size, height, wire_f, line.row_ohm, volt)
    access = cell.access_voltage_v
    return resistive_row_driver(
        process, register, size, height, line.row_f, line.row_ohm, volt, access
    )


@compiled
def blocks_of(
    process: Record,
    cell: Record,
    circuit: Record,
    register: Flipflop,
    add: Adder,
    line: Lines,
    n_cells: int,
    activation_bits: int,
) -> Blocks:
    """Size everything around the array for weights of ``n_cells`` cells."""
    n_converters = circuit.crossbar_size // circuit.columns_per_converter
    bits, shared = circuit.converter_bits, circuit.columns_per_converter
    address = decoder(process, math.ceil(math.log2(shared)), True)  # noqa: FBT003
    select = multiplexer(
        process, line.mean_ohm, n_converters * shared, n_converters, line.row_m, cell.read_voltage_v
    )
    ratio = LAYOUT.register_energy_ratio if circuit.is_calibrated else 1.0
    weight_add = input_add = ShiftAdd(0.0, 0.0, 0.0, 0.0)
    if n_cells > 1:
        weight_add = shift_add(add, register, n_converters, bits, n_cells, line.row_m, ratio)
    if activation_bits > 1:
        wide = bits + n_cells
        input_add = shift_add(add, register, n_converters, wide, activation_bits, line.row_m, ratio)
    driver = _row_driver(process, cell, circuit, register, line)
    converters = _converters(process, cell, circuit, line, n_converters)
    return Blocks(driver, select, address, converters, weight_add, input_add)


@compiled
def columns_of(
    process: Record, cell: Record, circuit: Record, rules: Record, register: Flipflop, line: Lines
) -> Columns:
    """Size what sits at the far end of the columns of this kind of cell."""
    size, nothing = circuit.crossbar_size, ColumnBlock(0.0, 0.0, 0.0)
    if cell.kind == SRAM:
        charge = precharger(process, size, line.row_m, line.column_f, line.column_ohm)
        return Columns(0.0, 0.0, charge, write_driver(process, size, line.row_m))
    switch = switch_matrix_height(process, register, size, line.row_m, line.mean_ohm * size)
    shifter = 0.0
    if cell.write_voltage_v > LAYOUT.high_write_voltage_v and not rules.is_early:
        if rules.shifts_every_line:
            shifter = size * level_shifter_area(process, circuit.is_calibrated)
        elif circuit.lines_per_level_shifter > 0:
            n_shifters = math.ceil(size / circuit.lines_per_level_shifter)
            shifter = n_shifters * level_shifter_area(process, False)  # noqa: FBT003
    return Columns(switch, shifter, nothing, nothing)


@compiled
def registers_and_adders(process: Record, is_calibrated: bool) -> tuple[Flipflop, Adder]:  # noqa: FBT001
    """What shift-and-add units, trees and buffers are built of."""
    ratio = LAYOUT.adder_energy_ratio if is_calibrated else 1.0
    return flipflop(process), adder(process, ratio)
