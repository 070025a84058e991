"""What is worked out from traced fires, against engines that count it as they go."""

from collections import defaultdict
from dataclasses import replace
from fractions import Fraction

import noc_reference
import numpy as np
import pytest
from noc_random import any_case, packets_of

from async_sim import compiled
from async_sim.channels import (
    channel_waits_ps,
    fairness,
    grants,
    jain_index,
    max_occupancy,
    mean_occupancy,
    stalls_ps,
)
from async_sim.cores import busy_ps, cores
from async_sim.links import flits_per_bin, link_map
from async_sim.mesh import LOCAL, N_CONTROLLERS, OPPOSITE, OUTPUT, SINK, SOURCE, SWITCH, Mesh
from async_sim.network import Network
from async_sim.packets import Packets
from async_sim.passages import Passages, passages_of
from async_sim.steps import Run

SEEDS = range(4000, 4060)
SA_PS = 4300
EAST, WEST = 1, OPPOSITE[1]


def traced(network: Network, packets: Packets) -> Passages:
    return passages_of(network, packets, compiled.simulate_traced(network, packets)[1])


class Watched(noc_reference.Reference):
    """Notes how long each lane is without credit, and how long each controller is busy."""

    def __init__(self, network: Network, packets: Packets) -> None:
        super().__init__(network, packets, None)
        self.empty_since: dict[tuple[int, int], int] = {}
        self.stalled: dict[tuple[int, int], int] = defaultdict(int)
        self.busy: dict[int, int] = defaultdict(int)

    def evaluate(self, controller: int, now: int) -> None:
        super().evaluate(controller, now)
        for lane, credit in enumerate(self.controllers[controller].credits):
            key = controller, lane
            if not credit:
                self.empty_since.setdefault(key, now)
            elif key in self.empty_since:
                self.stalled[key] += now - self.empty_since.pop(key)

    def fire(self, controller: int, channel: int, now: int) -> None:
        super().fire(controller, channel, now)
        self.busy[controller] += self.controllers[controller].ready - now


@pytest.mark.parametrize("seed", SEEDS)
def test_stalls_and_busy_times_are_those_of_the_rules(seed: int) -> None:
    network, packets = any_case(seed)
    watched = Watched(network, packets)
    result = watched.run()
    stalls = stalls_ps(traced(network, packets)).reshape(-1, network.n_channels)
    assert {key: stalls[key] for key in zip(*np.nonzero(stalls), strict=True)} == {
        key: ps for key, ps in watched.stalled.items() if ps
    }
    busy = busy_ps(network, packets, result).ravel()
    assert {i: busy[i] for i in np.flatnonzero(busy)} == watched.busy


