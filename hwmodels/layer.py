"""One layer on its tiles: energy of a PE and of a tile, cycles of the largest chunk."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hwmodels.activity import Column
from hwmodels.compiled import Record, compiled
from hwmodels.components.adder import tree_cycles
from hwmodels.components.register_file import n_cycles
from hwmodels.floorplan import ceil_div
from hwmodels.tile import Parts, Tile, pe_tree, tile_tree

CONVERTER, ACCUMULATION, BUFFER, INTERCONNECT, PERIPHERY, DIGITAL, CELL = range(7)
ENERGY_PARTS = (
    "converter", "accumulation", "buffer", "interconnect", "periphery", "digital", "cell",
)  # fmt: skip
LATENCY_PARTS = ENERGY_PARTS[:6]
Row = NDArray[np.float64]


class Work(NamedTuple):
    """What the chunks of one layer share."""

    result_bits: int
    n_rounds: float
    n_tree_rounds: float
    n_bit_vectors: int
    n_vectors: int
    n_cells: int
    input_share_ratio: float
    clock_hz: float
    is_split: bool
    is_full: bool
    is_partial: bool
    n_copies: int
    n_inner_copies: int
    has_pe_tree: bool
    repeats_pe_tree: bool
    rows_per_tile: int
    columns_per_tile: int


@compiled
def work(
    circuit: Record,
    rules: Record,
    layer: Record,
    plan: Record,
    tile: Tile,
    result_bits: int,
    clock_hz: float,
) -> Work:
    """Decide how a layer's copies share its work."""
    shared, n_cells, side = circuit.columns_per_converter, plan.n_cells, tile.shape.n_inputs
    rounds = shared // n_cells if rules.floors_shifts else ceil_div(shared, n_cells)
    copies = plan.row_copies * plan.column_copies
    is_split = plan.is_split == 1
    is_copied = not is_split and copies > 1
    is_full = is_copied and plan.row_copies >= side and plan.column_copies >= side
    rows_in = ceil_div(plan.row_copies, side) if is_full else 1
    columns_in = ceil_div(plan.column_copies, side) if is_full else 1
    inner = rows_in * columns_in
    covers = rows_in >= tile.pe.n_side and columns_in >= tile.pe.n_side
    tile_columns = tile.shape.n_columns
    return Work(
        result_bits,
        rounds,
        ceil_div(shared, n_cells),
        plan.n_vectors * layer.activation_bits,
        plan.n_vectors,
        n_cells,
        1 / math.sqrt(tile.shape.n_pes) if is_split else 1.0,
        clock_hz,
        is_split,
        is_full,
        is_copied and not is_full,
        copies,
        inner,
        inner == 1 or not covers,
        inner > 1,
        tile_columns * (tile.shape.n_pes if is_split else 1),
        tile_columns,
    )


