"""One inference on one chip: its shared parts, energy and cycles of what a layer uses of them."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hwmodels.compiled import Record, compiled
from hwmodels.components.adder import Tree, adder_tree, n_stages, tree_cycles
from hwmodels.components.bus import ChipBus
from hwmodels.components.htree import HTree, htree
from hwmodels.components.pooling import Pooling, pooling
from hwmodels.components.register_file import RegisterFile, n_cycles, register_file, repeated
from hwmodels.components.wire import repeated_wire
from hwmodels.floorplan import Floorplan, Layers, ceil_div
from hwmodels.layer import (
    ACCUMULATION,
    BUFFER,
    DIGITAL,
    INTERCONNECT,
)
from hwmodels.layout import LAYOUT
from hwmodels.periphery import registers_and_adders
from hwmodels.tile import (
    Parts,
    Tile,
    build_tile,
    split_shape,
    whole_shape,
)


class Chip(NamedTuple):
    """What there is once per chip, and its two kinds of tile."""

    whole: Tile
    split: Tile
    n_tiles: int
    n_rows: int
    n_columns: int
    n_lanes: float
    result_bits: int
    sum_bits: int
    n_trees: int
    n_relu: int
    activation_bits: int
    n_pools: int
    pool: Pooling
    buffer: RegisterFile
    potentials: RegisterFile
    clock_hz: float
    cycle_s: float


@compiled
def build_parts(process: Record, is_calibrated: bool, rules: Record) -> Parts:  # noqa: FBT001
    """What is the same in all chips of a node."""
    register, add = registers_and_adders(process, is_calibrated)
    ratio = LAYOUT.register_energy_ratio if is_calibrated else 1.0
    if rules.forgets_buffer_registers and not is_calibrated:
        ratio = 0.0
    control = LAYOUT.control_energy_ratio if is_calibrated else 1.0
    wires = repeated_wire(process, False), repeated_wire(process, True)  # noqa: FBT003
    cores = (
        register_file(
            process, register, LAYOUT.tile_core_bits, LAYOUT.tile_line_bits, ratio, control
        ),
        register_file(
            process, register, LAYOUT.chip_core_bits, LAYOUT.chip_line_bits, ratio, control
        ),
    )
    return Parts(register, add, wires[0], wires[1], ratio, control, cores[0], cores[1])


@compiled
def lanes(plans: Layers, circuit: Record, rules: Record, floor: Floorplan, n_layers: int) -> float:
    """Wires of the chip's interconnect, at most those of the widest bus allowed."""
    total, leaves = 0.0, math.ceil(math.sqrt(floor.n_split_pes))
    for i in range(n_layers):
        side = floor.split_pe_side * leaves if plans[i].is_split else floor.tile_side
        width = side + side / circuit.columns_per_converter
        if circuit.is_pipelined:
            width *= plans[i].n_tile_rows * plans[i].n_tile_columns
        total += width
    if not rules.halves_buses:
        return min(total, float(circuit.max_bus_bits))
    while total > circuit.max_bus_bits:
        total /= 2
    return total


@compiled
def _n_neurons(layers: Layers, plans: Layers, n_layers: int) -> float:
    total = 0.0
    for i in range(n_layers):
        if layers[i].is_spiking:
            positions = plans[i].n_vectors // layers[i].timesteps
            total += float(positions * layers[i].out_channels)
    return total


@compiled
def _chip_buffer(parts: Parts, n_bits: float) -> RegisterFile:
    return repeated(parts.chip_core, math.ceil(n_bits / LAYOUT.chip_core_bits))


@compiled
def _buffer_bits(layers: Layers, circuit: Record, n_layers: int) -> float:
    largest = total = 0.0
    for i in range(n_layers):
        inputs = float(layers[i].in_height * layers[i].in_width * layers[i].in_channels)
        largest = max(largest, inputs)
        total += inputs
    return total / 2 if circuit.is_pipelined else largest


