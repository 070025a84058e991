import moocore
import numpy as np
import pytest
from numpy.typing import NDArray

from envs.pareto import ParetoArchive, front, hypervolume


def archive_of(*points: tuple[float, ...]) -> ParetoArchive:
    archive = ParetoArchive(len(points[0]))
    for i, point in enumerate(points):
        archive.add(np.array(point), i)
    return archive


def test_a_point_that_is_dominated_does_not_stay() -> None:
    archive = archive_of((0.25, 0.25))
    assert not archive.add(np.array([0.25, 0.5]), "worse")
    assert archive.items == [0]


def test_what_a_new_point_dominates_leaves_with_its_item() -> None:
    archive = archive_of((0.5, 0.5), (0.75, 0.25), (0.25, 0.75))
    assert archive.add(np.array([0.5, 0.25]), "better")
    assert archive.items == [2, "better"]
    assert archive.losses.tolist() == [[0.25, 0.75], [0.5, 0.25]]


def test_of_equal_points_the_first_stays() -> None:
    archive = archive_of((0.5, 0.5), (0.5, 0.5))
    assert archive.items == [0]
    assert front(np.array([[0.5, 0.5], [0.5, 0.5]])).tolist() == [True, False]


def test_points_that_trade_one_loss_for_another_all_stay() -> None:
    assert archive_of((0, 1), (0.5, 0.5), (1, 0)).items == [0, 1, 2]


def test_the_archive_measures_itself_in_the_unit_cube() -> None:
    assert ParetoArchive(2).hypervolume() == 0
    assert archive_of((0.25, 0.75), (0.75, 0.25)).hypervolume() == pytest.approx(0.3125)
    assert archive_of((0.0, 0.0, 0.0)).hypervolume() == pytest.approx(1)


def test_points_on_or_beyond_the_reference_count_for_nothing() -> None:
    assert archive_of((1.0, 0.0)).hypervolume() == 0
    assert archive_of((1.5, 0.0)).hypervolume() == 0
    assert hypervolume(np.array([[0.5, 0.5], [2.0, 0.1]]), [1, 1]) == pytest.approx(0.25)


def on_front(points: NDArray[np.float64]) -> set[tuple[float, ...]]:
    """By the definition: nobody is as good everywhere and better somewhere."""
    return {
        tuple(one)
        for one in points
        if not any((other <= one).all() and (other < one).any() for other in points)
    }


@pytest.mark.parametrize("n_objectives", [1, 2, 3, 4])
def test_archive_front_and_moocore_agree_with_the_definition(n_objectives: int) -> None:
    # a coarse grid, so that points tie
    points = np.random.default_rng(n_objectives).integers(0, 4, (40, n_objectives)) / 4
    expected = on_front(points)
    kept = archive_of(*map(tuple, points)).losses
    assert {tuple(one) for one in kept} == expected
    assert len(kept) == len(expected)
    assert {tuple(one) for one in points[front(points)]} == expected
    assert {tuple(one) for one in moocore.filter_dominated(points)} == expected


def test_the_hypervolume_is_the_share_of_the_cube_that_is_dominated() -> None:
    """200,000 draws: 5 sigma is at most 0.0056, exceeded once in a million runs."""
    random = np.random.default_rng(0)
    points, draws = random.uniform(0.2, 1, (5, 3)), random.uniform(0, 1, (200_000, 3))
    is_dominated = np.zeros(len(draws), bool)
    for point in points:
        is_dominated |= (point <= draws).all(axis=1)
    assert hypervolume(points, [1, 1, 1]) == pytest.approx(is_dominated.mean(), abs=0.0056)
