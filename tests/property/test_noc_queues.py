"""Throughput, queueing and fairness of the network-on-chip (laws I8 and I12)."""

import numpy as np
import pytest
from noc_random import packets_of

from async_sim import compiled, tick
from async_sim.mesh import LOCAL, SWITCH, Mesh
from async_sim.network import ARBITRATIONS, Network

SA_PS = 4300  # a switch allocator grants one token in this time


@pytest.mark.parametrize("arbitration", ARBITRATIONS)
@pytest.mark.parametrize("side", [4, 8])
def test_i8_a_transpose_needs_as_long_as_its_busiest_switch(side: int, arbitration: str) -> None:
    n, nodes = 500, side * side
    source = np.repeat(np.arange(nodes), n)
    destination = source % side * side + source // side
    packets = packets_of(source, destination, 0, np.tile(np.arange(n), nodes) % 4)
    packets = packets.take(packets.source != packets.destination)
    network = Network(Mesh(side, side), arbitration=arbitration)
    bound = (side - 1) * n * SA_PS
    assert bound <= compiled.simulate(network, packets).end_ps < bound * 1.005


@pytest.mark.parametrize(("side", "share"), [(4, 0.95), (8, 0.97), (16, 0.92)])
def test_i8_uniform_traffic_nearly_fills_the_bisection(side: int, share: float) -> None:
    n, nodes = 12_000 // side, side * side
    source = np.repeat(np.arange(nodes), n)
    destination = np.random.default_rng(side).integers(0, nodes, nodes * n)
    packets = packets_of(source, destination, 0, np.tile(np.arange(n), nodes) % 4)
    delivered = np.sort(compiled.simulate(Network(Mesh(side, side)), packets).delivered_ps)
    first, last = len(delivered) // 5, len(delivered) * 3 // 5  # neither filling nor draining
    rate = (last - first) / (delivered[last] - delivered[first]) / nodes
    assert rate * SA_PS / (4 / side) == pytest.approx(share, abs=0.02)


@pytest.mark.parametrize(
    ("load", "n", "switch_ps"),
    [(0.2, 250_000, 422), (0.4, 250_000, 1189), (0.6, 500_000, 2830), (0.8, 1_000_000, 7840)],
)
def test_i12_poisson_sources_that_merge_wait_as_at_one_server(
    load: float, n: int, switch_ps: int
) -> None:
    """Mean waiting of M/D/1, by chance within 1 %; the seed is fixed, so no false alarms."""
    rng = np.random.default_rng(12)
    times = [np.cumsum(rng.exponential(4 * SA_PS / load, n)) for _ in range(4)]
    sources = np.repeat([1, 3, 5, 7], n)
    packets = packets_of(sources, 4, np.concatenate(times), np.tile(np.arange(n), 4) % 4)
    result = compiled.simulate(Network(Mesh(3, 3)), packets)
    waiting = (result.delivered_ps - packets.release_ps - 1200 - 2 * 4700).mean()
    assert waiting == pytest.approx(load * SA_PS / (2 * (1 - load)), rel=0.01)
    switch = SWITCH + LOCAL
    assert result.wait_ps[4, switch] / result.fires[4, switch] == pytest.approx(switch_ps, rel=0.02)


@pytest.mark.parametrize("engine", [compiled, tick])
@pytest.mark.parametrize(
    ("arbitration", "shares"),
    [
        ("round-robin", [248, 252, 252, 248]),
        ("age", [250, 250, 250, 250]),
        ("fixed", [0, 500, 500, 0]),  # east, then west, while north and south starve
    ],
)
def test_i12_shares_of_four_saturated_inputs(
    engine: object, arbitration: str, shares: list[int]
) -> None:
    n, sources = 500, [1, 3, 5, 7]
    packets = packets_of(np.repeat(sources, n), 4, 0, np.tile(np.arange(n), 4) % 4)
    network = Network(Mesh(3, 3), arbitration=arbitration)
    result = engine.simulate(network, packets)  # type: ignore[attr-defined]
    first = packets.source[np.argsort(result.delivered_ps)[:1000]]
    assert [int((first == source).sum()) for source in sources] == shares
