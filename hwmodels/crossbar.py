"""A crossbar with all that surrounds it: the circuit stage, one record per circuit.

It depends on node, device, circuit and the widest weights and activations, not on a network, so a
search computes it once per circuit (`hwmodels.batch` keeps it).
"""

import math
from typing import NamedTuple

import numpy as np

from hwmodels.compiled import Record, compiled
from hwmodels.components.adder import Adder, ShiftAdd, adder, shift_add
from hwmodels.components.converter import Converters, flash, sar
from hwmodels.components.decoder import (
    Decoder,
    decoder,
    multiplexer_decoder_delay,
    multiplexer_decoder_size,
)
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
from hwmodels.devices import MAX_CELL_BITS
from hwmodels.floorplan import N_SIDES
from hwmodels.layout import LAYOUT

SRAM, RESISTIVE, FEFET = 0, 1, 2

MAX_LEVELS = 1 << MAX_CELL_BITS
RECORD = np.dtype(
    [("levels_s", "f8", MAX_LEVELS), ("tiles_m2", "f8", (N_SIDES, N_SIDES))]
    + [
        (name, "f8")
        for name in [
            "height_m",
            "width_m",
            "array_m2",
            "converter_m2",
            "accumulation_m2",
            "other_m2",
            "period_s",
            "row_j",
            "word_line_j",
            "fixed_j",
            "column_j",
            "weight_add_j",
            "input_add_j",
            "weight_add_s",
            "input_add_s",
            "leakage_w",
            "busy_leakage_w",
            "on_s",
            "off_s",
            "series_ohm",
            "sense_s",
            "access_f_ratio",
            "cell_width_f_ratio",
            "row_driver_s",
            "multiplexer_s",
            "address_s",
            "converter_s",
            "precharge_s",
        ]
    ]
)


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
def _blocks(
    process: Record,
    cell: Record,
    circuit: Record,
    register: Flipflop,
    add: Adder,
    line: Lines,
    n_cells: int,
    activation_bits: int,
) -> Blocks:
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
def _columns(
    process: Record, cell: Record, circuit: Record, rules: Record, register: Flipflop, line: Lines
) -> Columns:
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
def crossbar(
    process: Record,
    cell: Record,
    circuit: Record,
    rules: Record,
    register: Flipflop,
    add: Adder,
    n_cells: int,
    activation_bits: int,
    out: Record,
) -> None:
    """Fill a record of the stage for weights of ``n_cells`` cells and the widest activations."""
    line = lines(process, cell, circuit, rules)
    blocks = _blocks(process, cell, circuit, register, add, line, n_cells, activation_bits)
    columns = _columns(process, cell, circuit, rules, register, line)
    out.access_f_ratio, out.cell_width_f_ratio = line.access_f_ratio, cell.cell_width_f_ratio
    _fill_area(process, line, blocks, columns, out)
    _fill_time(process, circuit, rules, blocks, columns, out)
    _fill_energy(process, circuit, register, line, blocks, out)
    _fill_leakage(process, cell, circuit, register, blocks, columns, out)
    _fill_cells(process, cell, circuit, line, out)


@compiled
def _fill_area(process: Record, line: Lines, blocks: Blocks, columns: Columns, out: Record) -> None:
    decoder_m, decoder_height = multiplexer_decoder_size(process, blocks.address)
    select_height = max(blocks.multiplexer.height_m, decoder_height)
    adds = blocks.weight_add.height_m + blocks.input_add.height_m
    far = columns.switch_m + columns.shifter_line_m2 / line.row_m
    far += columns.precharger.height_m + columns.writer.height_m
    out.height_m = far + line.column_m + select_height + blocks.converters.height_m + adds
    side = blocks.driver.width_m + 2 * columns.shifter_line_m2 / line.column_m
    out.width_m = max(side, decoder_m) + line.row_m
    out.array_m2 = line.row_m * line.column_m
    out.converter_m2 = blocks.converters.area_m2 + blocks.converters.encoder_area_m2
    out.converter_m2 += columns.precharger.height_m * line.row_m
    out.accumulation_m2 = adds * line.row_m
    out.other_m2 = blocks.driver.width_m * line.column_m + 3 * columns.shifter_line_m2
    out.other_m2 += (columns.switch_m + columns.writer.height_m + select_height) * line.row_m
    out.other_m2 += decoder_m * decoder_height


