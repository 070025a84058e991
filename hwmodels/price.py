"""The compiled entrances: the circuit stage and the price of designs, one by one in a loop."""

import math

import numpy as np
from numpy.typing import NDArray

from hwmodels.activity import Histogram
from hwmodels.chip_area import chip_area, layer_area
from hwmodels.chunks import layer_energy
from hwmodels.compiled import Record, compiled, entry
from hwmodels.components.bus import ChipBus, chip_bus
from hwmodels.crossbar import crossbar
from hwmodels.floorplan import lay_out, place, shape, widest
from hwmodels.inference import (
    Chip,
    add_global_cycles,
    add_global_energy,
    build_chip,
    build_parts,
    chip_tree,
)
from hwmodels.layer import CONVERTER, ENERGY_PARTS, tile_cycles, work
from hwmodels.leakage import idle_leakage, leakage_by_layer
from hwmodels.periphery import registers_and_adders
from hwmodels.smallest import Made, fill_tiles, smallest
from hwmodels.tile import Parts, Tile

FEASIBLE, CROSSBAR_TOO_LARGE, ACCESS_TOO_WIDE, BEYOND_FITS = range(4)
TOTALS = np.dtype(
    [
        (name, "f8")
        for name in [
            "area_m2",
            "latency_s",
            "dynamic_energy_j",
            "leakage_energy_j",
            "leakage_w",
            "period_s",
            "clock_hz",
            "n_tiles",
            "tile_side",
            "pe_side",
            "split_pe_side",
            "n_split_pes",
            "status",
        ]
    ]
)
KEY = np.dtype(
    [(name, "i8") for name in ["process", "cell", "circuit", "n_cells", "activation_bits"]]
)
DESIGN = np.dtype(
    [(name, "i8") for name in ["process", "cell", "circuit", "stage", "first_layer", "n_layers"]]
)
Table = NDArray[np.void]
Parted = NDArray[np.float64]
Sides = NDArray[np.int64]
LATENCY, ENERGY, LEAKAGE_POWER, LEAKAGE, AREA, N_SUMS = range(6)  # columns of a layer's sums


@entry
def stage_many(
    processes: Table, cells: Table, circuits: Table, rules: Record, keys: Table, stages: Table
) -> None:
    """Fill one record of the circuit stage for each key."""
    parts = _parts(processes, rules)
    for i in range(len(keys)):
        key, process, circuit = keys[i], processes[keys[i].process], circuits[keys[i].circuit]
        register, add = registers_and_adders(process, circuit.is_calibrated)
        crossbar(
            process, cells[key.cell], circuit, rules, register, add, key.n_cells,
            key.activation_bits, stages[i],
        )  # fmt: skip
        if not rules.fills_cells:
            made = Made(
                process, cells[key.cell], circuit, rules, stages[i],
                parts[key.process][1] if circuit.is_calibrated else parts[key.process][0],
            )  # fmt: skip
            fill_tiles(made, key.n_cells, key.activation_bits)


@compiled
def _parts(processes: Table, rules: Record) -> list[tuple[Parts, Parts]]:
    return [
        (build_parts(process, False, rules), build_parts(process, True, rules))  # noqa: FBT003
        for process in processes
    ]


@entry
def price_many(
    processes: Table, cells: Table, circuits: Table, rules: Record, stages: Table,
    histograms: Histogram, designs: Table, layers: Table, plans: Table, totals: Table,
    areas: Parted, layer_areas: Parted, energies: Parted, latencies: Parted, sums: Parted,
) -> None:  # fmt: skip
    """Price each design into ``totals``.

    The breakdowns ``areas`` (k, parts), ``layer_areas``, ``energies`` and ``latencies``
    (k, layers, parts) and ``sums`` (k, layers, 5) are kept for the first k designs; the rest share
    the last row.
    """
    n_most = energies.shape[1]
    parts = _parts(processes, rules)
    counts, one, trees = np.zeros((2, 2)), np.zeros(len(ENERGY_PARTS)), np.zeros((2, 2), np.int64)
    for i in range(len(designs)):
        design, k = designs[i], min(i, len(areas) - 1)
        first, n = design.first_layer, design.n_layers
        some, plan = layers[first : first + n], plans[k * n_most : k * n_most + n]
        process, cell, circuit = (
            processes[design.process], cells[design.cell], circuits[design.circuit],
        )  # fmt: skip
        plain, calibrated = parts[design.process]
        price(
            process, cell, circuit, rules, stages[design.stage],
            calibrated if circuit.is_calibrated else plain, histograms, some, plan, totals[i],
            areas[k], layer_areas[k], energies[k], latencies[k], sums[k], counts, one, trees,
        )  # fmt: skip


