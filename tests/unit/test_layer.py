"""Small parts of one layer's time and energy, by hand."""

from typing import Any

import pytest

from hwmodels import crossbar
from hwmodels.chip import Circuit
from hwmodels.components.bus import chip_bus
from hwmodels.components.htree import htree
from hwmodels.components.wire import Wire
from hwmodels.layer import Work, shift_cycles
from hwmodels.tables import circuit_table, empty

WIRE = Wire(1e-9, 2e-9, 4e-9, 1e-13, 1e-6, 1e-6, 32e-9)  # 1 ns/m up to 0.32 mm, then 2


def shifts(shared: int, n_cells: int, n_rounds: int, add_s: tuple[float, float]) -> float:
    """Cycles at 1 GHz that shift-and-add takes beyond reading the columns."""
    stage = empty(crossbar.RECORD, 1)[0]
    stage.weight_add_s, stage.input_add_s = add_s
    job = Work(0, n_rounds, 1, 1, 1, n_cells, 1.0, 1e9, *[False] * 3, 1, 1, *[False] * 2, 1, 1)
    circuit: Any = circuit_table([Circuit(64, 4, shared)])[0]
    return float(shift_cycles(circuit, stage, job, 8))


@pytest.mark.parametrize(
    ("shared", "n_cells", "n_rounds", "ns", "cycles"),
    [
        (8, 2, 4, (0.9, 0.9), 0),  # adds of a cycle hide behind the next column
        (8, 2, 4, (2.5, 0.9), 4 * 1 * (3 - 1)),  # four results of two columns, one add each
        (8, 2, 4, (0.9, 2.5), 4 * 3 - 8),  # four adds over inputs begin with the columns
        (8, 2, 4, (2.5, 4.5), 8 + (4 * 5 - (8 + 8))),  # ... and with the adds over weights
        (8, 8, 1, (1.5, 0.9), 7),  # one result: seven adds of two cycles, a column hides one each
        (
            1,
            8,
            1,
            (1.5, 0.9),
            7 * 2 - 1,
        ),  # a converter each: there is but one column to hide behind
        (1, 8, 1, (0.9, 0.9), 7 - 1),
        (1, 8, 0, (1.5, 0.9), 0),  # Q13: no add at all
    ],
)
def test_an_addition_hides_behind_the_reading_of_a_column(
    shared: int, n_cells: int, n_rounds: int, ns: tuple[float, float], cycles: float
) -> None:
    assert shifts(shared, n_cells, n_rounds, (ns[0] * 1e-9, ns[1] * 1e-9)) == cycles


@pytest.mark.parametrize("n_rows", [1, 2, 3, 4, 5])
def test_no_way_along_a_consistent_bus_is_negative(n_rows: int) -> None:
    bus = chip_bus(WIRE, n_rows, 4, 1e-4, True)  # noqa: FBT003
    assert bus.x_energy_j_per_bit == pytest.approx(2 * 1e-4 * 1e-13)
    assert bus.y_energy_j_per_bit == pytest.approx([0, 0, 0, 1, 1][n_rows - 1] * 1e-4 * 1e-13)
    assert bus.y_delay_s >= 0


def test_one_row_of_tiles_gains_energy_where_the_published_tool_has_it_gain() -> None:
    bus = chip_bus(WIRE, 1, 4, 1e-4, False)  # noqa: FBT003
    assert bus.y_energy_j_per_bit == pytest.approx(-1e-4 * 1e-13)
    assert bus.y_delay_s == 0
    assert bus.x_delay_s == pytest.approx(2 * 1e-4 * 2e-9)  # four tiles: 0.4 mm, a wide wire


def test_an_h_tree_over_four_leaves_halves_twice() -> None:
    """Sides of 0.1 mm: segments of 0.2 and 0.1 mm both ways, a trunk of 0.2 mm."""
    tree = htree(WIRE, 4, 1e-4, 8.0, 4.0, 1e-6, True)  # noqa: FBT003
    assert tree.delay_s == pytest.approx((2 * 0.2 + 2 * 0.1 + 0.2) * 1e-3 * 1e-9)
    assert tree.energy_j_per_bit == pytest.approx((2 * 0.2 + 2 * 0.1 + 0.2) * 1e-3 * 1e-13)
    assert tree.leakage_w == pytest.approx(8 * (2 * 0.2 + 0.2) * 1e-3 * 1e-6)
    # lanes / folds * (trunk x cell height + stage 1: 4 / 2^3 x (leaf x lane + leaf x cell height))
    assert tree.area_m2 == pytest.approx(8 / 4 * (0.2e-3 * 1e-6 + 0.5 * 2 * 1e-4 * 1e-6))


def test_the_published_tool_halves_energy_and_shortens_a_single_leaf() -> None:
    four, one = (htree(WIRE, n, 1e-4, 8.0, 4.0, 1e-6, False) for n in (4, 1))  # noqa: FBT003
    assert four.energy_j_per_bit == pytest.approx((0.2 + 0.1 + 0.2) * 1e-3 * 1e-13)
    assert four.leakage_w == pytest.approx(8 * (0.2 + 0.2) * 1e-3 * 1e-6)
    assert one.energy_j_per_bit == pytest.approx(-0.5 * 1e-4 * 1e-13)
    assert one.delay_s == 0


def test_a_single_leaf_needs_no_h_tree() -> None:
    assert htree(WIRE, 1, 1e-4, 8.0, 4.0, 1e-6, True) == (0, 0, 0, 0)  # noqa: FBT003
