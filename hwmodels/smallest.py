"""The floorplan of the smallest chip, among sides that do not depend on the network.

The candidates are the same for every network, and none of them shrinks with more rows, columns,
bits or further layers: so more to compute never takes less area. (A pipeline copies layers as the
first one's feature map asks: another first layer is another pipeline.)
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hwmodels.chip_area import chip_area
from hwmodels.compiled import Record, compiled
from hwmodels.floorplan import (
    N_SIDES,
    SMALLEST_PE,
    SMALLEST_TILE,
    Floorplan,
    Layers,
    ceil_div,
    place,
)
from hwmodels.inference import bits_of_results, build_chip
from hwmodels.tile import Parts, build_tile, split_shape, whole_shape


class Made(NamedTuple):
    """What a chip is made of, but for its floorplan."""

    process: Record
    cell: Record
    circuit: Record
    rules: Record
    stage: Record
    parts: Parts


class Search(NamedTuple):
    """Layers, their plans, positions of the kernel that is split, and room for an area's parts."""

    layers: Layers
    plans: Layers
    n_split: int
    area_parts_m2: NDArray[np.float64]


@compiled
def fill_tiles(made: Made, n_cells: int, activation_bits: int) -> None:
    """Note the area of a tile of every pair of sides in the record of the circuit stage."""
    result_bits = bits_of_results(made.cell, made.circuit, n_cells, activation_bits)
    for tile in range(N_SIDES):
        for pe in range(tile + 1):
            shape = whole_shape(_floorplan(made.circuit, tile, pe, -1, 0))
            made.stage.tiles_m2[tile, pe] = build_tile(
                made.process, made.circuit, made.rules, made.stage, made.parts, shape,
                result_bits, activation_bits,
            ).area_m2  # fmt: skip


@compiled
def _floorplan(circuit: Record, tile: int, pe: int, split: int, n_split: int) -> Floorplan:
    """Sides by their place among the candidates."""
    size = circuit.crossbar_size
    split_side = SMALLEST_PE * size << split if n_split > 0 else 0
    return Floorplan(
        SMALLEST_TILE * size << tile,
        SMALLEST_PE * size << pe,
        split_side,
        n_split,
        True,  # noqa: FBT003
    )


@compiled
def smallest(
    made: Made, layers: Layers, plans: Layers, area_parts_m2: NDArray[np.float64]
) -> Floorplan:
    """Place the layers on the floorplan that takes least area; on the first of several."""
    n_split = made.circuit.split_kernel**2 if made.circuit.is_novel else 0
    has_split = _split(layers, plans, n_split)
    best = _best_sides(made, Search(layers, plans, n_split if has_split else 0, area_parts_m2))
    place(layers, plans, made.circuit, best, len(layers))
    return best


@compiled
def _split(layers: Layers, plans: Layers, n_split: int) -> bool:
    """Mark the layers split by position, however few their channels; say whether there are any."""
    found = False
    for i in range(len(layers)):
        n_positions = layers[i].kernel_height * layers[i].kernel_width
        plans[i].is_split = n_split > 1 and n_positions == n_split
        found |= plans[i].is_split == 1
    return found


@compiled
def _best_sides(made: Made, search: Search) -> Floorplan:
    """The best candidate; those whose tiles alone take too much are not looked at."""
    best, least = _floorplan(made.circuit, 0, 0, 0, search.n_split), np.inf
    for split in range(N_SIDES if search.n_split > 0 else 1):
        split_m2 = _split_tile_m2(made, search, split)
        for tile in range(N_SIDES):
            for pe in range(tile + 1):
                floor = _floorplan(made.circuit, tile, pe, split, search.n_split)
                whole_m2 = made.stage.tiles_m2[tile, pe]
                if _tiles_m2(search, floor, whole_m2, split_m2) < least:
                    area = _area(made, search, floor, whole_m2, split_m2, least)
                    if area < least:
                        best, least = floor, area
    return best


@compiled
def _split_tile_m2(made: Made, search: Search, split: int) -> float:
    if search.n_split == 0:
        return 0.0
    n_cells = activation_bits = 0
    for i in range(len(search.layers)):
        n_cells = max(n_cells, search.plans[i].n_cells)
        activation_bits = max(activation_bits, search.layers[i].activation_bits)
    return build_tile(
        made.process, made.circuit, made.rules, made.stage, made.parts,
        split_shape(_floorplan(made.circuit, 0, 0, split, search.n_split)),
        bits_of_results(made.cell, made.circuit, n_cells, activation_bits), activation_bits,
    ).area_m2  # fmt: skip


@compiled
def _tiles_m2(search: Search, floor: Floorplan, whole_m2: float, split_m2: float) -> float:
    """Area of the tiles that hold every layer once."""
    total = 0.0
    for i in range(len(search.layers)):
        plan = search.plans[i]
        rows, side, tile_m2 = plan.n_rows, floor.tile_side, whole_m2
        if plan.is_split:
            rows, side, tile_m2 = search.layers[i].in_channels, floor.split_pe_side, split_m2
        total += ceil_div(rows, side) * ceil_div(plan.n_columns, side) * tile_m2
    return total


@compiled
def _area(
    made: Made, search: Search, floor: Floorplan, whole_m2: float, split_m2: float, least: float
) -> float:
    """Area of the chip; infinite if its tiles alone take the ``least`` that was found or more."""
    n, tiles_m2 = len(search.layers), 0.0
    place(search.layers, search.plans, made.circuit, floor, n)
    for i in range(n):
        plan = search.plans[i]
        n_tiles = plan.n_tile_rows * plan.n_tile_columns
        tiles_m2 += n_tiles * (split_m2 if plan.is_split else whole_m2)
    if tiles_m2 >= least:
        return np.inf
    chip = build_chip(
        made.process, made.cell, made.circuit, made.rules, made.stage, made.parts, search.layers,
        search.plans, floor, n,
    )  # fmt: skip
    return chip_area(
        made.circuit,
        made.rules,
        made.stage,
        made.parts,
        chip,
        search.plans,
        n,
        search.area_parts_m2,
    )
