"""Law I10f: a mirrored mesh with mirrored traffic gives mirrored results, where nothing ties.

Under `age` the longest wait goes first, whatever its port; ports decide only between tokens that
came to a switch allocator at the same instant. Cases in which that happens are left out.
"""

from dataclasses import replace

import numpy as np
import pytest
from noc_random import packets_of

from async_sim import compiled
from async_sim.events import Events
from async_sim.mesh import EAST, LOCAL, N_PORTS, NORTH, OUTPUT, SOUTH, SWITCH, WEST, Mesh
from async_sim.network import Network
from async_sim.packets import Integers, Packets
from async_sim.passages import passages_of
from async_sim.result import Result
from async_sim.timing import STAGES, RouterTiming, StageTiming

SEEDS = range(400)
SYMMETRIC = ("xy", "yx")
AXES = {"x": [LOCAL, WEST, EAST, NORTH, SOUTH], "y": [LOCAL, EAST, WEST, SOUTH, NORTH]}


def case(seed: int, arbitration: str, routings: tuple[str, ...]) -> tuple[Network, Packets]:
    """Traffic dense enough to meet, at picoseconds odd enough not to tie."""
    rng = np.random.default_rng(seed)
    mesh = Mesh(int(rng.integers(2, 6)), int(rng.integers(1, 6)))
    stages = {name: StageTiming(*rng.integers(900, 2500, 2).tolist()) for name in STAGES}
    n = int(rng.integers(5, 120))
    network = Network(
        mesh,
        n_channels=int(rng.integers(1, 5)),
        depth=int(rng.integers(1, 9)),
        sink_depth=int(rng.integers(1, 9)),
        arbitration=arbitration,
        routing=str(rng.choice(routings)),
        synapse_ps=int(rng.choice([0, 997])),
        timing=RouterTiming(**stages),
    )
    source, destination = rng.integers(0, mesh.n_nodes, (2, n))
    release_ps = rng.integers(0, int(rng.choice([20_000, 200_000])), n)
    channel, n_synapses = rng.integers(0, network.n_channels, n), rng.integers(0, 9, n)
    return network, packets_of(source, destination, release_ps, channel, n_synapses)


def has_ties(network: Network, packets: Packets, events: Events) -> bool:
    """Whether tokens came to a switch allocator by two ports at the same instant."""
    some = passages_of(network, packets, events)
    at_switch = (some.unit >= SWITCH) & (some.unit < OUTPUT)
    columns = (some.node[at_switch], some.unit[at_switch], some.arrival_ps[at_switch])
    arrivals = np.stack(columns, axis=1)
    return len(np.unique(arrivals, axis=0)) < len(arrivals)


def mirrored_nodes(mesh: Mesh, axis: str) -> Integers:
    """The node that each one becomes; the same the other way round."""
    y, x = np.divmod(np.arange(mesh.n_nodes), mesh.width)
    if axis == "x":
        x = mesh.width - 1 - x
    else:
        y = mesh.height - 1 - y
    mirrored: Integers = y * mesh.width + x
    return mirrored


def mirrored(packets: Packets, mesh: Mesh, axis: str) -> Packets:
    nodes = mirrored_nodes(mesh, axis)
    return replace(packets, source=nodes[packets.source], destination=nodes[packets.destination])


def mirrored_counts(counts: Integers, mesh: Mesh, axis: str) -> Integers:
    """Of controllers, (R, 17)."""
    ports = np.array(AXES[axis])
    units = np.concatenate([ports, N_PORTS + ports, 2 * N_PORTS + ports, [15, 16]])
    return counts[mirrored_nodes(mesh, axis)][:, units]


def same_mirrored(one: Result, other: Result, mesh: Mesh, axis: str) -> bool:
    times = ("injected_ps", "delivered_ps", "end_ps")
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in times) and all(
        np.array_equal(mirrored_counts(getattr(one, name), mesh, axis), getattr(other, name))
        for name in ("fires", "wait_ps")
    )


def untied(
    arbitration: str, routings: tuple[str, ...] = SYMMETRIC
) -> list[tuple[Network, Packets, Result]]:
    found = []
    for seed in SEEDS:
        network, packets = case(seed, arbitration, routings)
        result, events = compiled.simulate_traced(network, packets)
        if not has_ties(network, packets, events):
            found.append((network, packets, result))
    return found


@pytest.mark.parametrize(
    ("axis", "routings"),
    [("x", SYMMETRIC), ("y", SYMMETRIC), ("y", ("odd-even",))],  # columns are odd or even, rows not
)
def test_i10f_a_mirrored_mesh_gives_mirrored_results(axis: str, routings: tuple[str, ...]) -> None:
    cases = untied("age", routings)
    assert len(cases) > len(SEEDS) / 2
    waited = [int(result.wait_ps[:, SWITCH:OUTPUT].sum()) > 0 for *_, result in cases]
    assert sum(waited) > len(cases) / 2  # somebody had to be chosen
    for network, packets, result in cases:
        other = compiled.simulate(network, mirrored(packets, network.mesh, axis))
        assert same_mirrored(result, other, network.mesh, axis)


@pytest.mark.parametrize("arbitration", ["fixed", "round-robin"])
def test_i10f_holds_for_no_arbiter_that_looks_at_ports(arbitration: str) -> None:
    differ = [
        not same_mirrored(
            result,
            compiled.simulate(network, mirrored(packets, network.mesh, "x")),
            network.mesh,
            "x",
        )
        for network, packets, result in untied(arbitration)
    ]
    assert sum(differ) > len(differ) / 20


def test_i10f_does_not_hold_where_two_come_at_once() -> None:
    """Both neighbours of the middle send at once: from the east goes first, in the mirror too."""
    network = Network(Mesh(3, 1), arbitration="age")
    packets = packets_of([0, 2], 1, 0)
    result, events = compiled.simulate_traced(network, packets)
    assert has_ties(network, packets, events)
    other = compiled.simulate(network, mirrored(packets, network.mesh, "x"))
    assert not same_mirrored(result, other, network.mesh, "x")
