"""Multicast trees: one token until ways part, every destination once, the same in every engine."""

from dataclasses import replace

import noc_reference
import numpy as np
import pytest
from noc_random import any_case, packets_of

from async_sim import actors, compiled, tick
from async_sim.mesh import EAST, INPUT, LOCAL, N_PORTS, OUTPUT, SINK, SOURCE, Mesh
from async_sim.multicast import as_trees
from async_sim.network import ARBITRATIONS, Network
from async_sim.packets import Packets
from async_sim.routing import ROUTINGS, next_port
from async_sim.steps import simulate_steps
from async_sim.workloads import Workload

ENGINES = [actors.simulate, compiled.simulate, tick.simulate, noc_reference.simulate]
IDS = ["actor", "compiled", "tick", "reference"]
GROUPED = [
    seed
    for seed in range(400)
    if (found := any_case(seed)[1].following) is not None and found.any()
]


def random_groups(seed: int, mesh: Mesh, n: int = 200) -> Packets:
    rng = np.random.default_rng(seed)
    source, release = rng.integers(0, mesh.n_nodes, n), rng.integers(0, 4, n) * 50_000
    return packets_of(source, rng.integers(0, mesh.n_nodes, n), release)


def links_of(packets: Packets, mesh: Mesh, routing: str) -> int:
    """Links on the ways of every group, each counted once."""
    assert packets.following is not None
    ends = np.arange(len(packets)) + packets.following
    links = set()
    for i in range(len(packets)):
        node, to = int(packets.source[i]), mesh.at(int(packets.destination[i]))
        while port := int(next_port(ROUTINGS[routing], *mesh.at(node), 0, *to, 0)):
            links.add((int(ends[i]), node, port))
            onward = mesh.neighbour(node, port)
            assert onward is not None
            node = onward
    return len(links)


@pytest.mark.parametrize("simulate", ENGINES, ids=IDS)
def test_a_group_parts_where_its_ways_do(simulate: object) -> None:
    group = replace(packets_of(0, [1, 2], 0), following=np.array([1, 0]))
    result = simulate(Network(Mesh(3, 1)), group)  # type: ignore[operator]
    # source 0, input unit 1200, switch 2400, output 4300, input unit of node 1 at 5900: there the
    # first goes to switch 7100, output 9000, sink 10600. The second waits for the acknowledgement
    # of the switch, 7100 + 2400 = 9500: then 10700, 12600, node 2 at 14200, 15400, 17300, 18900
    assert result.injected_ps.tolist() == [0, 0]
    assert result.delivered_ps.tolist() == [10_600, 18_900]
    assert result.fires[:, SOURCE].tolist() == [1, 0, 0]
    assert result.fires[:, SINK].tolist() == [0, 1, 1]
    assert result.fires[:, INPUT : INPUT + N_PORTS].sum(axis=1).tolist() == [1, 2, 1]
    assert result.link_flits[:, LOCAL + 1 :].sum(axis=1).tolist() == [1, 1, 0]
    assert result.wait_ps[1, :N_PORTS].sum() == 9500 - 5900
    assert result.wait_ps.sum() == 9500 - 5900


@pytest.mark.parametrize("simulate", ENGINES, ids=IDS)
def test_a_place_is_free_only_when_the_last_branch_went(simulate: object) -> None:
    group = replace(packets_of(0, [1, 2], 0), following=np.array([1, 0]))
    next_one = packets_of(0, 1, 0)
    columns = [
        np.concatenate([getattr(one, name) for one in (group, next_one)])
        for name in ("source", "destination", "channel", "release_ps", "n_synapses")
    ]
    both = Packets(*columns, np.array([1, 0, 0]))
    result = simulate(Network(Mesh(3, 1), depth=1), both)  # type: ignore[operator]
    # the next one is injected at 2700, comes to the output unit of node 0 at 8600 and waits there
    # for the place in node 1, which is acknowledged with the last branch: 9500 + 1500
    assert result.injected_ps.tolist() == [0, 0, 2700]
    assert result.wait_ps[0, OUTPUT + EAST] == 11_000 - 8600
    # then it waits in node 1 for the switch that took the last branch: 10,700 + 2400
    assert result.delivered_ps[2] == 13_100 + 1200 + 1900 + 1600


@pytest.mark.parametrize("routing", ["xy", "yx"])
@pytest.mark.parametrize("seed", range(5))
def test_a_tree_passes_each_link_of_its_ways_once(seed: int, routing: str) -> None:
    mesh = Mesh(5, 4)
    network = Network(mesh, routing=routing)
    trees = as_trees(random_groups(seed, mesh), mesh, routing, network.n_channels)
    result = compiled.simulate(network, trees)
    n_links = links_of(trees, mesh, routing)
    assert result.link_flits[:, LOCAL + 1 :].sum() == n_links < trees.hops(mesh).sum()
    workload = Workload("", mesh, (trees,), 1, np.zeros(20, np.int64), np.arange(20))
    run = simulate_steps(network, workload)
    assert run.n_saved_hops == trees.hops(mesh).sum() - n_links


