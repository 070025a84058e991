"""Buses: between the arrays of a processing element, and across the chip."""

import math
from typing import NamedTuple

from hwmodels.compiled import compiled
from hwmodels.components.wire import Wire, delay_per_m
from hwmodels.layout import LAYOUT


class ChipBus(NamedTuple):
    """An XY bus over a grid of tiles: delay and energy per bit in each direction."""

    x_delay_s: float
    y_delay_s: float
    x_energy_j_per_bit: float
    y_energy_j_per_bit: float


@compiled
def chip_bus(
    wire: Wire,
    n_rows: int,
    n_columns: int,
    tile_m: float,
    is_consistent: bool,  # noqa: FBT001
) -> ChipBus:
    """Distances from the buffer to the mean tile; the whole grid decides the wire's width.

    A grid of one row has a negative vertical way, whose energy keeps its sign in DNN+NeuroSim and
    is none where ``is_consistent``.
    """
    x_m = tile_m * math.ceil(n_columns / 2)
    y_m = tile_m * (n_rows - math.ceil(n_rows / 2) - 1)
    if is_consistent:
        y_m = max(y_m, 0.0)
    x_s = delay_per_m(wire, n_columns * tile_m) * x_m
    y_s = max(delay_per_m(wire, n_rows * tile_m) * y_m, 0.0)
    return ChipBus(x_s, y_s, wire.energy_j_per_m * x_m, wire.energy_j_per_m * y_m)


@compiled
def chip_bus_area(
    wire: Wire, n_rows: int, n_columns: int, tile_m: float, n_lanes: float, cell_height_m: float
) -> float:
    """Area of the lanes along every row and column of the grid, m2."""
    lanes = n_lanes / LAYOUT.n_chip_bus_folds * tile_m
    return lanes * (wire.lane_width_m * n_rows + cell_height_m * n_columns)
