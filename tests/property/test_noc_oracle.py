"""Engines against the max-plus recurrence, which knows of no events (law I9)."""

from fractions import Fraction
from math import lcm
from typing import Any

import numpy as np
import pytest
from noc_random import packets_of

from async_sim import compiled, tick
from async_sim.mesh import EAST, INPUT, LOCAL, OUTPUT, SINK, SOURCE, SWITCH, WEST, Mesh
from async_sim.network import ARBITRATIONS, Network
from async_sim.oracle import fire_times, steady_interval
from async_sim.packets import Packets
from async_sim.tick_memory import finest_tick_ps
from async_sim.timing import STAGES, RouterTiming, StageTiming

Stage = tuple[int, int]  # node, controller


class Pipeline:
    """What one flow along the bottom row goes through, stage by stage."""

    def __init__(self, network: Network, first: int, last: int) -> None:
        self.controllers: list[Stage] = [(first, SOURCE)]
        for node in range(first, last + 1):
            into = LOCAL if node == first else WEST
            out = LOCAL if node == last else EAST
            self.controllers += [(node, u) for u in (INPUT + into, SWITCH + out, OUTPUT + out)]
        self.controllers.append((last, SINK))
        self.stages = [self._stage(network, *one) for one in self.controllers]
        self.depths = [self._depth(network, unit) for _, unit in self.controllers]
        self.handshakes = [self._plain(network, unit).cycle_ps for _, unit in self.controllers]

    def _plain(self, network: Network, unit: int) -> StageTiming:
        kind = unit // 5 + (unit == SINK)
        stage: StageTiming = getattr(network.timing, STAGES[kind])
        return stage

    def _stage(self, network: Network, _: int, unit: int) -> StageTiming:
        plain, wire = self._plain(network, unit), network.link_ps
        forward = plain.forward_ps + wire * (unit == OUTPUT + EAST)
        return StageTiming(forward, plain.backward_ps + wire * (unit == INPUT + WEST))

    def _depth(self, network: Network, unit: int) -> int:
        if unit == OUTPUT + LOCAL:
            return network.sink_depth
        return network.depth if unit in {SOURCE, OUTPUT + EAST} else 1

    def busy(self, network: Network, packets: Packets) -> Any:
        busy = np.repeat(np.array(self.handshakes)[:, None], len(packets), axis=1)
        busy[-1] = np.maximum(busy[-1], services(network, packets))
        return busy


def services(network: Network, packets: Packets) -> Any:
    return network.decode_ps + network.synapse_ps * packets.n_synapses


def random_network(rng: np.random.Generator, n_hops: int) -> Network:
    longest = int(rng.choice([1, 3, 30, 4000]))
    latencies = rng.integers(1, longest + 1, (5, 2)).tolist()
    return Network(
        Mesh(n_hops + 1 + int(rng.integers(2)), int(rng.integers(1, 3))),
        int(rng.integers(1, 5)),
        depth=int(rng.integers(1, 9)),
        sink_depth=int(rng.integers(1, 9)),
        arbitration=str(rng.choice(list(ARBITRATIONS))),
        link_ps=int(rng.integers(0, longest)) * int(rng.integers(2)),
        synapse_ps=int(rng.integers(0, longest)) * int(rng.integers(2)),
        timing=RouterTiming(*(StageTiming(*one) for one in latencies)),
    )


@pytest.mark.parametrize("seed", range(200))
def test_engines_follow_the_recurrence_without_choices(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n, n_hops = 60, int(rng.integers(0, 6))
    network = random_network(rng, n_hops)
    gap = int(rng.choice([0, 1, 2, 8])) * network.timing.switch_allocator.cycle_ps
    release = np.sort(rng.integers(0, n * gap + 1, n))
    channel = int(rng.integers(network.n_channels))
    packets = packets_of(0, n_hops, release, channel, rng.integers(0, 9, n))
    pipeline = Pipeline(network, 0, n_hops)
    expected = fire_times(
        release, pipeline.stages, pipeline.depths, pipeline.busy(network, packets)
    )
    for result in (
        compiled.simulate(network, packets),
        tick.simulate(network, packets, finest_tick_ps(network, packets)),
    ):
        assert result.injected_ps.tolist() == expected[0].tolist()
        assert result.delivered_ps.tolist() == expected[-1].tolist()
        for i in range(1, len(pipeline.stages)):
            waits = expected[i] - expected[i - 1] - pipeline.stages[i - 1].forward_ps
            assert result.wait_ps[pipeline.controllers[i]] == waits.sum()


@pytest.mark.parametrize("seed", range(20))
def test_disjoint_flows_each_follow_the_recurrence(seed: int) -> None:
    rng = np.random.default_rng(seed)
    network, n = random_network(rng, 5), 40
    ways = ((0, 1), (2, 4), (5, 5))
    releases = [np.sort(rng.integers(0, 100_000, n)) for _ in ways]
    sources, targets = (np.repeat([way[i] for way in ways], n) for i in (0, 1))
    packets = packets_of(sources, targets, np.concatenate(releases))
    result = compiled.simulate(network, packets)
    for (first, last), release in zip(ways, releases, strict=True):
        pipeline, mine = Pipeline(network, first, last), packets.source == first
        busy = pipeline.busy(network, packets.take(mine))
        expected = fire_times(release, pipeline.stages, pipeline.depths, busy)
        assert result.injected_ps[mine].tolist() == expected[0].tolist()
        assert result.delivered_ps[mine].tolist() == expected[-1].tolist()


@pytest.mark.parametrize("seed", range(60))
def test_a_saturated_flow_keeps_the_interval_of_its_slowest_circle(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n, n_hops = 3000, int(rng.integers(0, 5))
    network = random_network(rng, n_hops)
    pipeline, packets = Pipeline(network, 0, n_hops), packets_of(0, n_hops, np.zeros(n))
    handshakes = [*pipeline.handshakes[:-1], max(pipeline.handshakes[-1], network.service_ps(0))]
    interval = steady_interval(pipeline.stages, pipeline.depths, handshakes)
    delivered = compiled.simulate(network, packets).delivered_ps
    period = lcm(network.depth, network.sink_depth)
    assert Fraction(int(delivered[-1] - delivered[-1 - period]), period) == interval


def test_the_recurrence_by_hand() -> None:
    stages = [StageTiming(2, 1), StageTiming(3, 4), StageTiming(1, 10)]
    busy = np.array([[3, 3, 3], [7, 7, 7], [11, 11, 11]])
    times = fire_times(np.array([0, 0, 30]), stages, [1, 2, 0], busy)
    assert times.tolist() == [
        [0, 6, 30],  # 6: the second stage took the first token at 2 and acknowledged it after 4
        [2, 9, 32],  # 9: busy for 7 from 2 on
        [5, 16, 35],  # 16: busy for 11 from 5 on
    ]
    assert steady_interval(stages, [1, 2, 0], [3, 7, 11]) == 11
    assert steady_interval(stages, [1, 1, 0], [3, 7, 11]) == 13  # 3 ahead and 10 back