@compiled
def _global_sum_bits(circuit: Record, floor: Floorplan, result_bits: int, n_layers: int) -> int:
    size, pes, sides = circuit.crossbar_size, floor.pe_side, floor.tile_side // floor.pe_side
    if floor.n_split_pes > 0:
        pes = max(pes, floor.split_pe_side)
        sides = max(sides, math.ceil(math.sqrt(floor.n_split_pes)))
    n_inputs = pes // size * sides
    if circuit.is_pipelined:
        n_inputs *= n_layers + 1
    return result_bits + n_stages(n_inputs)


@compiled
def bits_of_results(cell: Record, circuit: Record, n_cells: int, activation_bits: int) -> int:
    """Bits of a sum that leaves a crossbar."""
    return circuit.converter_bits + activation_bits + (n_cells - 1) * cell.cell_bits + 1


@compiled
def build_chip(
    process: Record,
    cell: Record,
    circuit: Record,
    rules: Record,
    stage: Record,
    parts: Parts,
    layers: Layers,
    plans: Layers,
    floor: Floorplan,
    n_layers: int,
) -> Chip:
    """Put the chip of a network together; its shared parts fit the widest layer."""
    n_cells = activation_bits = n_tiles = 0
    for i in range(n_layers):
        n_cells = max(n_cells, plans[i].n_cells)
        activation_bits = max(activation_bits, layers[i].activation_bits)
        n_tiles += plans[i].n_tile_rows * plans[i].n_tile_columns
    clock_hz = min(circuit.clock_hz, 1 / stage.period_s)
    cycle_s = stage.period_s if rules.times_by_period else 1 / clock_hz
    result_bits = bits_of_results(cell, circuit, n_cells, activation_bits)
    whole = build_tile(
        process, circuit, rules, stage, parts, whole_shape(floor), result_bits, activation_bits
    )
    split, side = whole, floor.tile_side
    if floor.n_split_pes > 0:
        side = max(side, floor.split_pe_side)
        split = build_tile(
            process, circuit, rules, stage, parts, split_shape(floor), result_bits, activation_bits
        )
    rows = math.ceil(math.sqrt(n_tiles))
    throughput = side * (n_layers + 1) if circuit.is_pipelined and floor.n_split_pes > 0 else side
    n_units = ceil_div(throughput, circuit.columns_per_converter)
    control = LAYOUT.control_energy_ratio if circuit.is_calibrated else 1.0
    sum_bits = _global_sum_bits(circuit, floor, result_bits, n_layers)
    bits = activation_bits * _buffer_bits(layers, circuit, n_layers)
    state = sum_bits * _n_neurons(layers, plans, n_layers)
    return Chip(
        whole,
        split,
        n_tiles,
        rows,
        ceil_div(n_tiles, rows),
        lanes(plans, circuit, rules, floor, n_layers),
        result_bits,
        sum_bits,
        n_units,
        n_units,
        activation_bits,
        side // circuit.columns_per_converter,
        pooling(process, activation_bits, clock_hz, control),
        _chip_buffer(parts, bits),
        _chip_buffer(parts, state),
        clock_hz,
        cycle_s,
    )


@compiled
def chip_tree(parts: Parts, chip: Chip, tile: Tile, halves: bool) -> HTree:  # noqa: FBT001
    """The chip's H-tree over tiles of one kind."""
    side = max(chip.n_rows, chip.n_columns)
    return htree(
        parts.relaxed, side, math.sqrt(tile.area_m2), chip.n_lanes, LAYOUT.n_chip_tree_folds,
        parts.register.height_m, not halves,
    )  # fmt: skip


@compiled
def global_tree(parts: Parts, chip: Chip, n_inputs: int) -> Tree:
    """The adders that sum a layer over its rows of tiles."""
    return adder_tree(parts.add, n_inputs, chip.sum_bits, chip.n_trees)


