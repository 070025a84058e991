"""Features of a run and its packet table, by hand."""

import numpy as np
import pytest
from noc_random import packets_of, random_case

from async_sim import compiled
from async_sim.congestion import congestion
from async_sim.flights import flights
from async_sim.mesh import Mesh
from async_sim.network import Network
from async_sim.packets import Packets
from async_sim.statistics import statistics
from async_sim.steps import Run


def ran(network: Network, *steps: Packets) -> Run:
    results = tuple(compiled.simulate(network, packets) for packets in steps)
    ends = np.array([result.end_ps for result in results])
    return Run(network, steps, results, ends, 0)


def test_two_that_meet_are_congestion() -> None:
    """Both neighbours send to the middle at once: one waits a cycle; four grants, two hops."""
    run = ran(Network(Mesh(3, 1)), packets_of([0, 2], 1, 0))
    found = congestion(run)
    assert (found.noc_ps, found.aer_ps, found.mean_hops) == (4300 / 4, 0, 1)
    assert found.busiest_link_ratio == 2 * 4300 / run.latency_ps
    # of three cores in use one does all the work
    assert found.imbalance_ratio == pytest.approx(2)


def test_spikes_that_wait_for_a_core_are_aer_congestion() -> None:
    run = ran(Network(Mesh(1, 1), decode_ps=10_000), packets_of(0, 0, [0, 0]))
    assert congestion(run).aer_ps == (10_000 - 4300) / 2
    assert congestion(run).imbalance_ratio == 0


def test_cores_that_neither_send_nor_receive_do_not_count() -> None:
    """Nodes 0 and 1 receive 3 and 1 spikes: 3 over a mean of 2."""
    run = ran(Network(Mesh(5, 5)), packets_of([0, 1, 1], 0, 0), packets_of(0, 1, 0))
    assert congestion(run).imbalance_ratio == 0.5
    assert congestion(run).mean_hops == 3 / 4


def test_nothing_sent_is_no_congestion() -> None:
    found = congestion(ran(Network(Mesh(2, 2)), packets_of([], [], [])))
    assert (found.aer_ps, found.noc_ps, found.mean_hops, found.imbalance_ratio) == (0, 0, 0, 0)


def test_who_waits_at_its_source_is_queued_and_who_waits_on_its_way_is_blocked() -> None:
    network, packets = Network(Mesh(3, 1), link_ps=300), packets_of([0, 0, 2], 1, [50, 50, 50])
    table = flights(network, packets, compiled.simulate(network, packets))
    assert table.n_hops.tolist() == [1, 1, 1]
    assert table.queued_ps.tolist() == [0, 2700, 0]
    # node 2 comes in from the east, the first port; then node 0's first, a cycle of 4300 later, and
    # its second, which was injected 2700 later
    assert table.blocked_ps.tolist() == [4300, 2 * 4300 - 2700, 0]
    total = table.queued_ps + table.blocked_ps + 1200 + 2 * 4700 + 300
    assert (total == table.delivered_ps - table.release_ps).all()


@pytest.mark.parametrize("seed", range(30))
def test_nobody_is_faster_than_an_empty_network(seed: int) -> None:
    network, packets = random_case(seed)
    table = flights(network, packets, compiled.simulate(network, packets))
    assert (table.blocked_ps >= 0).all()
    assert (table.queued_ps >= 0).all()
    run = ran(network, packets)
    assert statistics(run).blocked_ps == table.blocked_ps.sum()
    assert statistics(run).queued_ps == table.queued_ps.sum()