@pytest.mark.parametrize("seed", GROUPED[::3])
def test_every_member_is_delivered_exactly_once(seed: int) -> None:
    network, packets = any_case(seed)
    result = compiled.simulate(network, packets)
    assert packets.following is not None
    assert (result.delivered_ps > result.injected_ps).all()
    assert (result.injected_ps >= packets.release_ps).all()
    n = network.mesh.n_nodes
    assert result.fires[:, SINK].tolist() == np.bincount(packets.destination, minlength=n).tolist()
    assert result.fires[:, SOURCE].sum() == (packets.following == 0).sum()
    assert result.fires[:, OUTPUT + LOCAL].tolist() == result.fires[:, SINK].tolist()


@pytest.mark.parametrize("seed", range(20))
def test_groups_of_one_change_nothing(seed: int) -> None:
    network, packets = any_case(seed)
    network = replace(network, routing="yx" if seed % 2 else "xy")
    alone, ones = replace(packets, following=None), np.zeros(len(packets), np.int64)
    for simulate in (actors.simulate, compiled.simulate):
        grouped = simulate(network, replace(packets, following=ones))
        assert grouped.differences(simulate(network, alone)) == []


@pytest.mark.parametrize("arbitration", ARBITRATIONS)
def test_trees_in_the_smallest_buffers_come_to_an_end(arbitration: str) -> None:
    mesh = Mesh(4, 4)
    everyone = packets_of(np.repeat(np.arange(16), 16 * 5), np.tile(np.arange(16), 16 * 5), 0)
    network = Network(mesh, 1, depth=1, sink_depth=1, arbitration=arbitration, synapse_ps=9000)
    result = compiled.simulate(network, as_trees(everyone, mesh, "xy", 1))
    assert (result.delivered_ps >= 0).all()


def test_a_traced_run_of_trees_is_the_same() -> None:
    for seed in GROUPED[:20]:
        case = any_case(seed)
        result, events = compiled.simulate_traced(*case)
        assert result.digest == compiled.simulate(*case).digest
        assert len(events) == result.fires.sum()


def test_spikes_become_groups_that_take_the_channels_in_turn() -> None:
    mesh = Mesh(3, 3)
    copies = packets_of([4, 4, 4, 4, 4, 0], [0, 8, 5, 3, 5, 1], [10, 10, 10, 20, 20, 20])
    trees = as_trees(copies, mesh, "xy", 2)
    assert trees.source.tolist() == [0, 4, 4, 4, 4, 4]
    assert np.asarray(trees.following).tolist() == [0, 2, 1, 0, 1, 0]
    assert trees.destination.tolist() == [1, 0, 5, 8, 3, 5]  # west; then east, and there north
    assert trees.channel.tolist() == [0, 0, 0, 0, 1, 1]


def test_a_second_packet_to_one_node_begins_a_group_of_its_own() -> None:
    trees = as_trees(packets_of(0, [1, 1, 2], 5), Mesh(3, 1), "xy", 4)
    assert trees.destination.tolist() == [1, 2, 1]
    assert np.asarray(trees.following).tolist() == [1, 0, 0]


@pytest.mark.parametrize(
    ("following", "changes", "told"),
    [
        ([1, 1, 0], {}, "packet 1: a multicast group is"),
        ([1, 0, 1], {}, "packet 2: a multicast group is"),
        ([-1, 0, 0], {}, "packet 0: a multicast group is"),
        ([2, 1, 0], {"channel": [0, 0, 1]}, "packet 2: a multicast group is"),
        ([2, 1, 0], {"release_ps": [0, 7, 7]}, "packet 1: a multicast group is"),
        ([2, 1, 0], {"destination": [1, 2, 1]}, "has each destination once"),
        ([2, 1, 0], {"source": [0, 0, 1]}, "packet 1: a multicast group is"),
    ],
)
def test_groups_that_are_none_are_refused(
    following: list[int], changes: dict[str, list[int]], told: str
) -> None:
    packets = replace(packets_of(0, [1, 2, 3], 0), **changes)  # type: ignore[arg-type]
    packets = replace(packets, following=np.array(following))
    for simulate in ENGINES[:3]:
        with pytest.raises(ValueError, match=told):
            simulate(Network(Mesh(4, 1)), packets)


@pytest.mark.parametrize("simulate", ENGINES[:3], ids=IDS[:3])
def test_routing_that_may_choose_allows_no_trees(simulate: object) -> None:
    group = replace(packets_of(0, [1, 2], 0), following=np.array([1, 0]))
    with pytest.raises(ValueError, match="multicast as a tree needs xy or yx routing, not odd-ev"):
        simulate(Network(Mesh(3, 1), routing="odd-even"), group)  # type: ignore[operator]
    with pytest.raises(ValueError, match="multicast as a tree needs xy or yx routing, not odd-ev"):
        as_trees(group, Mesh(3, 1), "odd-even", 4)