@compiled
def check(circuit: Record, rules: Record, stage: Record, plans: Table, n_layers: int) -> int:
    """Say why a design cannot be built, or that it can."""
    if rules.refuses_wide_access and stage.access_f_ratio > stage.cell_width_f_ratio:
        return ACCESS_TOO_WIDE
    if not rules.refuses_small_layers:
        return FEASIBLE
    split, whole = widest(plans[:n_layers], 1), widest(plans[:n_layers], 0)
    size = circuit.crossbar_size
    if (split and split < 2 * size) or (not split and whole < 4 * size):
        return CROSSBAR_TOO_LARGE
    return FEASIBLE


@compiled
def price(
    process: Record, cell: Record, circuit: Record, rules: Record, stage: Record, parts: Parts,
    histograms: Histogram, layers: Table, plans: Table, total: Record, area: Parted,
    layer_areas: Parted, energy: Parted, latency: Parted, sums: Parted, counts: Parted,
    one: Parted, trees: Sides,
) -> None:  # fmt: skip
    """Price one design, with every breakdown."""
    n = len(layers)
    for i in range(n):
        shape(layers[i], cell.cell_bits, rules.shrinks_feature_maps, plans[i])
    if rules.fills_cells:
        floor = lay_out(layers, plans, circuit, n)
        place(layers, plans, circuit, floor, n)
    else:
        made = Made(process, cell, circuit, rules, stage, parts)
        floor = smallest(made, layers, plans, area)
    total.status = check(circuit, rules, stage, plans, n)
    if total.status != FEASIBLE:
        _fill_nothing(total)
        return
    chip = build_chip(process, cell, circuit, rules, stage, parts, layers, plans, floor, n)
    halves = rules.halves_tree_lengths
    trees_of = (
        chip_tree(parts, chip, chip.whole, halves),
        chip_tree(parts, chip, chip.split, halves),
    )
    buses = _bus(parts, chip, chip.whole, halves), _bus(parts, chip, chip.split, halves)
    for i in range(n):
        tile = chip.split if plans[i].is_split else chip.whole
        tree = trees_of[1] if plans[i].is_split else trees_of[0]
        bus = buses[1] if plans[i].is_split else buses[0]
        job = work(circuit, rules, layers[i], plans[i], tile, chip.result_bits, chip.clock_hz)
        layer_energy(
            process, cell, circuit, rules, stage, parts, tile, job, plans[i],
            histograms[layers[i].histogram, cell.cell_bits - 1], layers[i].density_ratio, counts,
            one, energy[i],
        )  # fmt: skip
        tile_cycles(
            circuit, stage, parts, tile, job, layers[i].activation_bits,
            min(plans[i].n_rows, job.rows_per_tile),
            min(plans[i].n_columns, job.columns_per_tile), latency[i],
        )  # fmt: skip
        add_global_energy(circuit, parts, chip, tree, bus, layers[i], plans[i], energy[i])
        add_global_cycles(circuit, parts, chip, tree, bus, layers[i], plans[i], latency[i])
        latency[i] *= chip.cycle_s
        sums[i, LATENCY], sums[i, ENERGY] = latency[i].sum(), energy[i].sum()
        n_tiles = plans[i].n_tile_rows * plans[i].n_tile_columns
        sums[i, AREA] = layer_area(rules, stage, parts, tile, n_tiles, layer_areas[i])
    leakage_by_layer(circuit, rules, parts, chip, layers, plans, n, trees, sums[:, LEAKAGE_POWER])
    total.area_m2 = chip_area(circuit, rules, stage, parts, chip, plans, n, area)
    total.latency_s = sums[:n, LATENCY].max() if circuit.is_pipelined else sums[:n, LATENCY].sum()
    total.dynamic_energy_j = sums[:n, ENERGY].sum()
    leak(circuit, rules, stage, parts, chip, plans, sums, total, n)
    total.period_s, total.clock_hz, total.n_tiles = stage.period_s, chip.clock_hz, chip.n_tiles
    total.tile_side, total.pe_side = floor.tile_side, floor.pe_side
    total.split_pe_side, total.n_split_pes = floor.split_pe_side, floor.n_split_pes
    if not is_sound(total, energy, n):
        total.status = BEYOND_FITS
        _fill_nothing(total)


