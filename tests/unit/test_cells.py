import itertools

import numpy as np
import pytest

from configs import catalog
from snn.cells import BACKWARD_EDGES, EDGES, N_BENCH_CELLS, NO_FEEDBACK, Cell, random_cell
from snn.operation import operation, operation_set

CHAIN = Cell.of((1, 0, 0, 1, 0, 1), "neuronas")
NOTHING = Cell(("zeroize",) * 6)


def cell(**operations: str) -> Cell:
    """Of edges given by name, as c01="skip"; zeroize elsewhere."""
    names = [operations.get(f"c{i}{j}", "zeroize") for i, j in (*EDGES, *BACKWARD_EDGES)]
    return Cell(tuple(names[:6]), tuple(names[6:]))


def test_the_vector_runs_by_source_node() -> None:
    assert EDGES == ((0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3))
    codes = Cell.of((1, 2, 0, 0, 2, 1), "neuronas").by_edge
    assert codes[0, 2] == "avgpool3x3"
    assert codes[1, 3] == "avgpool3x3"
    assert codes[2, 3] == "conv3x3"


@pytest.mark.parametrize("name", catalog.names("operation_set"))
def test_a_cell_is_its_vector(name: str) -> None:
    for codes in itertools.islice(
        itertools.product(range(len(operation_set(name))), repeat=6), 0, None, 7
    ):
        assert Cell.of(codes, name).codes(name) == codes


def test_the_published_sets_have_their_operations_in_order() -> None:
    assert operation_set("snasnet") == ("zeroize", "skip", "conv1x1", "conv3x3", "avgpool3x3")
    assert operation_set("neuronas") == ("skip", "conv3x3", "avgpool3x3")
    assert operation_set("spikenas_2o") == ("skip", "conv3x3")
    assert [operation(name).threshold for name in operation_set("bench")[2:]] == [0.5, 1.0, 1.5]


def test_the_least_digit_of_a_bench_id_is_the_first_edge() -> None:
    assert Cell.of_bench(14862).codes("bench") == (2, 2, 4, 3, 3, 4)
    assert Cell.of_bench(1).by_edge[0, 1] == "skip"


def test_bench_ids_and_cells_are_one_to_one() -> None:
    assert [Cell.of_bench(i).bench_id for i in range(0, N_BENCH_CELLS, 11)] == list(
        range(0, N_BENCH_CELLS, 11)
    )


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: Cell.of((1, 0, 0), "neuronas"), "needs 6 operations (c01, c02, c03, c12, c13"),
        (lambda: Cell.of((1, 0, 0, 1, 3, 1), "neuronas"), "c13: no code 3 in 'neuronas'; allowed"),
        (lambda: Cell.of((1, 0, 0, 1, -1, 1), "neuronas"), "c13: no code -1"),
        (lambda: Cell.of((1,) * 6, "neuronass"), "did you mean 'neuronas'?"),
        (lambda: Cell.of_bench(15625), "cells 0 to 15624, not 15625"),
        (lambda: Cell(("conv3x",) * 6), "did you mean 'conv3x3'?"),
        (lambda: Cell(("skip@2",) * 6), "skip has no neurons"),
        (lambda: Cell(("conv3x3@-1",) * 6), "a finite number above 0, got '-1'"),
        (lambda: Cell(("conv3x3@nan",) * 6), "a finite number above 0, got 'nan'"),
        (lambda: Cell(("skip",) * 6, ("skip",) * 6), "nodes 0 and 1 are joined forward (skip) and"),
        (lambda: CHAIN.codes("spikenas"), "no operation_set called 'spikenas'"),
        (lambda: Cell.of_bench(2).codes("neuronas"), "'neuronas' has no conv3x3@0.5"),
    ],
)
def test_a_mistake_is_one_line_that_says_what_is_allowed(make: object, told: str) -> None:
    with pytest.raises(ValueError, match=r".") as refused:
        make()  # type: ignore[operator]
    assert told in str(refused.value)
    assert "\n" not in str(refused.value)


def test_nothing_flows_through_a_cell_without_a_path() -> None:
    dead = cell(c01="conv3x3", c12="conv3x3", c23="zeroize")
    assert not dead.is_connected
    assert (dead.depth, dead.n_convolutions, dead.n_effective_convolutions) == (0, 2, 0)
    assert dead.pruned() == NOTHING


def test_a_dead_end_is_pruned_and_the_rest_kept() -> None:
    kept = {"c02": "conv3x3", "c23": "skip"}
    assert cell(c01="conv3x3", **kept).pruned() == cell(**kept)


def test_an_edge_from_a_node_that_nothing_reaches_is_dead() -> None:
    assert cell(c13="conv3x3", c03="skip").n_effective_convolutions == 0


def test_depth_is_the_most_convolutions_on_one_path() -> None:
    assert CHAIN.depth == 3
    assert Cell.of((1,) * 6, "neuronas").depth == 3
    assert Cell.of((1, 1, 1, 0, 0, 0), "neuronas").depth == 1
    assert cell(c01="conv3x3", c12="conv3x3", c03="skip").depth == 0


def test_depth_counts_every_kind_of_convolution() -> None:
    assert cell(c01="conv1x1", c13="conv5x5@0.5").depth == 2


def test_what_flows_backward_and_then_forward_is_live() -> None:
    late = cell(c02="skip", c21="conv3x3", c13="skip")
    assert late.is_connected
    assert late.live_paths == ()
    assert late.n_effective_convolutions == 1


def test_a_random_cell_without_feedback_has_none() -> None:
    cells = [random_cell("snasnet", np.random.default_rng(i)) for i in range(20)]
    assert all(one.feedback == NO_FEEDBACK for one in cells)
    assert len(set(cells)) == 20


def test_a_random_cell_joins_two_nodes_in_one_direction_only() -> None:
    generator = np.random.default_rng(0)
    cells = [random_cell("neuronas", generator, with_feedback=True) for _ in range(400)]
    n_backward = sum(name != "zeroize" for one in cells for name in one.feedback)
    n_forward = sum(name != "zeroize" for one in cells for name in one.operations)
    assert n_backward + n_forward == 6 * 400
    assert 1050 < n_backward < 1350  # 1,200 +- 24.5: false alarm once in 10^9


def test_the_same_seed_draws_the_same_cell() -> None:
    one, other = (random_cell("bench", np.random.default_rng(3)) for _ in range(2))
    assert one == other
