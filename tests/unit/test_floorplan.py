"""Tiles, PEs and copies of small networks, counted by hand."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from hwmodels.batch import Batch, Prices, estimate_many
from hwmodels.chip import Circuit
from hwmodels.devices import load_device
from hwmodels.floorplan import LAYER, PLAN, ceil_div, common_kernel, power_of_two, shape
from hwmodels.rules import PHYSICAL, RULES
from hwmodels.tables import empty
from hwmodels.workload import LayerWork, Workload

DEVICE = load_device("rram_4b_zhao_iedm_2017")
FILLED = "physical, filled as NeuroSim's"


@pytest.fixture(autouse=True)
def filled(monkeypatch: pytest.MonkeyPatch) -> None:
    """NeuroSim's search for sides, without its other quirks."""
    monkeypatch.setitem(RULES, FILLED, replace(PHYSICAL, fills_cells=True))


def layer(
    side: int, n_in: int, kernel: int, n_out: int, stride: int = 1, bits: int = 4
) -> LayerWork:
    return LayerWork("layer", side, side, n_in, kernel, kernel, n_out, False, stride, bits, 4)  # noqa: FBT003


def planned(*layers: LayerWork, model: str = FILLED, **settings: Any) -> Prices:
    circuit = Circuit(
        **{"crossbar_size": 32, "converter_bits": 4, "columns_per_converter": 8} | settings
    )
    batch = Batch.product(["cmos_32nm_lstp"], [DEVICE], [circuit], [Workload(layers)])
    return estimate_many(batch, model)


def sides(prices: Prices) -> tuple[int, int]:
    return int(prices.totals[0].tile_side), int(prices.totals[0].pe_side)


def tiles(prices: Prices) -> list[tuple[int, int]]:
    return [(int(plan.n_tile_rows), int(plan.n_tile_columns)) for plan in prices.plans[0]]


def copies(prices: Prices) -> list[tuple[int, int]]:
    return [(int(plan.row_copies), int(plan.column_copies)) for plan in prices.plans[0]]


def test_powers_and_quotients_are_rounded_up() -> None:
    assert [power_of_two(n) for n in (1, 2, 3, 64, 65)] == [1, 2, 4, 64, 128]
    assert [ceil_div(n, 4) for n in (1, 4, 5, 8)] == [1, 1, 2, 2]


@pytest.mark.parametrize(
    ("side", "kernel", "stride", "padded", "shrunk"),
    [
        (32, 3, 1, 32 * 32, 30 * 30),
        (32, 3, 2, 16 * 16, 15 * 15),
        (7, 3, 2, 4 * 4, 6),  # trunc(2.5 * 2.5)
        (8, 1, 1, 64, 64),
        (2, 3, 1, 4, 1),  # a kernel larger than its map: one position
    ],
)
def test_a_feature_map_keeps_its_side_unless_convolutions_shrink_it(
    side: int, kernel: int, stride: int, padded: int, shrunk: int
) -> None:
    row, plan = empty(LAYER, 1)[0], empty(PLAN, 1)[0]
    row.in_height = row.in_width = side
    row.kernel_height = row.kernel_width = kernel
    row.stride, row.in_channels, row.out_channels, row.weight_bits = stride, 5, 6, 9
    for timesteps in (1, 3):
        row.timesteps = timesteps
        for shrinks, n in ((False, padded), (True, shrunk)):
            shape(row, 4, shrinks, plan)
            assert plan.n_vectors == timesteps * n
    assert (plan.n_rows, plan.n_cells, plan.n_columns) == (5 * kernel**2, 3, 18)


def test_a_tile_holds_four_crossbars_a_side_at_least_and_a_pe_two() -> None:
    assert sides(planned(layer(4, 8, 1, 8))) == (128, 64)


def test_copies_of_a_small_layer_fill_pes_and_crossbars() -> None:
    """8 x 8 cells: 2 x 2 PEs a tile, 2 x 2 crossbars a PE, one layer in each."""
    found = planned(layer(4, 8, 1, 8))
    assert tiles(found) == [(1, 1)]
    assert copies(found) == [(4, 4)]


def test_a_layer_that_fills_a_row_of_crossbars_is_copied_below_itself() -> None:
    """128 columns take both PEs and both crossbars of a row; 8 rows leave three other rows."""
    assert copies(planned(layer(4, 8, 1, 128))) == [(4, 1)]
    assert copies(planned(layer(4, 8, 1, 64))) == [(4, 2)]
    assert copies(planned(layer(4, 33, 1, 64))) == [(2, 2)]