@compiled
def pe_energy(
    cell: Record, circuit: Record, rules: Record, stage: Record, parts: Parts, tile: Tile,
    job: Work, full: Column, rest: Column, density_ratio: float, n_rows: int, n_columns: int,
    out: Row,
) -> None:  # fmt: skip
    """Energy of a PE that holds ``n_rows`` x ``n_columns`` cells, over one inference.

    ``full`` and ``rest`` are the means of a column over all rows of a crossbar, and over what the
    last crossbar holds.
    """
    size, active = circuit.crossbar_size, n_rows * density_ratio
    row_blocks, column_blocks = ceil_div(n_rows, size), ceil_div(n_columns, size)
    blocks, vectors = row_blocks * column_blocks, float(job.n_bit_vectors)
    n_full, n_rest = n_rows // size, int(n_rows % size > 0)
    power = n_full * full.power_w + n_rest * rest.power_w
    columns = vectors * n_columns
    out[:] = 0.0
    out[CONVERTER] = columns * (row_blocks * stage.column_j + power * stage.sense_s)
    out[CONVERTER] += vectors * active * column_blocks * stage.word_line_j
    if not rules.ignores_cell_current:
        drawn = n_full * full.conductance_s + n_rest * rest.conductance_s
        out[CELL] = columns * drawn * cell.read_voltage_v**2 * stage.sense_s
    out[PERIPHERY] = vectors * (active * column_blocks * stage.row_j + blocks * stage.fixed_j)
    adds = (job.n_cells - 1) * job.n_rounds * stage.weight_add_j + job.n_rounds * stage.input_add_j
    out[ACCUMULATION] = vectors * blocks * adds
    if job.has_pe_tree:
        tree = pe_tree(parts, tile, job.result_bits, row_blocks)
        times = blocks if job.repeats_pe_tree else 1
        out[ACCUMULATION] += times * job.n_vectors * job.n_rounds * tree.energy_j
    reads, writes = register_accesses(tile, job, n_rows, n_columns)
    stored = reads * tile.pe.n_input_registers + writes * tile.pe.n_output_registers
    out[BUFFER] = stored * parts.register.energy_j
    inputs = circuit.toggle_in_ratio * n_rows * vectors * tile.pe.input_bus_j
    outputs = circuit.toggle_out_ratio * (n_columns // job.n_cells) * job.n_vectors
    out[INTERCONNECT] = inputs + outputs * tile.pe.output_bus_j


@compiled
def register_accesses(tile: Tile, job: Work, n_rows: int, n_columns: int) -> tuple[float, float]:
    """Times that the input and output registers of a PE are written."""
    reads = math.floor(n_rows * job.n_bit_vectors / tile.pe.n_input_registers)
    bits = math.floor(n_columns // job.n_cells * job.result_bits * job.n_vectors)
    return reads, math.floor(bits / tile.pe.n_output_registers)


@compiled
def tile_traffic(tile: Tile, job: Work, n_rows: int, n_columns: int) -> tuple[float, float]:
    """Bits into and out of a tile."""
    results = n_columns // job.n_cells * job.n_vectors
    return n_rows * job.n_bit_vectors * job.input_share_ratio, results * float(tile.sum_bits)


@compiled
def tile_tree_use(tile: Tile, job: Work, n_rows: int) -> tuple[int, float]:
    """Inputs of the tile's tree, and additions through it."""
    pe_rows = ceil_div(n_rows, tile.shape.pe_side)
    if job.is_split:
        return tile.shape.n_inputs, job.n_vectors * job.n_rounds
    if job.is_full or (job.is_partial and pe_rows <= 1):
        return 0, 0.0
    adds = job.n_vectors * float(job.n_tree_rounds)
    return pe_rows if job.is_partial else tile.shape.n_inputs, adds


@compiled
def tile_energy(
    circuit: Record, parts: Parts, tile: Tile, job: Work, n_rows: int, n_columns: int, out: Row
) -> None:
    """Energy of what a tile adds to its PEs, added to ``out``."""
    n_inputs, adds = tile_tree_use(tile, job, n_rows)
    out[ACCUMULATION] += adds * tile_tree(parts, tile, n_inputs).energy_j
    bits_in, bits_out = tile_traffic(tile, job, n_rows, n_columns)
    out[BUFFER] += bits_in / 2 * (tile.input.read_j + tile.input.write_j)
    out[BUFFER] += bits_out / 2 * (tile.output.read_j + tile.output.write_j)
    moved = circuit.toggle_in_ratio * bits_in + circuit.toggle_out_ratio * bits_out
    out[INTERCONNECT] += moved * tile.htree.energy_j_per_bit


@compiled
def shift_cycles(circuit: Record, stage: Record, job: Work, activation_bits: int) -> float:
    """Cycles of shift-and-add per input bit vector; reading a column hides one of an addition."""
    shifts, shared = 0.0, circuit.columns_per_converter
    if job.n_cells > 1:
        adds = (job.n_cells - 1) * job.n_rounds
        shifts = adds * math.ceil(job.clock_hz * stage.weight_add_s) - min(adds, shared)
    if activation_bits > 1 and job.n_rounds > 0:
        slack = math.ceil(job.clock_hz * stage.input_add_s) - (shared + shifts) / job.n_rounds
        shifts += job.n_rounds * max(slack, 0.0)
    return shifts


@compiled
def tile_cycles(
    circuit: Record,
    stage: Record,
    parts: Parts,
    tile: Tile,
    job: Work,
    activation_bits: int,
    n_rows: int,
    n_columns: int,
    out: Row,
) -> None:
    """Cycles of the largest tile, whose chunk of the matrix is n_rows x n_columns."""
    rows, columns = n_rows, n_columns
    if job.is_split:
        rows = n_rows // tile.shape.n_pes
    elif not job.is_full:
        rows = min(n_rows, tile.shape.pe_side)
        columns = min(n_columns, tile.shape.pe_side)
    adds = job.n_bit_vectors * shift_cycles(circuit, stage, job, activation_bits)
    if job.has_pe_tree:
        n_inputs = ceil_div(rows, circuit.crossbar_size)
        cycles = tree_cycles(parts.add, n_inputs, job.result_bits, job.clock_hz)
        adds += job.n_vectors * job.n_rounds * cycles
    reads, writes = register_accesses(tile, job, rows, columns)
    n_pes = tile.shape.n_inputs**2
    copies = float(n_pes if job.is_full else job.n_copies)
    inner = float(job.n_inner_copies) if job.is_full else 1.0
    out[:] = 0.0
    out[CONVERTER] = job.n_bit_vectors * circuit.columns_per_converter / inner / copies
    out[ACCUMULATION] = adds / inner / copies
    out[BUFFER] = (reads + writes) / copies
    n_inputs, sums = tile_tree_use(tile, job, n_rows)
    if sums > 0:
        cycles = tree_cycles(parts.add, n_inputs, tile.pe.sum_bits, job.clock_hz)
        out[ACCUMULATION] += sums * cycles
    bits_in, bits_out = tile_traffic(tile, job, n_rows, n_columns)
    bus = float(tile.shape.bus_bits)
    out[BUFFER] += n_cycles(tile.input, bits_in, bus) + n_cycles(tile.output, bits_out, bus)
    out[INTERCONNECT] = math.ceil(job.clock_hz * tile.htree.delay_s) * (bits_in + bits_out) / bus
