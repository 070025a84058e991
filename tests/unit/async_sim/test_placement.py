import numpy as np
import pytest

from async_sim.mesh import Mesh
from async_sim.placement import map_cores, place
from configs.catalog import UnknownNameError


def test_every_layer_starts_on_a_fresh_core() -> None:
    found = place((5, 3, 4), 4, Mesh(2, 2))
    assert found.core.tolist() == [0, 0, 0, 0, 1, 2, 2, 2, 3, 3, 3, 3]
    assert found.local.tolist() == [0, 1, 2, 3, 0, 0, 1, 2, 0, 1, 2, 3]
    assert found.neurons_of_core.tolist() == [4, 1, 3, 4]


def test_a_snake_turns_at_the_edges() -> None:
    assert map_cores(8, Mesh(3, 3), "snake").tolist() == [0, 1, 2, 5, 4, 3, 6, 7]
    assert map_cores(8, Mesh(3, 3), "row").tolist() == list(range(8))


def test_a_random_mapping_is_its_generator_s() -> None:
    first, again, other = (
        map_cores(9, Mesh(4, 4), "random", None, np.random.default_rng(seed)) for seed in (0, 0, 1)
    )
    assert first.tolist() == again.tolist() != other.tolist()
    assert len(set(first.tolist())) == 9


def test_a_given_mapping_is_taken_as_it_is() -> None:
    assert place((4,), 2, Mesh(2, 2), "given", [3, 1]).neuron_node.tolist() == [3, 3, 1, 1]


def test_without_a_mesh_the_smallest_square_is_taken() -> None:
    assert place((17,), 4).mesh == Mesh(3, 3)


@pytest.mark.parametrize(
    ("n_cores", "mapping", "nodes", "told"),
    [
        (5, "row", None, "has 4 nodes, but the network needs 5 cores"),
        (2, "random", None, "needs a generator"),
        (2, "given", [1, 1], "2 different nodes"),
        (2, "given", None, "2 different nodes"),
        (2, "given", [0, 4], "not in the 2x2 mesh"),
        (2, "snack", None, "did you mean 'snake'"),
    ],
)
def test_a_mapping_that_cannot_be_is_refused(
    n_cores: int, mapping: str, nodes: list[int] | None, told: str
) -> None:
    with pytest.raises((ValueError, UnknownNameError), match=told):
        map_cores(n_cores, Mesh(2, 2), mapping, nodes)


def test_a_core_holds_a_power_of_two() -> None:
    with pytest.raises(ValueError, match="1, 2, 4"):
        place((4,), 3)