@compiled
def _fill_time(
    process: Record, circuit: Record, rules: Record, blocks: Blocks, columns: Columns, out: Record
) -> None:
    n_converters = circuit.crossbar_size // circuit.columns_per_converter
    loads = n_converters * blocks.multiplexer.n_gate_f, n_converters * blocks.multiplexer.p_gate_f
    out.row_driver_s, out.multiplexer_s = blocks.driver.delay_s, blocks.multiplexer.delay_s
    out.address_s = multiplexer_decoder_delay(process, blocks.address, loads[0], loads[1])
    out.converter_s, out.precharge_s = blocks.converters.delay_s, columns.precharger.delay_s
    period = max(out.row_driver_s, out.multiplexer_s + out.address_s)
    period += out.converter_s + out.precharge_s
    out.period_s = period * (LAYOUT.sensing_cycle_ratio if circuit.is_calibrated else 1.0)
    if rules.is_early:
        out.period_s = LAYOUT.early_cycle_ratio / circuit.clock_hz
    out.weight_add_s, out.input_add_s = blocks.weight_add.delay_s, blocks.input_add.delay_s


@compiled
def _fill_energy(
    process: Record, circuit: Record, register: Flipflop, line: Lines, blocks: Blocks, out: Record
) -> None:
    steps = circuit.columns_per_converter
    control = LAYOUT.control_energy_ratio if circuit.is_calibrated else 1.0
    out.row_j = steps * blocks.driver.row_j
    out.word_line_j = steps * line.row_f * process.supply_v**2
    out.fixed_j = steps * circuit.crossbar_size * register.energy_j
    out.fixed_j += steps * (blocks.multiplexer.step_j + blocks.address.energy_j * control)
    out.column_j, out.sense_s = blocks.converters.step_j, blocks.converters.power_s
    out.weight_add_j, out.input_add_j = blocks.weight_add.energy_j, blocks.input_add.energy_j


@compiled
def _fill_leakage(
    process: Record,
    cell: Record,
    circuit: Record,
    register: Flipflop,
    blocks: Blocks,
    columns: Columns,
    out: Record,
) -> None:
    size = circuit.crossbar_size
    out.leakage_w = size * register.leakage_w + blocks.address.leakage_w
    out.leakage_w += blocks.converters.leakage_w
    out.leakage_w += blocks.weight_add.leakage_w + blocks.input_add.leakage_w
    out.busy_leakage_w = 0.0
    if cell.kind != SRAM:
        out.leakage_w += size * register.leakage_w
        return
    out.leakage_w += columns.precharger.leakage_w + columns.writer.leakage_w
    pair = process.feature_size_m * (process.n_off_a_per_m + process.p_off_a_per_m)
    cell_w = process.supply_v * pair  # two inverters of width F
    out.leakage_w += size**2 * cell_w
    out.busy_leakage_w = cell_w * (size**2 - size * (size // circuit.columns_per_converter))


@compiled
def _fill_cells(process: Record, cell: Record, circuit: Record, line: Lines, out: Record) -> None:
    pitch_ohm = process.wire_ohm_per_m * process.wire_width_m
    if cell.kind == SRAM:
        out.on_s = out.off_s = 1 / n_resistance(process, process.feature_size_m)
        out.series_ohm = pitch_ohm * cell.cell_width_f_ratio
        _fill_levels(cell, out)
        return
    out.on_s, out.off_s = 1 / cell.on_resistance_ohm, 1 / cell.off_resistance_ohm
    pitches = (cell.cell_height_f_ratio + line.cell_width_f_ratio) * (circuit.crossbar_size + 1) / 2
    out.series_ohm = pitch_ohm * pitches
    if cell.kind == RESISTIVE:
        out.series_ohm += cell.on_resistance_ohm * LAYOUT.access_resistance_ratio
    _fill_levels(cell, out)


@compiled
def _fill_levels(cell: Record, out: Record) -> None:
    """Conductance of a cell in each of its states, wires and access included."""
    n_levels = 1 << cell.cell_bits
    for level in range(n_levels):
        state = out.off_s + level / (n_levels - 1) * (out.on_s - out.off_s)
        out.levels_s[level] = 1 / (1 / state + out.series_ohm)


@compiled
def registers_and_adders(process: Record, is_calibrated: bool) -> tuple[Flipflop, Adder]:  # noqa: FBT001
    """What shift-and-add units, trees and buffers are built of."""
    ratio = LAYOUT.adder_energy_ratio if is_calibrated else 1.0
    return flipflop(process), adder(process, ratio)
