"""Standby power of one chip: of the tiles of each layer, and of what there is once."""

import numpy as np
from numpy.typing import NDArray

from hwmodels.compiled import Record, compiled
from hwmodels.floorplan import Layers, ceil_div
from hwmodels.inference import Chip, chip_tree
from hwmodels.layer import Work, work
from hwmodels.tile import Parts, Tile, pe_tree, tile_tree


@compiled
def _last_chunk(n: int, side: int) -> int:
    return n - side * (ceil_div(n, side) - 1)


@compiled
def _used_tree_inputs(circuit: Record, tile: Tile, job: Work, plan: Record) -> tuple[int, int]:
    """Inputs of PE and tile trees as the last PE of a layer leaves them; -1 leaves them alone."""
    last = _last_chunk(plan.n_rows, job.rows_per_tile)
    rows = last
    if job.is_split:
        rows = last // tile.shape.n_pes
    elif not job.is_full:
        rows = _last_chunk(last, tile.shape.pe_side)
    pe_inputs = ceil_div(rows, circuit.crossbar_size) if job.has_pe_tree else -1
    tile_inputs = tile.shape.n_inputs
    if job.is_full:
        tile_inputs = -1
    elif job.is_partial:
        pe_rows = ceil_div(last, tile.shape.pe_side)
        tile_inputs = pe_rows if pe_rows > 1 else -1
    return pe_inputs, tile_inputs


@compiled
def _tile_leakage(parts: Parts, chip: Chip, tile: Tile, pe_inputs: int, tile_inputs: int) -> float:
    pe_w = tile.pe.leakage_w + pe_tree(parts, tile, chip.result_bits, pe_inputs).leakage_w
    return tile.shape.n_pes * pe_w + tile_tree(parts, tile, tile_inputs).leakage_w + tile.leakage_w


@compiled
def _full_leakage(parts: Parts, chip: Chip, tile: Tile) -> float:
    return _tile_leakage(parts, chip, tile, tile.pe.n_side, tile.shape.n_inputs)


@compiled
def leakage_by_layer(
    circuit: Record, rules: Record, parts: Parts, chip: Chip, layers: Layers, plans: Layers,
    n_layers: int, trees: NDArray[np.int64], out: NDArray[np.float64],
) -> None:  # fmt: skip
    """Standby power of a tile of each layer, W; ``trees`` (2, 2) remembers what was used last."""
    if not rules.leaks_last_tree:
        whole, split = (
            _full_leakage(parts, chip, chip.whole),
            _full_leakage(parts, chip, chip.split),
        )
        for i in range(n_layers):
            out[i] = split if plans[i].is_split else whole
        return
    trees[:] = 0
    for _ in range(2):  # the published tool evaluates every layer twice
        for i in range(n_layers):
            kind = plans[i].is_split
            tile = chip.split if kind else chip.whole
            job = work(circuit, rules, layers[i], plans[i], tile, chip.result_bits, chip.clock_hz)
            used = _used_tree_inputs(circuit, tile, job, plans[i])
            for level in range(2):
                if used[level] >= 0:
                    trees[kind, level] = used[level]
            out[i] = _tile_leakage(parts, chip, tile, trees[kind, 0], trees[kind, 1])


@compiled
def idle_leakage(parts: Parts, chip: Chip, circuit: Record, rules: Record) -> float:
    """Standby power of the chip's buffer and H-tree, W."""
    total = chip.buffer.n_cores * chip.buffer.leakage_w
    total += chip.potentials.n_cores * chip.potentials.leakage_w
    if not circuit.is_bus:
        tile = chip.split if chip.split.area_m2 > chip.whole.area_m2 else chip.whole
        total += chip_tree(parts, chip, tile, rules.halves_tree_lengths).leakage_w
    return total