def test_tiles_cover_what_does_not_fit_one() -> None:
    found = planned(layer(4, 300, 1, 128))
    assert sides(found) == (128, 64)
    assert tiles(found) == [(3, 1)]  # ceil(300 / 128)
    assert found.totals[0].n_tiles == 3


def test_the_best_used_side_is_taken_and_the_larger_one_on_a_tie() -> None:
    """512 columns: 512 x 512 cells use one tile of 512 as well as four of 256."""
    assert sides(planned(layer(4, 512, 1, 512)))[0] == 512
    assert sides(planned(layer(4, 128, 1, 512)))[0] == 256  # a quarter, half; 128 is not tried
    assert sides(planned(layer(4, 300, 1, 512))) == (512, 256)  # 300 of 512 rows, both ways


def test_weights_of_more_cells_take_more_columns() -> None:
    four, five = (planned(layer(4, 128, 1, 128, bits=bits)) for bits in (4, 5))
    assert (four.plans[0, 0].n_columns, five.plans[0, 0].n_columns) == (128, 256)


def test_the_kernel_that_most_layers_have_is_split() -> None:
    rows = empty(LAYER, 5)
    for kernels, n_positions in (
        ((1, 1, 1, 3, 5), 9),  # 1x1 has nothing to split; the first of two wins
        ((1, 1, 5, 5, 3), 25),
        ((1, 1, 1, 1, 1), 0),
    ):
        rows.kernel_height = rows.kernel_width = np.array(kernels)
        assert common_kernel(rows) == n_positions


def test_a_split_layer_has_a_pe_for_every_position_of_its_kernel() -> None:
    found = planned(layer(8, 64, 3, 64), layer(8, 64, 1, 64), mapping="novel")
    total, plans = found.totals[0], found.plans[0]
    assert (total.n_split_pes, total.split_pe_side) == (9, 64)
    assert plans.is_split.tolist() == [1, 0]
    assert tiles(found) == [(1, 1), (1, 1)]
    assert copies(found) == [(1, 1), (2, 2)]


def test_a_layer_of_fewer_rows_than_a_crossbar_is_not_split() -> None:
    found = planned(layer(8, 3, 3, 64), layer(8, 64, 3, 64), mapping="novel")
    assert found.plans[0].is_split.tolist() == [0, 1]
    alone = planned(layer(8, 3, 3, 64), mapping="novel")
    assert alone.totals[0].n_split_pes == 0


def test_a_pipeline_copies_tiles_of_the_layers_that_see_more_positions() -> None:
    """First side 16, smallest 4: at most 4 times as fast, so 4 positions a side wait.

    The first layer wants (16 / 4)^2 = 16 copies; its tile holds 4, so it takes 4 tiles.
    """
    some = layer(16, 128, 3, 64), layer(4, 64, 3, 64)
    plain, fast = planned(*some), planned(*some, is_pipelined=True)
    held = [rows * columns for rows, columns in copies(plain)]
    extra = [ceil_div(16, held[0]), 1]
    assert tiles(fast) == [
        (rows * n, columns) for (rows, columns), n in zip(tiles(plain), extra, strict=True)
    ]
    assert copies(fast) == [
        (rows * n, columns) for (rows, columns), n in zip(copies(plain), extra, strict=True)
    ]


@pytest.mark.parametrize(("degree", "wanted"), [(1, 1), (2, 4), (3, 8), (8, 16)])
def test_a_pipeline_is_no_faster_than_asked(degree: int, wanted: int) -> None:
    """Sides 16 and 4; degree 3: 6 positions a side wait, ceil((16 / 6)^2) = 8."""
    some = layer(16, 1200, 3, 128), layer(4, 64, 3, 64)
    fast = planned(*some, is_pipelined=True, speedup_degree=degree)
    assert copies(fast)[0] == (wanted, 1)


def test_a_model_may_refuse_what_another_builds() -> None:
    refused = planned(layer(4, 64, 1, 64), model="neurosim-1.4")
    assert "should fill four" in refused.reason(0)
    assert planned(layer(4, 64, 1, 65), model="neurosim-1.4").reason(0) == ""
    assert planned(layer(4, 64, 1, 64)).reason(0) == ""