@compiled
def add_global_energy(
    circuit: Record, parts: Parts, chip: Chip, tree: HTree, bus: ChipBus, layer: Record,
    plan: Record, out: NDArray[np.float64],
) -> None:  # fmt: skip
    """Energy of what a layer uses of the chip's shared parts, added to ``out``."""
    sent, back = _traffic(layer, plan)
    toggles = circuit.toggle_in_ratio, circuit.toggle_out_ratio
    out[BUFFER] += sent * chip.buffer.read_j + back * chip.buffer.write_j
    if circuit.is_bus:
        out[INTERCONNECT] += toggles[0] * sent * bus.x_energy_j_per_bit
        out[INTERCONNECT] += toggles[1] * back * bus.y_energy_j_per_bit
    else:
        own = _own_lanes(chip, plan)
        words = math.ceil(toggles[0] * sent / own) + math.ceil(toggles[1] * back / own)
        out[INTERCONNECT] += tree.energy_j_per_bit * own * words
    if plan.n_tile_rows > 1:
        adds = _global_adds(chip, plan)
        out[ACCUMULATION] += adds * global_tree(parts, chip, plan.n_tile_rows).energy_j
    width = chip.activation_bits * chip.n_relu
    out[DIGITAL] += _relu_rounds(chip, layer, plan) * width * parts.register.energy_j
    if layer.is_pooled:
        out[DIGITAL] += _pool_rounds(chip, plan) * chip.n_pools * chip.pool.energy_j
    if layer.is_spiking:
        n_bits = float(plan.n_vectors * layer.out_channels) * chip.sum_bits
        out[DIGITAL] += n_bits * (chip.potentials.read_j + chip.potentials.write_j)


@compiled
def add_global_cycles(
    circuit: Record, parts: Parts, chip: Chip, tree: HTree, bus: ChipBus, layer: Record,
    plan: Record, out: NDArray[np.float64],
) -> None:  # fmt: skip
    """Cycles of the same."""
    sent, back = _traffic(layer, plan)
    clock = chip.clock_hz
    out[BUFFER] += n_cycles(chip.buffer, sent + back, chip.n_lanes)
    if circuit.is_bus:
        x_words = math.ceil(sent / chip.n_lanes * chip.n_rows / plan.n_tile_rows)
        y_words = math.ceil(back / chip.n_lanes * chip.n_columns / plan.n_tile_columns)
        out[INTERCONNECT] += math.ceil(clock * bus.x_delay_s) * x_words
        out[INTERCONNECT] += math.ceil(clock * bus.y_delay_s) * y_words
    else:
        words = math.ceil((sent + back) / _own_lanes(chip, plan))
        out[INTERCONNECT] += math.ceil(clock * tree.delay_s) * words
    if plan.n_tile_rows > 1:
        adds = _global_adds(chip, plan)
        cycles = tree_cycles(parts.add, plan.n_tile_rows, chip.sum_bits, clock)
        out[ACCUMULATION] += adds * cycles
    out[DIGITAL] += _relu_rounds(chip, layer, plan)
    if layer.is_pooled:
        out[DIGITAL] += _pool_rounds(chip, plan) * chip.pool.n_cycles


@compiled
def _traffic(layer: Record, plan: Record) -> tuple[float, float]:
    """Bits from the buffer to the tiles, and back."""
    sent = float(plan.n_rows * layer.activation_bits) * plan.n_vectors
    if plan.is_split:
        sent /= layer.kernel_height
    back = float(plan.n_columns // plan.n_cells * layer.activation_bits) * plan.n_vectors
    return sent, back / 4 if layer.is_pooled else back


@compiled
def _own_lanes(chip: Chip, plan: Record) -> int:
    share = plan.n_tile_rows * plan.n_tile_columns / chip.n_tiles
    return math.ceil(chip.n_lanes * share)


@compiled
def _global_adds(chip: Chip, plan: Record) -> int:
    return math.ceil(plan.n_columns // plan.n_cells * plan.n_vectors / chip.n_trees)


@compiled
def _relu_rounds(chip: Chip, layer: Record, plan: Record) -> int:
    return ceil_div(plan.n_vectors * layer.out_channels, chip.n_relu)


@compiled
def _pool_rounds(chip: Chip, plan: Record) -> int:
    return math.ceil(plan.n_vectors * (plan.n_columns // plan.n_cells) / 4 / chip.n_pools)
