"""Laws of the network-on-chip that hold whatever the traffic (I1 to I7, I10, I11, I13).

The numbers are those of the specification; I8 and I12 are in `test_noc_queues`, I9 is in
`test_noc_oracle`, equality of engines in `test_noc_engines`.
"""

from dataclasses import replace
from typing import Any

import noc_reference
import numpy as np
import pytest
from noc_random import packets_of, random_case, timing_of

from async_sim import compiled, tick
from async_sim.mesh import N_PORTS, OUTPUT, SINK, SOURCE, Mesh
from async_sim.network import Network
from async_sim.packets import Packets
from async_sim.result import Result, n_stashes
from async_sim.tick_memory import finest_tick_ps
from async_sim.timing import STAGES, RouterTiming, StageTiming

Case = tuple[Network, Packets, Result]
SEEDS = range(2000, 2100)
USUAL = Network(Mesh(5, 4))
IU_PS, SA_PS, OU_PS = 1200, 1900, 1600


def run_ticks(network: Network, packets: Packets) -> Result:
    return tick.simulate(network, packets, finest_tick_ps(network, packets))


@pytest.fixture(scope="module", params=[compiled.simulate, run_ticks], ids=["compiled", "tick"])
def cases(request: Any) -> list[Case]:
    drawn = [random_case(seed) for seed in SEEDS]
    return [(*case, request.param(*case)) for case in drawn]


def hops(network: Network, packets: Packets) -> Any:
    pairs = zip(packets.source.tolist(), packets.destination.tolist(), strict=True)
    return np.array([network.mesh.hops(*pair) for pair in pairs])


def flight_ps(network: Network, packets: Packets) -> Any:
    """From source to the end of the last FIFO, when nobody is in the way."""
    t = network.timing
    router = sum(
        stage.forward_ps for stage in (t.input_unit, t.switch_allocator, t.output_unit)
    )  # of each router on the way
    n = hops(network, packets)
    return t.source.forward_ps + (n + 1) * router + n * network.link_ps


def test_i1_each_packet_arrives_once_where_it_should(cases: list[Case]) -> None:
    for network, packets, result in cases:
        n = network.mesh.n_nodes
        assert (result.delivered_ps >= 0).all()
        sent, received = (
            np.bincount(a, minlength=n) for a in (packets.source, packets.destination)
        )
        assert result.fires[:, SOURCE].tolist() == sent.tolist()
        assert result.fires[:, SINK].tolist() == received.tolist()
        for node in range(n):  # a sink takes one at a time, each for as long as it is busy
            mine = np.flatnonzero(packets.destination == node)
            mine = mine[np.argsort(result.delivered_ps[mine])]
            service = network.decode_ps + network.synapse_ps * packets.n_synapses[mine]
            busy = np.maximum(service, network.timing.sink.cycle_ps)
            assert (np.diff(result.delivered_ps[mine]) >= busy[:-1]).all()


def test_i2_packets_of_a_flow_and_channel_keep_their_order(cases: list[Case]) -> None:
    n_flows = 0
    for network, packets, result in cases:
        if network.routing == "odd-even":  # packets of one flow may take several ways
            continue
        flows = np.stack([packets.source, packets.destination, packets.channel])
        for flow in np.unique(flows, axis=1).T:
            mine = (flows == flow[:, None]).all(axis=0)
            n_flows += mine.sum() > 1
            assert (np.diff(result.injected_ps[mine]) > 0).all()
            assert (np.diff(result.delivered_ps[mine]) > 0).all()
    assert n_flows > 100


def test_i3_nothing_moves_before_its_time(cases: list[Case]) -> None:
    for _, packets, result in cases:
        assert (packets.release_ps <= result.injected_ps).all()
        assert (result.injected_ps < result.delivered_ps).all()
        assert result.end_ps > result.delivered_ps.max()


def test_i3_a_message_that_takes_no_time_is_refused() -> None:
    with pytest.raises(ValueError, match="forward_ps must lie between 1"):
        StageTiming(0, 5)
    with pytest.raises(ValueError, match="backward_ps must lie between 1"):
        StageTiming(5, 0)


def test_i4_the_number_of_fires_does_not_depend_on_time(cases: list[Case]) -> None:
    for network, packets, result in cases:
        visits = int((hops(network, packets) + 1).sum())
        kinds = result.fires[:, :SOURCE].reshape(-1, 3, N_PORTS).sum(axis=(0, 2))
        assert kinds.tolist() == [visits] * 3
        assert result.fires.sum() == 2 * len(packets) + 3 * visits
        assert result.link_flits[:, 1:].sum() == hops(network, packets).sum()


