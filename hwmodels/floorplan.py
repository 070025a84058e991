"""Sides of tiles and PEs for a network, and how often each layer is copied onto them."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hwmodels.compiled import Record, compiled

Layers = NDArray[np.void]
SMALLEST_TILE, SMALLEST_PE = 4, 2  # in crossbars
N_SIDES = 5  # of either that the search for the smallest chip tries, each twice the one before

LAYER = np.dtype(
    [
        *(
            (name, "i8")
            for name in [
                "in_height",
                "in_width",
                "in_channels",
                "kernel_height",
                "kernel_width",
                "out_channels",
                "is_pooled",
                "stride",
                "weight_bits",
                "activation_bits",
                "timesteps",
                "is_spiking",
                "histogram",
            ]
        ),
        ("density_ratio", "f8"),
    ]
)
PLAN = np.dtype(
    [
        (name, "i8")
        for name in [
            "n_rows",
            "n_columns",
            "n_cells",
            "n_vectors",
            "is_split",
            "row_copies",
            "column_copies",
            "n_tile_rows",
            "n_tile_columns",
        ]
    ]
)


class Floorplan(NamedTuple):
    """Sides in cells: of a tile and its PEs, and of the PEs of kernel-split tiles.

    ``n_split_pes`` is 0 where no layer is split by kernel position.
    """

    tile_side: int
    pe_side: int
    split_pe_side: int
    n_split_pes: int
    has_whole: bool

    @property
    def has_split(self) -> bool:
        """Whether some layer is split by kernel position."""
        return self.n_split_pes > 0


@compiled
def power_of_two(n: int) -> int:
    """The smallest power of two not below n."""
    power = 1
    while power < n:
        power *= 2
    return power


@compiled
def ceil_div(a: int, b: int) -> int:
    """A / b, rounded up."""
    return -(-a // b)


@compiled
def shape(layer: Record, cell_bits: int, shrinks: bool, plan: Record) -> None:  # noqa: FBT001
    """Rows, columns and input vectors of one layer, over all timesteps."""
    plan.n_rows = layer.in_channels * layer.kernel_height * layer.kernel_width
    plan.n_cells = ceil_div(layer.weight_bits, cell_bits)
    plan.n_columns = layer.out_channels * plan.n_cells
    if shrinks:
        height = max(layer.in_height - layer.kernel_height + 1, 1) / layer.stride
        width = max(layer.in_width - layer.kernel_width + 1, 1) / layer.stride
        plan.n_vectors = max(int(height * width), 1)  # where V1.4 would count none: assumed
    else:
        height = ceil_div(layer.in_height, layer.stride)
        plan.n_vectors = height * ceil_div(layer.in_width, layer.stride)
    plan.n_vectors *= layer.timesteps


@compiled
def common_kernel(layers: Layers) -> int:
    """Positions of the kernel larger than 1x1 that most layers have; 0 if there is none."""
    best, best_count = 0, 0
    for layer in layers:
        positions, count = layer.kernel_height * layer.kernel_width, 0
        for other in layers:
            count += other.kernel_height * other.kernel_width == positions
        if positions != 1 and count > best_count:
            best, best_count = positions, count
    return best


@compiled
def lay_out(layers: Layers, plans: Layers, circuit: Record, n_layers: int) -> Floorplan:
    """Choose the sides that use the cells best, and copy layers into what stays empty."""
    size = circuit.crossbar_size
    n_split = common_kernel(layers[:n_layers]) if circuit.is_novel else 0
    has_whole = has_split = False
    for i in range(n_layers):
        positions = layers[i].kernel_height * layers[i].kernel_width
        plans[i].is_split = n_split > 0 and positions == n_split and plans[i].n_rows >= size
        has_split |= plans[i].is_split == 1
        has_whole |= plans[i].is_split == 0
    n_split = n_split if has_split else 0
    split_side = _split_pe_side(layers[:n_layers], plans, size, n_split) if has_split else 0
    tile, use = _tile_side(plans[:n_layers], size)
    pe = _pe_side(plans[:n_layers], size, tile, use)
    return Floorplan(tile, pe, split_side, n_split, has_whole)


@compiled
def widest(plans: Layers, is_split: int) -> int:
    """Columns of the widest layer of one kind, rounded up to a power of two."""
    columns = 0
    for plan in plans:
        if plan.is_split == is_split:
            columns = max(columns, power_of_two(plan.n_columns))
    return columns


@compiled
def _split_pe_side(layers: Layers, plans: Layers, size: int, n_split: int) -> int:
    side = start = max(widest(plans[: len(layers)], 1), SMALLEST_PE * size)
    best = 0.0
    while side > SMALLEST_PE * size:
        cells, n_tiles = 0.0, 0
        for i in range(len(layers)):
            if plans[i].is_split:
                cells += plans[i].n_rows * plans[i].n_columns
                n_tiles += ceil_div(layers[i].in_channels, side) * ceil_div(
                    plans[i].n_columns, side
                )
        use = cells / (n_tiles * float(side) ** 2 * n_split)
        if use > best:
            best, start = use, side
        side //= 2
    return start


@compiled
def _tile_side(plans: Layers, size: int) -> tuple[int, float]:
    side = chosen = max(widest(plans, 0), SMALLEST_TILE * size)
    best = 0.0
    while side > SMALLEST_TILE * size:
        cells, n_tiles = 0.0, 0
        for plan in plans:
            if not plan.is_split:
                cells += plan.n_rows * plan.n_columns
                n_tiles += ceil_div(plan.n_rows, side) * ceil_div(plan.n_columns, side)
        use = cells / (n_tiles * float(side) ** 2)
        if use > best:
            best, chosen = use, side
        side //= 2
    return chosen, best


@compiled
def _pe_copies(plan: Record, tile: int, pe: int) -> tuple[int, int]:
    if plan.n_rows > tile and plan.n_columns > tile:
        return 1, 1
    side = ceil_div(tile, pe)
    rows = max(1, side // ceil_div(plan.n_rows, pe))
    return rows, max(1, side // ceil_div(plan.n_columns, pe))


@compiled
def _pe_side(plans: Layers, size: int, tile: int, best: float) -> int:
    side = chosen = tile // 2
    while side > SMALLEST_PE * size:
        cells, n_tiles = 0.0, 0
        for plan in plans:
            if not plan.is_split:
                rows, columns = _pe_copies(plan, tile, side)
                cells += float(rows * columns) * plan.n_rows * plan.n_columns
                n_tiles += ceil_div(plan.n_rows, tile) * ceil_div(plan.n_columns, tile)
        if n_tiles > 0:
            use = cells / (n_tiles * float(tile) ** 2)
            if use > best:
                best, chosen = use, side
        side //= 2
    return chosen


@compiled
def place(layers: Layers, plans: Layers, circuit: Record, floor: Floorplan, n_layers: int) -> None:
    """Count tiles and copies of every layer."""
    first, smallest = layers[0].in_height, layers[0].in_height
    for i in range(n_layers):
        if layers[i].kernel_height != 1:
            smallest = min(smallest, layers[i].in_height)
    degree = max(min(circuit.speedup_degree, first // smallest), 1)
    for i in range(n_layers):
        _place_layer(layers[i], plans[i], circuit, floor)
        if circuit.is_pipelined:
            bound = ceil_div(first, degree)
            wanted = math.ceil((layers[i].in_height / bound) ** 2)
            extra = ceil_div(wanted, plans[i].row_copies * plans[i].column_copies)
            plans[i].n_tile_rows *= extra
            plans[i].row_copies *= extra


@compiled
def _place_layer(layer: Record, plan: Record, circuit: Record, floor: Floorplan) -> None:
    rows, tile, pe = plan.n_rows, floor.tile_side, floor.pe_side
    row_copies = column_copies = 1
    if plan.is_split:
        rows, tile, pe = layer.in_channels, floor.split_pe_side, floor.split_pe_side
    else:
        row_copies, column_copies = _pe_copies(plan, tile, pe)
    plan.n_tile_rows, plan.n_tile_columns = ceil_div(rows, tile), ceil_div(plan.n_columns, tile)
    if rows <= pe or plan.n_columns <= pe:
        side = pe // circuit.crossbar_size
        row_copies *= max(1, side // ceil_div(rows, circuit.crossbar_size))
        column_copies *= max(1, side // ceil_div(plan.n_columns, circuit.crossbar_size))
    plan.row_copies, plan.column_copies = row_copies, column_copies
