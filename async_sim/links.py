"""Use of the links: over the mesh, and over time."""

import numpy as np
from numpy.typing import NDArray

from async_sim.energy import utilization
from async_sim.mesh import N_PORTS, OUTPUT, SOURCE
from async_sim.passages import Passages
from async_sim.steps import Run

Integers = NDArray[np.int64]


def link_map(run: Run) -> NDArray[np.float64]:
    """Share of the time that each link is busy, (height, width, 5): row 0 is y = 0."""
    mesh = run.network.mesh
    return utilization(run).reshape(mesh.height, mesh.width, N_PORTS)


def flits_per_bin(passages: Passages, bin_ps: int, n_bins: int | None = None) -> Integers:
    """Tokens that left by each link in each stretch of time, (bins, R, 5).

    Times the cycle of a switch allocator and divided by ``bin_ps``, this is the share of the time
    that the link is busy; by rounding at the ends of a bin up to one token more than fits.

    Args:
        n_bins: By default so many that all tokens lie in them; later tokens are left out.

    Raises:
        ValueError: If a bin lasts no time.
    """
    if bin_ps < 1:
        raise ValueError(f"bin_ps must be at least 1, got {bin_ps}")
    leaving = (passages.unit >= OUTPUT) & (passages.unit < SOURCE)
    bins = passages.fire_ps[leaving] // bin_ps
    n_bins = int(bins.max(initial=-1)) + 1 if n_bins is None else n_bins
    is_inside = bins < n_bins
    at = bins, passages.node[leaving], passages.unit[leaving] - OUTPUT
    counts = np.zeros((n_bins, passages.network.mesh.n_nodes, N_PORTS), np.int64)
    np.add.at(counts, tuple(one[is_inside] for one in at), 1)
    return counts