def test_i5_no_fifo_holds_more_than_its_depth(cases: list[Case]) -> None:
    is_full = {"input": False, "sink": False}
    for network, _, result in cases:
        n = network.n_channels
        inputs, latches, source, sinks = np.split(
            result.max_occupancy, [N_PORTS * n, n_stashes(n) - 1 - n, n_stashes(n) - n], axis=1
        )
        assert inputs.max() <= network.depth
        assert latches.max() == 1
        assert (source == 0).all()
        assert 1 <= sinks.max() <= network.sink_depth
        is_full["input"] |= bool(inputs.max() == network.depth > 1)
        is_full["sink"] |= bool(sinks.max() == network.sink_depth > 1)
    assert is_full == {"input": True, "sink": True}


@pytest.mark.parametrize("seed", SEEDS[:40])
def test_i5_no_credit_is_ever_lost(seed: int) -> None:
    network, packets = random_case(seed)
    after = noc_reference.Reference(network, packets, None)
    after.run()  # asserts at every instant that credits, and messages under way, are the depth
    assert not any(after.under_way.values())


def test_i6_no_packet_is_faster_than_an_empty_network_allows(cases: list[Case]) -> None:
    for network, packets, result in cases:
        took = result.delivered_ps - result.injected_ps
        assert (took >= flight_ps(network, packets)).all()


@pytest.mark.parametrize("simulate", [compiled.simulate, run_ticks])
@pytest.mark.parametrize("network", [USUAL, replace(USUAL, link_ps=300, routing="odd-even")])
def test_i6_alone_a_packet_is_as_fast_as_that(simulate: Any, network: Network) -> None:
    pairs = np.arange(network.mesh.n_nodes**2)
    source, destination = pairs // network.mesh.n_nodes, pairs % network.mesh.n_nodes
    packets = packets_of(source, destination, pairs * 100_000, pairs % 4)
    result = simulate(network, packets)
    n = hops(network, packets)
    took = 1200 + (IU_PS + SA_PS + OU_PS) * (n + 1) + network.link_ps * n
    assert (result.injected_ps == packets.release_ps).all()
    assert (result.delivered_ps - result.injected_ps == took).all()
    assert result.wait_ps.sum() == 0


@pytest.mark.parametrize("simulate", [compiled.simulate, run_ticks])
@pytest.mark.parametrize(
    ("interval", "changes", "stages"),
    [
        (4300, {}, {}),  # the switch allocator
        (34_000, {"decode_ps": 34_000}, {}),  # a slow sink: exactly its service
        (2700, {}, {"switch_allocator": (9, 9), "output_unit": (9, 9)}),  # the input unit
        (5000, {}, {"source": (2000, 3000)}),
        (6000, {}, {"input_unit": (3000, 3000)}),
        (3600, {}, {"switch_allocator": (900, 1000), "source": (1, 1)}),  # the output unit
        (3900, {"n_channels": 1}, {"switch_allocator": (1900, 1000)}),  # its latch: 1900 + 2000
        (4600, {"n_channels": 1}, {"input_unit": (2200, 1500)}),  # 2200 + 2400
        (8900, {"depth": 1, "link_ps": 2900}, {}),  # FIFO of one: 1600 + 1500 + 2 x 2900
        (4450, {"depth": 2, "link_ps": 2900}, {}),
    ],
)
def test_i7_a_saturated_flow_goes_at_the_pace_of_its_slowest_stage(
    simulate: Any, interval: int, changes: Any, stages: Any
) -> None:
    network = replace(Network(Mesh(3, 1)), timing=timing_of(**stages), **changes)
    n = 400
    channel = 0 if "depth" in changes else np.arange(n) % network.n_channels
    delivered = simulate(network, packets_of(0, 2, np.zeros(n), channel)).delivered_ps
    assert delivered[-1] - delivered[-21] == 20 * interval


def scaled(network: Network, factor: int) -> Network:
    stages = {
        name: StageTiming(stage.forward_ps * factor, stage.backward_ps * factor)
        for name in STAGES
        for stage in [getattr(network.timing, name)]
    }
    times = {
        name: getattr(network, name) * factor for name in ("decode_ps", "synapse_ps", "link_ps")
    }
    return replace(network, timing=RouterTiming(**stages), **times)


def assert_affine(one: Result, other: Result, factor: int, later: int) -> None:
    """All times of the other are those of the one, times a factor, plus a shift."""
    assert other.injected_ps.tolist() == (one.injected_ps * factor + later).tolist()
    assert other.delivered_ps.tolist() == (one.delivered_ps * factor + later).tolist()
    assert other.end_ps == one.end_ps * factor + later
    assert other.wait_ps.tolist() == (one.wait_ps * factor).tolist()
    assert other.fires.tolist() == one.fires.tolist()
    assert other.max_occupancy.tolist() == one.max_occupancy.tolist()


