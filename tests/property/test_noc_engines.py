"""All engines of the network-on-chip give the same result, on any network."""

import noc_reference
import numpy as np
import pytest
from noc_random import any_case, packets_of, timing_of

from async_sim import compiled, tick
from async_sim.engines import load_engine
from async_sim.mesh import Mesh
from async_sim.network import ARBITRATIONS, Network
from async_sim.routing import ROUTINGS
from async_sim.tick_memory import MASK, NEVER, build, finest_tick_ps
from configs.catalog import UnknownNameError

N_CASES, N_BATCHES = 500, 20
BATCHES = [range(N_CASES)[i::N_BATCHES] for i in range(N_BATCHES)]


@pytest.mark.parametrize("seeds", BATCHES, ids=str)
def test_the_tick_engine_equals_the_compiled_one(seeds: range) -> None:
    for seed in seeds:
        network, packets = any_case(seed)
        ticked = tick.simulate(network, packets, finest_tick_ps(network, packets))
        assert ticked.differences(compiled.simulate(network, packets)) == [], seed


@pytest.mark.parametrize("seeds", BATCHES, ids=str)
def test_the_actor_engine_equals_the_compiled_one(seeds: range) -> None:
    actors = pytest.importorskip("async_sim.actors", reason="the actor engine is not built")
    for seed in seeds:
        network, packets = any_case(seed)
        result = actors.simulate(network, packets)
        assert result.differences(compiled.simulate(network, packets)) == [], seed


@pytest.mark.parametrize("seeds", BATCHES, ids=str)
def test_the_compiled_engine_follows_the_rules_word_for_word(seeds: range) -> None:
    for seed in seeds[::3]:
        network, packets = any_case(seed)
        expected = noc_reference.simulate(network, packets)
        assert compiled.simulate(network, packets).differences(expected) == [], seed


@pytest.mark.parametrize("seed", range(30))
def test_any_order_within_an_instant_gives_the_same_result(seed: int) -> None:
    network, packets = any_case(1000 + seed)
    expected = noc_reference.simulate(network, packets)
    for order in range(3):
        shuffled = noc_reference.simulate(network, packets, np.random.default_rng(order))
        assert shuffled.differences(expected) == []


def test_the_random_networks_are_of_all_kinds() -> None:
    cases = [any_case(seed) for seed in range(N_CASES)]
    networks = [network for network, _ in cases]
    assert {one.arbitration for one in networks} == set(ARBITRATIONS)
    assert {one.routing for one in networks} == set(ROUTINGS)
    assert {one.n_channels for one in networks} == set(range(1, 9))
    assert (
        {one.depth for one in networks} == {one.sink_depth for one in networks} == {*range(1, 13)}
    )
    shortest = {one.timing.shortest_ps for one in networks}
    assert 1 in shortest
    assert max(shortest) > 1000
    assert any(one.link_ps for one in networks)
    assert any(one.mesh.width != one.mesh.height for one in networks)
    assert any(one.timing.shortest_ps * 5000 < one.timing.sink.cycle_ps for one in networks)
    results = [compiled.simulate(*case) for case in cases]
    assert sum(p.following is not None and p.following.any() for _, p in cases) > N_CASES / 5
    assert sum(int(one.wait_ps.sum()) > 0 for one in results) > N_CASES / 2
    assert sum(int(one.max_occupancy.max()) > 2 for one in results) > N_CASES / 4


