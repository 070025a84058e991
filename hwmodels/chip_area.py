"""Area of a chip by component; what its components leave empty counts too."""

import math

import numpy as np
from numpy.typing import NDArray

from hwmodels.compiled import Record, compiled
from hwmodels.components.bus import chip_bus_area
from hwmodels.floorplan import Layers
from hwmodels.inference import Chip, chip_tree, global_tree
from hwmodels.tile import Parts, Tile

AREA_PARTS = (
    "crossbar", "converter", "accumulation", "buffer", "interconnect", "periphery", "digital",
    "empty",
)  # fmt: skip
CROSSBAR, CONVERTER, ACCUMULATION, BUFFER, INTERCONNECT, PERIPHERY, DIGITAL, EMPTY = range(8)
Parted = NDArray[np.float64]


@compiled
def _add_tiles(stage: Record, parts: Parts, tile: Tile, n_tiles: int, out: Parted) -> float:
    n_pes = n_tiles * tile.shape.n_pes
    n_crossbars = n_pes * tile.pe.n_side**2
    out[CROSSBAR] += n_crossbars * stage.array_m2
    out[CONVERTER] += n_crossbars * stage.converter_m2
    out[ACCUMULATION] += n_crossbars * stage.accumulation_m2
    out[ACCUMULATION] += n_pes * tile.pe.tree_m2 + n_tiles * tile.tree_m2
    out[PERIPHERY] += n_crossbars * stage.other_m2
    registers = tile.pe.n_input_registers + tile.pe.n_output_registers
    out[BUFFER] += n_pes * registers * parts.register.width_m * parts.register.height_m
    out[BUFFER] += n_tiles * (tile.input.area_m2 + tile.output.area_m2)
    out[INTERCONNECT] += n_tiles * tile.htree.area_m2
    return n_tiles * tile.area_m2


@compiled
def chip_area(
    circuit: Record, rules: Record, stage: Record, parts: Parts, chip: Chip, plans: Layers,
    n_layers: int, out: Parted,
) -> float:  # fmt: skip
    """Total area, m2; its parts go into ``out``."""
    out[:] = 0.0
    whole = split = deepest = 0
    for i in range(n_layers):
        tiles = plans[i].n_tile_rows * plans[i].n_tile_columns
        if plans[i].is_split:
            split += tiles
        else:
            whole += tiles
        deepest = max(deepest, plans[i].n_tile_rows)
    total = _add_tiles(stage, parts, chip.whole, whole, out)
    total += _add_tiles(stage, parts, chip.split, split, out)
    before = out.sum()
    larger = chip.split if split and chip.split.area_m2 > chip.whole.area_m2 else chip.whole
    if whole == 0:
        larger = chip.split
    height = parts.register.height_m
    if circuit.is_bus:
        side = math.sqrt(larger.area_m2)
        wires = chip_bus_area(
            parts.relaxed, chip.n_rows, chip.n_columns, side, chip.n_lanes, height
        )
    else:
        wires = chip_tree(parts, chip, larger, rules.halves_tree_lengths).area_m2
    out[INTERCONNECT] += wires
    out[BUFFER] += chip.buffer.area_m2
    out[ACCUMULATION] += global_tree(parts, chip, deepest).area_m2
    relu = chip.activation_bits * chip.n_relu * parts.register.width_m * height
    out[DIGITAL] += relu + chip.n_pools * chip.pool.area_m2 + chip.potentials.area_m2
    if not rules.is_early:
        out[EMPTY] = total - before
    return float(out.sum())


@compiled
def layer_area(
    rules: Record, stage: Record, parts: Parts, tile: Tile, n_tiles: int, out: Parted
) -> float:
    """Area of the tiles of one layer, m2; its parts go into ``out``."""
    out[:] = 0.0
    total = _add_tiles(stage, parts, tile, n_tiles, out)
    if not rules.is_early:
        out[EMPTY] = total - out.sum()
    return float(out.sum())
