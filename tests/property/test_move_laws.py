"""Laws of moves: on random designs of random applications, every move keeps its promises."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from async_sim.application import Application, Link, chain_of
from async_sim.connections import Connection
from async_sim.execution import execute
from async_sim.hardware import Hardware, laid_out
from async_sim.mesh import LOCAL, Mesh
from envs.ancoef_design import choices_of, hardware_of
from envs.moves.families import all_moves
from envs.moves.links import Flows, busiest, flows_on_busiest, link_packets
from envs.moves.map import drawn_pairs, swap_changes, swapped
from envs.moves.move import Limits
from envs.moves.placing import packet_hops, remeshed
from envs.moves.traffic import layer_events
from snn.spikes import generated

LIMITS = Limits(
    least_neurons=1,
    most_neurons=16,
    longest_side=8,
    depths=(1, 2, 4, 8, 16, 32),
    channels=(1, 2, 4, 8),
    arbitrations=("round-robin", "age"),
    routings=("xy", "yx"),
    n_candidates=5,
)
MOVES = all_moves(LIMITS)
OPPOSITES = [
    ("partition.halve", "partition.double"),
    ("alter.deepen", "alter.flatten"),
    ("alter.add_channels", "alter.drop_channels"),
    ("alter.add_column", "alter.drop_column"),
    ("alter.add_row", "alter.drop_row"),
    ("alter.grow", "alter.shrink"),
    ("balance.deal", "balance.deal"),
]


@st.composite
def applications(draw: st.DrawFn) -> Application:
    """A convolution, a pooling and a dense layer; perhaps with a shortcut around the pooling."""
    side, channels = draw(st.integers(3, 4)), draw(st.integers(1, 3))
    convolution = Connection("convolution", (side, side, 1), channels, 2)
    pooling = Connection("pooling", convolution.out_shape, channels)
    dense = Connection("dense", pooling.out_shape, draw(st.integers(1, 5)))
    links = chain_of([convolution, pooling, dense])
    if draw(st.booleans()):
        links += (Link(1, 3, Connection("dense", convolution.out_shape, dense.channels)),)
    sizes = (side * side, convolution.n_outputs, pooling.n_outputs, dense.n_outputs)
    generator = np.random.default_rng(draw(st.integers(0, 99)))
    trace = generated(sizes, (0.5, 0.4, 0.4, 0.3), 3, generator)
    names = ("input", "one", "two", "three")
    return Application("drawn", names, links, trace, 1, 10, 5, 2, 8)


@st.composite
def cases(draw: st.DrawFn) -> tuple[Application, Hardware]:
    application = draw(applications())
    room = draw(st.sampled_from([1, 2, 4, 8]))
    cores = tuple(
        draw(st.integers(-(-size // room), min(size, -(-size // room) + 2)))
        for size in application.layer_sizes
    )
    width = draw(st.integers(-(-sum(cores) // 8), 8))
    height = draw(st.integers(-(-sum(cores) // width), 8))
    mesh = Mesh(width, height)
    nodes = draw(st.permutations(range(mesh.n_nodes)))[: sum(cores)]
    hardware = Hardware(
        mesh,
        room,
        cores,
        tuple(nodes),
        draw(st.sampled_from(["in-order", "by-load"])),
        draw(st.sampled_from(["round-robin", "age", "fixed"])),
        draw(st.sampled_from(["xy", "yx", "odd-even"])),
        draw(st.sampled_from([1, 3, 8])),
        draw(st.sampled_from([1, 3, 4])),
    )
    return application, hardware


@pytest.mark.parametrize("name", MOVES)
@given(case=cases(), seed=st.integers(0, 9))
@settings(max_examples=25, deadline=None)
def test_a_move_leads_to_another_valid_design_and_leaves_the_first_as_it_was(
    name: str, case: tuple[Application, Hardware], seed: int
) -> None:
    application, hardware = case
    before, move = hardware.to_json(), MOVES[name]
    if not move.is_possible(hardware, application):
        return
    after = move.apply(hardware, application, np.random.default_rng(seed))
    assert hardware.to_json() == before  # so that undoing is keeping the design
    after.check(application)
    assert hardware_of(choices_of(after), application) == after
    assert max(after.mesh.width, after.mesh.height) <= LIMITS.longest_side
    again = move.apply(hardware, application, np.random.default_rng(seed))
    assert again == after
    if name not in ("map.rebuild", "map.polish"):
        assert after != hardware


@pytest.mark.parametrize(("there", "back"), OPPOSITES)
@given(case=cases())
@settings(max_examples=40, deadline=None)
def test_opposite_moves_lead_back(
    there: str, back: str, case: tuple[Application, Hardware]
) -> None:
    application, hardware = case
    if there.startswith("alter"):
        hardware = replace(hardware, depth=4, n_channels=2)
    if not MOVES[there].is_possible(hardware, application):
        return
    random = np.random.default_rng(0)
    after = MOVES[there].apply(hardware, application, random)
    if there == "partition.halve" and _lost(hardware, after, application):
        return
    assert MOVES[back].is_possible(after, application)
    if not there.startswith("alter"):  # a mesh that was too small has grown, and stays so
        hardware = remeshed(hardware, application, after.mesh)
    assert MOVES[back].apply(after, application, random) == hardware


def _lost(before: Hardware, after: Hardware, application: Application) -> bool:
    """Whether a layer had more cores to spare than its neurons can use."""
    extra = [
        tuple(
            n - -(-size // one.neurons_per_core)
            for n, size in zip(one.cores, application.layer_sizes, strict=True)
        )
        for one in (before, after)
    ]
    return extra[0] != extra[1]


@given(case=cases())
@settings(max_examples=40, deadline=None)
def test_packet_hops_and_packets_on_links_are_those_of_a_simulation(
    case: tuple[Application, Hardware],
) -> None:
    application, hardware = case
    run = execute(application, hardware)
    n_hops = sum(int(packets.hops(hardware.mesh).sum()) for packets in run.packets)
    assert packet_hops(hardware, application) == n_hops
    nodes, flows = np.array(hardware.nodes), Flows.of(hardware, application)
    assert sum(float(one.sum()) for one in link_packets(hardware, flows, nodes)) == n_hops
    assert flows.n_packets[flows_on_busiest(hardware, flows)].sum() == busiest(
        hardware, flows, nodes
    )
    if hardware.routing != "odd-even":
        most = run.total("link_flits")[:, LOCAL + 1 :].max()
        assert busiest(hardware, flows, nodes) == most


@given(application=applications())
@settings(max_examples=20, deadline=None)
def test_layers_get_the_spikes_and_synapses_that_their_links_bring(
    application: Application,
) -> None:
    hardware = laid_out(application, 32)  # one core a layer: a packet is a spike
    run = execute(application, hardware)
    arriving, met = layer_events(application)
    for layer, node in enumerate(hardware.nodes):
        packets = [(one, one.destination == node) for one in run.packets]
        if len([link for link in application.links if link.target == layer]) == 1:
            assert arriving[layer] == sum(int(here.sum()) for _, here in packets)
        assert met[layer] == sum(int(one.n_synapses[here].sum()) for one, here in packets)


@given(case=cases(), seed=st.integers(0, 99))
@settings(max_examples=60, deadline=None)
def test_a_swap_changes_packet_hops_by_what_was_foretold(
    case: tuple[Application, Hardware], seed: int
) -> None:
    application, hardware = case
    pairs = drawn_pairs(len(hardware.nodes), 4, np.random.default_rng(seed))
    before = packet_hops(hardware, application)
    for pair, change in zip(pairs, swap_changes(hardware, application, pairs), strict=True):
        assert packet_hops(swapped(hardware, pair), application) == before + change
