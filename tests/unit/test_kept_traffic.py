"""What is kept between designs stays small, however many designs a search meets."""

import noc_applications
import numpy as np

from async_sim import core_traffic
from async_sim.mesh import Mesh
from envs.moves import placing, traffic

MOST = 16  # each holds matrices of all pairs of cores or nodes: 8 MB for 1,000 of them


def test_traffic_of_the_last_designs_alone_is_kept() -> None:
    application, random = noc_applications.dense(), np.random.default_rng(0)
    for _ in range(300):
        traffic.exchanged(noc_applications.design(application, random), application)
    for kept in (traffic._exchanged, core_traffic._traffic):
        assert kept.cache_info().misses > 2 * MOST
        assert kept.cache_info().currsize <= MOST


def test_distances_on_the_last_meshes_alone_are_kept() -> None:
    for width in range(1, 3 * MOST):
        placing.distances(Mesh(width, 2))
    assert placing.distances.cache_info().currsize <= MOST