@pytest.mark.parametrize("seed", SEEDS)
def test_channels_hold_what_the_engine_counted(seed: int) -> None:
    network, packets = any_case(seed)
    result, events = compiled.simulate_traced(network, packets)
    passages = passages_of(network, packets, events)
    assert max_occupancy(passages).tolist() == result.max_occupancy.tolist()
    n = network.n_channels
    waits = channel_waits_ps(passages)
    assert waits[:, : 5 * n].reshape(-1, 5, n).sum(-1).tolist() == result.wait_ps[:, :5].tolist()
    of_switches = waits[:, 5 * n : 30 * n].reshape(-1, 5, 5 * n).sum(-1)
    assert of_switches.tolist() == result.wait_ps[:, SWITCH:OUTPUT].tolist()
    assert waits[:, -n:].sum(-1).tolist() == result.wait_ps[:, SINK].tolist()
    assert grants(passages).sum(-1).tolist() == result.fires[:, SWITCH:OUTPUT].tolist()
    bins = flits_per_bin(passages, max(1, result.end_ps // 7))
    assert bins.sum(0).tolist() == result.link_flits.tolist()


@pytest.mark.parametrize("seed", SEEDS)
def test_senders_fired_when_passages_say_so(seed: int) -> None:
    network, packets = any_case(seed)
    passages = traced(network, packets)
    controller = passages.node * N_CONTROLLERS + passages.unit
    columns = (controller, passages.packet, passages.fire_ps)
    fired = set(zip(*(column.tolist() for column in columns), strict=True))
    sent = passages.unit != SOURCE
    columns = (passages.sender[sent], passages.came_as[sent], passages.sent_ps[sent])
    senders = set(zip(*(column.tolist() for column in columns), strict=True))
    assert senders == {one for one in fired if one[0] % N_CONTROLLERS != SINK}


def test_a_lane_of_one_place_stalls_until_it_is_acknowledged() -> None:
    """By hand: one packet crosses an empty router; each lane stalls for forward plus backward."""
    passages = traced(Network(Mesh(1, 1), depth=1, sink_depth=1), packets_of(0, 0, 0))
    stalls = stalls_ps(passages)[0, :, 0]
    assert stalls[SOURCE] == 1200 + 1500  # to the input unit and back
    assert stalls[LOCAL] == 1200 + 2400  # ... the switch allocator
    assert stalls[SWITCH + LOCAL] == 1900 + 2000  # ... the output unit
    assert stalls[OUTPUT + LOCAL] == 1600 + 1500  # ... the sink
    assert stalls.sum() == 2700 + 3600 + 3900 + 3100


def test_a_deep_lane_does_not_stall() -> None:
    passages = traced(Network(Mesh(1, 1)), packets_of(0, 0, 0))
    assert stalls_ps(passages)[0, [SOURCE, OUTPUT + LOCAL], 0].tolist() == [0, 0]


@pytest.mark.parametrize("depth", [1, 2])
def test_a_token_whose_ways_part_takes_one_place(depth: int) -> None:
    """By hand: a group goes east as one and parts behind the link, at node 1."""
    network = Network(Mesh(3, 1), n_channels=1, depth=depth)
    packets = replace(packets_of(0, [1, 2], 0), following=np.array([1, 0]))
    result, events = compiled.simulate_traced(network, packets)
    passages = passages_of(network, packets, events)
    parting = (passages.node == 1) & (passages.unit == WEST)
    arrival_ps = 1200 + 1200 + 1900 + 1600
    assert passages.arrival_ps[parting].tolist() == [arrival_ps] * 2
    fires = [arrival_ps, arrival_ps + 1200 + 2400]  # the second needs the first one's credit
    assert passages.fire_ps[parting].tolist() == fires
    assert passages.freed_ps[parting].tolist() == [fires[1] + 1500] * 2
    assert passages.packet[parting].tolist() == [0, 1]
    assert passages.came_as[parting].tolist() == [0, 0]
    assert max_occupancy(passages)[1, WEST] == result.max_occupancy[1, WEST] == 1
    assert channel_waits_ps(passages)[1, WEST] == result.wait_ps[1, WEST] == 3600
    stall_ps = 1600 + 3600 + 1500 if depth == 1 else 0
    assert stalls_ps(passages)[0, OUTPUT + EAST, 0] == stall_ps


def test_the_mean_occupancy_is_exact() -> None:
    assert mean_occupancy(1, 3) == Fraction(1, 3)
    assert mean_occupancy(0, 0) == 0


@pytest.mark.parametrize(
    ("arbitration", "shares", "index"),
    [
        ("round-robin", [252, 248, 248, 252], 0.99994),
        ("age", [250] * 4, 1),
        ("fixed", [500, 500, 0, 0], 0.5),
    ],
)
def test_fairness_of_four_saturated_inputs(
    arbitration: str, shares: list[int], index: float
) -> None:
    """The shares of law I12, read off the trace: east, west, north, south."""
    n, sources = 500, [1, 3, 5, 7]
    packets = packets_of(np.repeat(sources, n), 4, 0, np.tile(np.arange(n), 4) % 4)
    passages = traced(Network(Mesh(3, 3), arbitration=arbitration), packets)
    at_hotspot = (passages.node == 4) & (passages.unit == SWITCH + LOCAL)
    until = int(np.sort(passages.fire_ps[at_hotspot])[1000])
    found = grants(passages, until)[4, LOCAL].reshape(5, 4).sum(-1)
    assert sorted(found[1:].tolist()) == sorted(shares)
    some, all_of_it = grants(passages, until), grants(passages)
    assert fairness(some, all_of_it)[4, LOCAL] == pytest.approx(index, abs=1e-5)
    assert fairness(all_of_it, all_of_it)[4, LOCAL] == 1  # in the end all were granted


def test_jain_s_index_counts_those_who_asked() -> None:
    found = jain_index(np.array([[3, 3, -1], [6, 0, 0], [0, 0, -1], [1, 2, 3]]))
    assert found.tolist() == pytest.approx([1, 1 / 3, 1, 36 / 42])


def test_links_are_used_when_tokens_leave() -> None:
    """Output units of a row of two fire at 4300 and 4700 later."""
    network, packets = Network(Mesh(2, 1)), packets_of(0, 1, 0)
    result, events = compiled.simulate_traced(network, packets)
    counts = flits_per_bin(passages_of(network, packets, events), 5000)
    assert np.argwhere(counts).tolist() == [[0, 0, 1], [1, 1, 0]]
    run = Run(network, (packets,), (result,), np.array([10_000]), 0)
    assert link_map(run).shape == (1, 2, 5)
    assert link_map(run)[0, 0, 1] == SA_PS / 10_000
    with pytest.raises(ValueError, match="bin_ps must be at least 1, got 0"):
        flits_per_bin(passages_of(network, packets, events), 0)


def test_cores_that_serve_slowly_let_spikes_wait() -> None:
    """Two spikes come 4300 apart; the second waits until the first is served."""
    network = Network(Mesh(1, 1), decode_ps=10_000)
    packets = packets_of(0, 0, [0, 0])
    result = compiled.simulate(network, packets)
    found = cores(Run(network, (packets,), (result,), np.array([result.end_ps]), 0))
    assert found.n_spikes.tolist() == [2]
    assert found.busy_ps.tolist() == [20_000]
    assert found.wait_ps.tolist() == [10_000 - SA_PS]
    assert found.max_occupancy.tolist() == [1]
    assert found.busy_ratio[0] == 20_000 / result.end_ps
    assert found.mean_occupancy[0] == 5_700 / result.end_ps


def test_the_longer_of_service_and_handshake_keeps_a_sink_busy() -> None:
    network = Network(Mesh(1, 1), synapse_ps=5)
    packets = packets_of(0, 0, [0, 0], n_synapses=[0, 1000])
    result = compiled.simulate(network, packets)
    assert busy_ps(network, packets, result)[0, SINK] == 2700 + 5000