@pytest.mark.parametrize("later", [1, 1023, 123_456_789])
def test_i10a_later_releases_shift_all_times(later: int) -> None:
    for network, packets in map(random_case, SEEDS):
        one = compiled.simulate(network, packets)
        moved = replace(packets, release_ps=packets.release_ps + later)
        assert_affine(one, compiled.simulate(network, moved), 1, later)


@pytest.mark.parametrize("factor", [2, 7, 1000])
def test_i10b_longer_latencies_scale_all_times(factor: int) -> None:
    for network, packets in map(random_case, SEEDS):
        one = compiled.simulate(network, packets)
        slower = replace(packets, release_ps=packets.release_ps * factor)
        assert_affine(one, compiled.simulate(scaled(network, factor), slower), factor, 0)


@pytest.mark.parametrize("seed", SEEDS[:30])
def test_i10c_traffic_that_never_meets_does_not_matter(seed: int) -> None:
    rng, n = np.random.default_rng(seed), 400
    network = replace(random_case(seed)[0], mesh=Mesh(6, 4), routing="xy")
    half = rng.integers(0, 2, n)  # columns 0 to 2, or 3 to 5
    x, to_x = rng.integers(0, 3, (2, n)) + 3 * half
    y, to_y = rng.integers(0, 4, (2, n))
    channel = rng.integers(0, network.n_channels, n)
    packets = packets_of(y * 6 + x, to_y * 6 + to_x, rng.integers(0, 200_000, n), channel, 2)
    is_right = packets.source % 6 >= 3
    both = compiled.simulate(network, packets)
    parts = [compiled.simulate(network, packets.take(is_right == side)) for side in (False, True)]
    for side, part in enumerate(parts):
        assert both.delivered_ps[is_right == side].tolist() == part.delivered_ps.tolist()
        assert both.injected_ps[is_right == side].tolist() == part.injected_ps.tolist()
    assert both.wait_ps.tolist() == (parts[0].wait_ps + parts[1].wait_ps).tolist()
    assert both.fires.tolist() == (parts[0].fires + parts[1].fires).tolist()
    assert both.end_ps == max(part.end_ps for part in parts)


def test_i10_order_of_sources_in_the_arrays_does_not_matter(cases: list[Case]) -> None:
    for network, packets, result in cases:
        if network.routing == "odd-even":  # a packet's number decides its way
            continue
        order = np.argsort(packets.source, kind="stable")
        other = compiled.simulate(network, packets.take(order))
        assert other.delivered_ps.tolist() == result.delivered_ps[order].tolist()
        assert other.wait_ps.tolist() == result.wait_ps.tolist()


def test_i11_the_time_of_all_packets_is_the_integral_of_their_number(cases: list[Case]) -> None:
    for network, packets, result in cases:
        took = int((result.delivered_ps - result.injected_ps).sum())
        times = np.concatenate([result.injected_ps, result.delivered_ps])
        change = np.repeat([1, -1], len(packets))[np.argsort(times, kind="stable")]
        population, spans = np.cumsum(change)[:-1], np.diff(np.sort(times))
        assert took == (population * spans).sum()
        assert took == result.wait_ps.sum() + flight_ps(network, packets).sum()


@pytest.mark.parametrize("seed", SEEDS[:40])
def test_i11_waiting_is_the_integral_of_what_a_stash_holds(seed: int) -> None:
    network, packets = random_case(seed)
    reference = noc_reference.Reference(network, packets, None)
    reference.run()
    population = np.array([one.population for one in reference.controllers]).reshape(-1, 17)
    population[:, SOURCE] = 0
    assert compiled.simulate(network, packets).wait_ps.tolist() == population.tolist()


@pytest.mark.parametrize("simulate", [compiled.simulate, run_ticks])
@pytest.mark.parametrize("n_hops", [0, 1, 4])
@pytest.mark.parametrize(("depth", "sink_depth"), [(8, 8), (1, 1), (5, 2)])
def test_i13_a_way_holds_no_more_packets_than_it_has_room_for(
    simulate: Any, n_hops: int, depth: int, sink_depth: int
) -> None:
    network = Network(Mesh(5, 1), depth=depth, sink_depth=sink_depth, decode_ps=2_000_000)
    n = 200
    result = simulate(network, packets_of(0, n_hops, np.zeros(n), 3))
    gone = np.searchsorted(result.delivered_ps, result.injected_ps, "left")
    most = (np.arange(1, n + 1) - gone).max()
    assert most == depth + (n_hops + 1) * 2 + n_hops * depth + sink_depth
    assert result.max_occupancy[n_hops, -network.n_channels + 3] == sink_depth
    assert result.fires[n_hops, OUTPUT] == n