@compiled
def is_sound(total: Record, energies: Parted, n_layers: int) -> bool:
    """Whether all figures are what a chip can have: positive numbers."""
    figures = total.area_m2 + total.latency_s + total.dynamic_energy_j + total.leakage_energy_j
    least = min(total.area_m2, total.latency_s, total.dynamic_energy_j)
    for i in range(n_layers):
        if energies[i, CONVERTER] < 0:  # a fit that is left; V1.4 may well give buses less than 0
            return False
    return bool(np.isfinite(figures) and least > 0 and total.leakage_energy_j >= 0)


@compiled
def _bus(parts: Parts, chip: Chip, tile: Tile, halves: bool) -> ChipBus:  # noqa: FBT001
    side = math.sqrt(tile.area_m2)
    return chip_bus(parts.relaxed, chip.n_rows, chip.n_columns, side, not halves)


@compiled
def _fill_nothing(total: Record) -> None:
    total.area_m2 = total.latency_s = total.leakage_w = np.nan
    total.dynamic_energy_j = total.leakage_energy_j = np.nan


@compiled
def leak(
    circuit: Record, rules: Record, stage: Record, parts: Parts, chip: Chip, plans: Table,
    sums: Parted, total: Record, n_layers: int,
) -> None:  # fmt: skip
    """Leakage energy of each layer and in all.

    A chip that excuses busy tiles charges a layer's own tiles with idle SRAM cells only.
    """
    total.leakage_w = 0.0
    for i in range(n_layers):
        total.leakage_w += plans[i].n_tile_rows * plans[i].n_tile_columns * sums[i, LEAKAGE_POWER]
    if not rules.excuses_busy_tiles:
        total.leakage_w += idle_leakage(parts, chip, circuit, rules)
        total.leakage_energy_j = total.leakage_w * total.latency_s
        for i in range(n_layers):
            share = sums[i, LATENCY] / sums[:n_layers, LATENCY].sum()
            sums[i, LEAKAGE] = share * total.leakage_energy_j
        return
    slowest, rate = 0.0, 0.0
    for i in range(n_layers):
        tile = chip.split if plans[i].is_split else chip.whole
        own = plans[i].n_tile_rows * plans[i].n_tile_columns
        busy = tile.shape.n_pes * tile.pe.n_side**2 * stage.busy_leakage_w
        idle, time = sums[i, LEAKAGE_POWER], sums[i, LATENCY]
        if circuit.is_pipelined:
            slowest = max(slowest, time)
            sums[i, LEAKAGE] = own * (idle * (slowest - time) + busy * time) / slowest
        else:
            sums[i, LEAKAGE] = time * ((chip.n_tiles - own) * idle + own * busy)
        rate += sums[i, LEAKAGE]
    total.leakage_energy_j = rate
    if circuit.is_pipelined:
        sums[:n_layers, LEAKAGE] *= slowest
        total.leakage_w, total.leakage_energy_j = rate, rate * slowest
