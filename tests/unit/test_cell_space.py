import numpy as np
import pytest
from cells import cell_settings, costs_of

from envs.cell_space import CellSpace, sizes_of
from snn.cells import Cell

ODD = cell_settings(operations="snasnet", has_feedback=True, are_cells_alike=True)


def test_a_decision_is_the_operation_of_an_edge() -> None:
    space = CellSpace.of(cell_settings()).space()
    assert [one.name for one in space.decisions][:7] == [
        "cell1.c01", "cell1.c02", "cell1.c03", "cell1.c12", "cell1.c13", "cell1.c23", "cell2.c01",
    ]  # fmt: skip
    assert set(space.n_choices) == {3}


def test_choices_make_the_cells_they_name() -> None:
    cells = CellSpace.of(cell_settings())
    actions = (1, 0, 2, 0, 0, 1, 0, 0, 1, 1, 2, 0)
    network = cells.network(cells.space().decode(actions))
    assert [cell.codes("neuronas") for cell in network.cells] == [actions[:6], actions[6:]]


def test_cells_alike_have_one_vector() -> None:
    cells = CellSpace.of(cell_settings(are_cells_alike=True, n_cells=3))
    choices = cells.space().decode((1, 0, 0, 1, 0, 1))
    assert cells.network(choices).cells == (Cell.of((1, 0, 0, 1, 0, 1), "neuronas"),) * 3


def test_an_edge_may_point_back() -> None:
    cells = CellSpace.of(ODD)
    choices = {f"cells.{name}": "zeroize" for name in ("c01", "c02", "c12", "c13", "c23")}
    network = cells.network(choices | {"cells.c03": "skip", "cells.c13": "conv3x3<"})
    assert network.cells[0].by_edge[3, 1] == "conv3x3"
    assert network.cells[0].by_edge[1, 3] == "zeroize"


def test_a_cell_that_lets_nothing_through_is_named() -> None:
    cells = CellSpace.of(cell_settings(operations="snasnet"))
    choices = dict.fromkeys((one.name for one in cells.space().decisions), "skip")
    choices |= {f"cell2.{name}": "zeroize" for name in ("c03", "c13", "c23")}
    with pytest.raises(ValueError, match=r"^cell2: nothing gets through"):
        cells.network(choices)


@pytest.mark.parametrize(
    "settings",
    [
        cell_settings(),
        cell_settings(n_cells=1, operations="bench"),
        cell_settings(n_cells=3, operations="spikenas_2o"),
        cell_settings(operations="snasnet"),
        ODD,
    ],
)
def test_sizes_count_every_design_once(settings: object) -> None:
    cells = CellSpace.of(settings)  # type: ignore[arg-type]
    found = list(cells.all_sizes())
    assert sum(n for _, n in found) == cells.n_designs()
    assert len({sizes for sizes, _ in found}) == len(found)


@pytest.mark.parametrize("model", ["neuronas", "ela", "spikesim-ela"])
@pytest.mark.parametrize("settings", [cell_settings(operations="snasnet"), ODD])
def test_networks_with_the_same_convolutions_cost_the_same(settings: object, model: str) -> None:
    costs = costs_of(settings, model)  # type: ignore[arg-type]
    random, n = np.random.default_rng(0), 0
    space = costs.cells.space()
    while n < 20:
        try:
            network = costs.cells.network(space.decode(space.sample(random)))
        except ValueError:
            continue  # nothing gets through
        n += 1
        assert costs.prices(sizes_of(network)) == pytest.approx(costs.priced(network), rel=1e-12)
        assert costs.sizes(network) == costs.sizes(costs.cells.network_of(sizes_of(network)))


def test_the_ends_of_a_space_are_its_lightest_and_heaviest_networks() -> None:
    costs = costs_of(cell_settings())
    n_parameters = [costs.all_of(sizes)["n_parameters"] for sizes, _ in costs.cells.all_sizes()]
    ends = (costs.cells.uniform(costs.cells.lightest), costs.cells.uniform(costs.cells.heaviest))
    assert [costs.sizes(one)["n_parameters"] for one in ends] == [
        min(n_parameters), max(n_parameters)
    ]  # fmt: skip
    assert n_parameters[0] == min(n_parameters)
