"""Channels and lanes of a traced run: waiting, occupancy, stalls, and who was granted how often."""

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from async_sim.mesh import LOCAL, N_CONTROLLERS, N_PORTS, OUTPUT, SOURCE
from async_sim.network import Network
from async_sim.passages import NOBODY, Passages
from async_sim.result import n_stashes

Integers = NDArray[np.int64]


def channel_waits_ps(passages: Passages) -> Integers:
    """Time that tokens waited in each channel, (R, 36 V + 1), as `Result.max_occupancy` has them.

    It is the integral of the occupancy over time (Little's law), exactly.
    """
    tokens = passages.tokens
    return _summed(tokens, tokens.wait_ps)


def mean_occupancy(wait_ps: int, time_ps: int) -> Fraction:
    """Mean number of tokens that wait in a channel during a time; 0 in no time."""
    return Fraction(int(wait_ps), int(time_ps)) if time_ps else Fraction(0)


def max_occupancy(passages: Passages) -> Integers:
    """Most tokens at once in each channel, (R, 36 V + 1); at an instant they come before they go.

    The engines count the same; of sources neither says anything.
    """
    n, tokens = n_stashes(passages.network.n_channels), passages.tokens
    channel, some = tokens.node * n + tokens.stash, tokens.unit != SOURCE
    channels = np.tile(channel[some], 2)
    times = np.concatenate([tokens.arrival_ps[some], tokens.fire_ps[some]])
    change = np.repeat([1, -1], int(some.sum()))
    order = np.lexsort((-change, times, channels))
    held = np.cumsum(change[order])  # each channel is empty at its end, and so adds nothing
    peaks = np.zeros(passages.network.mesh.n_nodes * n, np.int64)
    np.maximum.at(peaks, channels[order], held)
    return peaks.reshape(-1, n)


def grants(passages: Passages, until_ps: int | None = None) -> Integers:
    """Tokens that each switch allocator granted each of its channels, (R, 5, 5 V).

    Args:
        until_ps: Counts grants before this time only. In the end every token is granted, whoever
            goes first; how fair an arbiter is shows while all inputs still want something.
    """
    n = passages.network.n_channels
    counts = _summed(passages, (passages.fire_ps < _end(until_ps)).astype(np.int64))
    switches = counts[:, N_PORTS * n : N_PORTS * n * (1 + N_PORTS)]
    return switches.reshape(-1, N_PORTS, N_PORTS * n)


def jain_index(shares: Integers) -> NDArray[np.float64]:
    """Jain's fairness of the last axis: 1 if all that ask get the same, 1/n if one of n gets all.

    Args:
        shares: What each got, (..., n); below 0 for those who never asked.

    Returns:
        (sum x)^2 / (n sum x^2), (...); 1 where nobody got anything.
    """
    asked = shares >= 0
    got = np.where(asked, shares, 0).astype(np.float64)
    squares = asked.sum(axis=-1) * (got**2).sum(axis=-1)
    total = got.sum(axis=-1) ** 2
    return np.divide(total, squares, out=np.ones_like(total), where=squares > 0)


def fairness(counted: Integers, wanted: Integers) -> NDArray[np.float64]:
    """Jain's index of the grants of each switch allocator over its input ports, (R, 5).

    Args:
        counted: Grants, of a part of the run or all of it, as `grants` has them. All of it tells
            only how evenly the traffic comes.
        wanted: Grants of the whole run; ports without any do not count.
    """

    def by_port(found: Integers) -> Integers:
        return found.reshape(*found.shape[:2], N_PORTS, -1).sum(axis=-1)

    return jain_index(np.where(by_port(wanted) > 0, by_port(counted), -1))


def stalls_ps(passages: Passages) -> Integers:
    """Time that each lane of each controller is in state backward, (R, 17, V): without credit.

    A lane of depth D that sends its n-th token gets into state backward there and then, unless the
    (n - D + 1)-th was acknowledged before or is so at that instant, and leaves it with that
    acknowledgement.
    """
    network, tokens = passages.network, passages.tokens
    n, sent = network.n_channels, tokens.sender != NOBODY
    lane = tokens.sender[sent] * n + tokens.lane[sent]
    taken_ps, freed_ps = tokens.sent_ps[sent], tokens.freed_ps[sent]
    order = np.lexsort((taken_ps, lane))
    lane, taken_ps, freed_ps = lane[order], taken_ps[order], freed_ps[order]
    depth = np.repeat(_depths(network), n)[lane % (N_CONTROLLERS * n)]
    before = np.arange(len(lane)) - depth + 1
    is_full = (before >= 0) & (lane[np.maximum(before, 0)] == lane)
    stall_ps = np.maximum(freed_ps[np.maximum(before, 0)] - taken_ps, 0) * is_full
    stalls = np.zeros(network.mesh.n_nodes * N_CONTROLLERS * n, np.int64)
    np.add.at(stalls, lane, stall_ps)
    return stalls.reshape(-1, N_CONTROLLERS, n)


def _depths(network: Network) -> Integers:
    """Tokens that a lane of each of a node's controllers may send ahead, (17,)."""
    depths = np.ones(N_CONTROLLERS, np.int64)
    depths[OUTPUT : SOURCE + 1] = network.depth
    depths[OUTPUT + LOCAL] = network.sink_depth
    return depths


def _summed(passages: Passages, values: Integers) -> Integers:
    """Sum of values by channel, (R, 36 V + 1)."""
    n = n_stashes(passages.network.n_channels)
    sums = np.zeros(passages.network.mesh.n_nodes * n, np.int64)
    np.add.at(sums, passages.node * n + passages.stash, values)
    return sums.reshape(-1, n)


def _end(until_ps: int | None) -> int:
    return int(np.iinfo(np.int64).max) if until_ps is None else until_ps
