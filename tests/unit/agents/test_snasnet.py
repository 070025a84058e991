import numpy as np
import pytest
from cells import cell_settings

from agents.base import AgentError
from agents.snasnet import SnasnetSearch
from envs.cell_space import CellSpace
from snn.cells import EDGES, NOTHING, Cell

ALIKE = {"operations": "snasnet", "are_cells_alike": True}


def drawn(n: int, **changes: object) -> list[Cell]:
    cells = CellSpace.of(cell_settings(**ALIKE | changes))
    agent, space = SnasnetSearch(cells.space(), n, 50, 0), cells.space()
    found = []
    while proposals := agent.ask(50):
        assert all(space.contains(actions) for actions in proposals)
        found += [cells.network(space.decode(actions)).cells[0] for actions in proposals]
    assert len(found) == n
    return found


def test_it_ends_after_its_draws() -> None:
    drawn(70)


@pytest.mark.parametrize("has_feedback", [False, True])
def test_every_cell_has_something_straight_from_the_input_to_the_output(
    *, has_feedback: bool
) -> None:
    assert all(cell.by_edge[0, 3] != NOTHING for cell in drawn(200, has_feedback=has_feedback))


def test_edges_of_nodes_that_nothing_comes_of_are_empty() -> None:
    cells = drawn(300)
    assert all(cell == cell.pruned() for cell in cells)
    assert any(cell.operations[1] == NOTHING for cell in cells)


def test_operations_are_drawn_evenly_where_nothing_is_pruned() -> None:
    shortcuts = [cell.by_edge[0, 3] for cell in drawn(4000)]
    names, counts = np.unique(shortcuts, return_counts=True)
    assert set(names) == {"skip", "conv1x1", "conv3x3", "avgpool3x3"}
    assert np.abs(counts / 4000 - 0.25).max() < 0.03


def test_with_feedback_half_of_the_pairs_point_back() -> None:
    cells = drawn(2000, has_feedback=True)
    whole = [cell for cell in cells if len(cell.live_edges) >= len(EDGES) - 1]
    back = [edge for cell in whole for edge in cell.live_edges if edge[0] > edge[1]]
    forward = [edge for cell in whole for edge in cell.live_edges if edge[0] < edge[1]]
    assert 0.1 < len(back) / len(forward) < 1


def test_a_space_without_empty_edges_is_refused() -> None:
    space = CellSpace.of(cell_settings()).space()
    with pytest.raises(AgentError, match="zeroize"):
        SnasnetSearch(space, 5, 5, 0)
