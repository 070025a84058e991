"""A crossbar with all that surrounds it: the circuit stage, one record per circuit.

It depends on node, device, circuit and the widest weights and activations, not on a network, so a
search computes it once per circuit (`hwmodels.batch` keeps it).
"""

import numpy as np

from hwmodels.compiled import Record, compiled
from hwmodels.components.adder import Adder
from hwmodels.components.decoder import multiplexer_decoder_delay, multiplexer_decoder_size
from hwmodels.components.flipflop import Flipflop
from hwmodels.components.transistor import n_resistance
from hwmodels.devices import MAX_CELL_BITS
from hwmodels.floorplan import N_SIDES
from hwmodels.layout import LAYOUT
from hwmodels.periphery import RESISTIVE, SRAM, Blocks, Columns, Lines, blocks_of, columns_of, lines

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
    blocks = blocks_of(process, cell, circuit, register, add, line, n_cells, activation_bits)
    columns = columns_of(process, cell, circuit, rules, register, line)
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