@pytest.mark.parametrize("tick_ps", [300, 1000, 5000])
def test_a_coarse_tick_rounds_every_latency_up(tick_ps: int) -> None:
    flow = packets_of(0, 3, [0], n_synapses=3)
    rounded = [-(-ps // tick_ps) * tick_ps for ps in (1200, 1200, 1900, 1600)]
    result = tick.simulate(Network(Mesh(4, 1)), flow, tick_ps)
    assert result.injected_ps.tolist() == [0]
    assert result.delivered_ps.tolist() == [rounded[0] + 4 * sum(rounded[1:])]
    late = tick.simulate(Network(Mesh(4, 1)), packets_of(0, 3, [tick_ps + 1]), tick_ps)
    assert late.injected_ps.tolist() == [2 * tick_ps]
    busy = tick.simulate(Network(Mesh(4, 1), synapse_ps=7001, link_ps=1), flow, tick_ps)
    assert busy.delivered_ps[0] == result.delivered_ps[0] + 3 * tick_ps
    assert busy.end_ps - busy.delivered_ps[0] == -(-21_003 // tick_ps) * tick_ps


def test_a_coarse_tick_errs_by_no_more_than_its_rounding() -> None:
    network, packets = Network(Mesh(4, 4)), packets_of(np.arange(16), 15 - np.arange(16), 0)
    exact = compiled.simulate(network, packets)
    for tick_ps in (200, 300, 700):
        coarse = tick.simulate(network, packets, tick_ps)
        makespan, flight = tick.timing_errors(coarse, exact)
        assert 0 < makespan < tick_ps / 1200
        assert 0 < flight < tick_ps / 1200
    assert tick.timing_errors(tick.simulate(network, packets), exact) == (0, 0)


def test_errors_of_a_coarse_tick_by_hand() -> None:
    network, packet = Network(Mesh(2, 1)), packets_of(0, 1, 0)
    exact, coarse = compiled.simulate(network, packet), tick.simulate(network, packet, 1000)
    # flight 1200 + 2 x 4700 becomes 2000 + 2 x 6000; the sink's handshake of 2700 becomes 4000
    assert tick.timing_errors(coarse, exact) == pytest.approx((18_000 / 13_300 - 1, 14 / 10.6 - 1))


@pytest.mark.parametrize(
    ("changes", "finest"),
    [
        ({}, 100),
        ({"link_ps": 30}, 10),
        ({"timing": timing_of(sink=(1201, 1499))}, 1),
        ({"decode_ps": 2699}, 100),  # shorter than the sink's handshake, so that it never shows
        ({"decode_ps": 2750}, 50),
        ({"synapse_ps": 2775}, 25),
    ],
)
def test_the_finest_tick_divides_all_that_shows(changes: dict[str, int], finest: int) -> None:
    packets = packets_of(0, 1, [0, 4000], n_synapses=1)
    assert finest_tick_ps(Network(Mesh(2, 1), **changes), packets) == finest  # type: ignore[arg-type]


def test_the_finest_tick_divides_all_releases() -> None:
    network = Network(Mesh(2, 1))
    assert finest_tick_ps(network, packets_of(0, 1, [0, 4020])) == 20
    assert finest_tick_ps(network, packets_of([], [], [])) == 100


def test_no_packets_take_no_time() -> None:
    nothing = packets_of([], [], [])
    for simulate in (compiled.simulate, tick.simulate):
        result = simulate(Network(Mesh(3, 2)), nothing)
        assert (result.end_ps, int(result.fires.sum()), len(result.delivered_ps)) == (0, 0, 0)


@pytest.mark.parametrize("simulate", [compiled.simulate, tick.simulate])
def test_packets_to_nowhere_are_refused(simulate: object) -> None:
    with pytest.raises(ValueError, match=r"packet 1: destination 6 is not in the 3x2 mesh"):
        simulate(Network(Mesh(3, 2)), packets_of(0, [1, 6], 0))  # type: ignore[operator]


def test_a_tick_takes_time() -> None:
    with pytest.raises(ValueError, match="a tick must last at least 1 ps, got 0"):
        tick.simulate(Network(Mesh(2, 1)), packets_of(0, 1, 0), 0)


def test_the_tick_engine_stops_when_nothing_can_move_and_names_who_waits() -> None:
    network = Network(Mesh(2, 1))
    m, k, t = build(network, packets_of(0, 1, 0), np.arange(1), 100)
    node = network.mesh.n_nodes * 17
    m[:node] = NEVER
    m[node + MASK + 6] = 1
    assert tick.run_ticks(m, k, t) <= 1024
    assert tick.stuck(network, m, k) == (
        "tokens wait for each other for ever in (0, 0) switch allocator east"
    )


def test_engines_are_found_by_name() -> None:
    assert load_engine("compiled") is compiled.simulate
    assert load_engine("tick") is tick.simulate
    with pytest.raises(UnknownNameError, match="no engine called 'actr'; did you mean 'actor'"):
        load_engine("actr")
