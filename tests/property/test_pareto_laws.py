from itertools import pairwise
from random import Random

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from strategies import losses

from envs.pareto import ParetoArchive, front, hypervolume

Losses = NDArray[np.float64]


def archive_of(points: Losses) -> ParetoArchive:
    archive = ParetoArchive(points.shape[1])
    for i, point in enumerate(points):
        archive.add(point, i)
    return archive


@given(losses)
def test_no_point_of_an_archive_dominates_another(points: Losses) -> None:
    kept = archive_of(points).losses
    for i, one in enumerate(kept):
        for j, other in enumerate(kept):
            assert i == j or not (one <= other).all()


@given(losses, st.randoms())
def test_the_order_of_insertion_does_not_matter(points: Losses, random: Random) -> None:
    shuffled = list(points)
    random.shuffle(shuffled)
    ours = {tuple(point) for point in archive_of(points).losses}
    assert ours == {tuple(point) for point in archive_of(np.array(shuffled)).losses}


@given(losses)
def test_the_archive_is_the_front(points: Losses) -> None:
    ours = {tuple(point) for point in archive_of(points).losses}
    assert ours == {tuple(point) for point in points[front(points)]}


@given(losses)
def test_items_stay_with_their_points(points: Losses) -> None:
    archive = archive_of(points)
    for point, item in zip(archive.losses, archive.items, strict=True):
        assert tuple(points[int(str(item))]) == tuple(point)


@given(losses)
def test_hypervolume_never_falls_when_a_point_is_added(points: Losses) -> None:
    volumes = [hypervolume(points[:n], [1.0] * 3) for n in range(len(points) + 1)]
    assert all(b >= a - 1e-12 for a, b in pairwise(volumes))
    assert volumes[0] == 0
    assert volumes[-1] <= 1
