"""Tiles and their processing elements (PE): what one is made of, and what it leaks when idle.

A whole tile is n x n PEs; a kernel-split one has a PE for every position of the kernel. Both are
squares of their area's side where wires are concerned.
"""

import math
from typing import NamedTuple

from hwmodels.compiled import Record, compiled
from hwmodels.components.adder import Adder, Tree, adder_tree, n_stages
from hwmodels.components.flipflop import Flipflop, height_at_width, width_at_height
from hwmodels.components.htree import HTree, htree
from hwmodels.components.register_file import RegisterFile, register_file, repeated
from hwmodels.components.wire import Wire
from hwmodels.floorplan import Floorplan, ceil_div
from hwmodels.layout import LAYOUT


class Parts(NamedTuple):
    """Registers, adders and wires of a chip, and how calibration scales buffer energies."""

    register: Flipflop
    add: Adder
    wire: Wire
    relaxed: Wire
    register_ratio: float
    control_ratio: float
    tile_core: RegisterFile
    chip_core: RegisterFile


class Shape(NamedTuple):
    """Numbers that size a tile: side of a PE, tree inputs, PEs, leaves and lanes of the H-tree."""

    pe_side: int
    n_inputs: int
    n_pes: int
    n_leaves: int
    bus_bits: int
    n_columns: int


class Pe(NamedTuple):
    """A processing element: crossbars, a tree over their sums, registers, buses."""

    n_side: int
    sum_bits: int
    n_trees: int
    n_input_registers: int
    n_output_registers: int
    area_m2: float
    tree_m2: float
    input_bus_j: float
    output_bus_j: float
    leakage_w: float


class Tile(NamedTuple):
    """A tile: its PEs, a tree over their sums, two buffers and an H-tree."""

    shape: Shape
    pe: Pe
    sum_bits: int
    n_trees: int
    area_m2: float
    tree_m2: float
    input: RegisterFile
    output: RegisterFile
    htree: HTree
    leakage_w: float


@compiled
def whole_shape(floor: Floorplan) -> Shape:
    """A tile that takes a layer's matrix as it is."""
    n = floor.tile_side // floor.pe_side
    return Shape(floor.pe_side, n, n * n, n, floor.tile_side, floor.tile_side)


@compiled
def split_shape(floor: Floorplan) -> Shape:
    """A tile that takes one kernel position per PE."""
    n, leaves = floor.n_split_pes, math.ceil(math.sqrt(floor.n_split_pes))
    side = floor.split_pe_side
    return Shape(side, n, n, leaves, n * side, side)


@compiled
def _pe(
    circuit: Record,
    rules: Record,
    stage: Record,
    parts: Parts,
    pe_side: int,
    result_bits: int,
    activation_bits: int,
) -> Pe:
    size, shared = circuit.crossbar_size, circuit.columns_per_converter
    n_side = pe_side // size
    n_trees = ceil_div(n_side * size, shared)
    tree = adder_tree(parts.add, n_side, result_bits, n_trees)
    n_in = activation_bits * size
    n_out = size // shared * (result_bits + n_stages(n_side))
    height, width = n_side * stage.height_m, n_side * stage.width_m
    area = n_side**2 * stage.height_m * stage.width_m + tree.area_m2
    if rules.aligns_registers:
        area += width_at_height(parts.register, n_in, height) * height
        area += height_at_width(parts.register, n_out, width) * width
    else:
        area += (n_in + n_out) * parts.register.width_m * parts.register.height_m
    across, down = stage.width_m * (n_side - 1), stage.height_m * (n_side - 1)
    lanes = size * across + n_side * size * down
    leak = (n_in + n_out) * parts.register.leakage_w + parts.wire.leakage_w_per_m * lanes
    leak = n_side**2 * stage.leakage_w + (0.0 if rules.is_early else leak)
    wider = n_side if rules.widens_sums_linearly else n_stages(n_side)
    return Pe(
        n_side,
        result_bits + wider,
        n_trees,
        n_in,
        n_out,
        area,
        tree.area_m2,
        parts.wire.energy_j_per_m * across,
        parts.wire.energy_j_per_m * down * (n_stages(n_side) + result_bits),
        leak,
    )


@compiled
def pe_tree(parts: Parts, tile: Tile, result_bits: int, n_inputs: int) -> Tree:
    """The PE's adder tree with ``n_inputs`` of its inputs in use."""
    return adder_tree(parts.add, n_inputs, result_bits, tile.pe.n_trees)


@compiled
def tile_tree(parts: Parts, tile: Tile, n_inputs: int) -> Tree:
    """The tile's adder tree with ``n_inputs`` of its inputs in use."""
    return adder_tree(parts.add, n_inputs, tile.pe.sum_bits, tile.n_trees)


@compiled
def _buffer(process: Record, parts: Parts, n_bits: int, short_line_bits: int) -> RegisterFile:
    """Standard cores, or a small buffer that is one whole, with its own line."""
    if n_bits >= LAYOUT.tile_core_bits:
        return repeated(parts.tile_core, math.ceil(n_bits / LAYOUT.tile_core_bits))
    ratios = parts.register_ratio, parts.control_ratio
    return register_file(process, parts.register, n_bits, short_line_bits, ratios[0], ratios[1])


@compiled
def build_tile(
    process: Record,
    circuit: Record,
    rules: Record,
    stage: Record,
    parts: Parts,
    shape: Shape,
    result_bits: int,
    activation_bits: int,
) -> Tile:
    """Put a tile together for sums of ``result_bits`` bits out of a crossbar."""
    pe = _pe(circuit, rules, stage, parts, shape.pe_side, result_bits, activation_bits)
    size, shared, n = circuit.crossbar_size, circuit.columns_per_converter, shape.n_inputs
    n_trees = ceil_div(shape.n_columns, shared)
    tree = adder_tree(parts.add, n, pe.sum_bits, n_trees)
    out_bits = pe.sum_bits + n_stages(n)
    source = _buffer(process, parts, n * activation_bits * size, n * size)
    results = n * size // shared
    sink = _buffer(process, parts, out_bits * results, out_bits * n)
    wires = htree(
        parts.relaxed,
        shape.n_leaves,
        math.sqrt(pe.area_m2),
        shape.bus_bits,
        LAYOUT.n_tile_tree_folds,
        parts.register.height_m,
        not rules.halves_tree_lengths,
    )
    area = shape.n_pes * pe.area_m2 + tree.area_m2 + source.area_m2 + sink.area_m2 + wires.area_m2
    leak = source.leakage_w + sink.leakage_w + wires.leakage_w
    leak = 0.0 if rules.is_early else leak
    return Tile(shape, pe, out_bits, n_trees, area, tree.area_m2, source, sink, wires, leak)
