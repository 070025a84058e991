"""Networks-on-chip and traffic: random ones for comparing engines, plain ones for laws."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from async_sim.mesh import Mesh
from async_sim.multicast import as_trees
from async_sim.network import ARBITRATIONS, TREE_ROUTINGS, Network
from async_sim.packets import Packets
from async_sim.routing import ROUTINGS
from async_sim.timing import STAGES, RouterTiming, StageTiming, load_timing

UNITS_PS = (1, 1, 1, 7, 100, 250)
LONGEST = (1, 2, 3, 10, 45, 900, 20_000)  # latencies, in units: beside 1, windows are tiny
LIKELY = (0.1, 0.1, 0.1, 0.2, 0.3, 0.1, 0.1)
Rng = np.random.Generator


def packets_of(
    source: Any, destination: Any, release_ps: Any, channel: Any = 0, n_synapses: Any = 0
) -> Packets:
    """Packets of what may be single numbers, sorted by release."""
    columns = np.broadcast_arrays(source, destination, channel, release_ps, n_synapses)
    columns = [np.atleast_1d(column).astype(np.int64) for column in columns]
    order = np.argsort(columns[3], kind="stable")
    return Packets(*(column[order] for column in columns))


def timing_of(**changes: tuple[int, int]) -> RouterTiming:
    """The usual latencies, but for some stages."""
    usual = {name: getattr(load_timing(), name) for name in STAGES}
    return RouterTiming(**usual | {name: StageTiming(*ps) for name, ps in changes.items()})


def random_case(seed: int) -> tuple[Network, Packets]:
    """A network and traffic for it, small enough to go through in single ticks of its times."""
    rng = np.random.default_rng(seed)
    unit, longest = int(rng.choice(UNITS_PS)), int(rng.choice(LONGEST, p=LIKELY))
    return (network := _network(rng, unit, longest)), _packets(rng, network, unit, longest)


def any_case(seed: int) -> tuple[Network, Packets]:
    """The same, but every third with multicast groups."""
    network, packets = random_case(seed)
    return network, _grouped(np.random.default_rng([seed, 1]), network, packets)


def _network(rng: Rng, unit: int, longest: int) -> Network:
    """Any network; a third have the usual latencies, or all the same one."""
    latencies = rng.integers(1, longest + 1, (len(STAGES), 2))
    if rng.random() < 0.1:
        latencies[:] = longest
    if rng.random() < 0.3:  # one stage much faster than the others
        latencies[rng.integers(len(STAGES)), rng.integers(2)] = 1
    stages = {name: StageTiming(*map(int, ps * unit)) for name, ps in zip(STAGES, latencies)}  # noqa: B905
    is_usual = unit == 100 and rng.random() < 0.8
    largest = 9 if rng.random() < 0.1 else 6
    return Network(
        Mesh(*(int(side) for side in rng.integers(1, largest, 2))),
        int(rng.integers(1, 9)),
        depth=int(rng.integers(1, 13)),
        sink_depth=int(rng.integers(1, 13)),
        arbitration=str(rng.choice(list(ARBITRATIONS))),
        routing=str(rng.choice(list(ROUTINGS))),
        decode_ps=unit * _sometimes(rng, longest * 2),
        synapse_ps=unit * _sometimes(rng, longest),
        link_ps=unit * _sometimes(rng, longest),
        timing=load_timing() if is_usual else RouterTiming(**stages),
    )


def _sometimes(rng: Rng, most: int) -> int:
    return int(rng.integers(0, most + 1)) if rng.random() < 0.4 else 0


def _packets(rng: Rng, network: Network, unit: int, longest: int) -> Packets:
    """Traffic of one of several shapes, from all at once to one at a time."""
    most = 300 if longest < 100 else 40 if longest < 1000 else 10
    n, nodes = int(rng.integers(1, most)), network.mesh.n_nodes
    source = rng.integers(0, nodes, n)
    destination = _destinations(rng, network.mesh, source)
    spread = int(rng.choice([0, 1, 10, n, 6 * n])) * unit * min(longest, 200)
    release = rng.integers(0, spread + 1, n) // unit * unit
    if rng.random() < 0.2:  # bursts
        release = release // (1000 * unit) * 1000 * unit
    channel = _channels(rng, network.n_channels, source, destination)
    few = int(rng.choice([1, 3, 40 if longest < 100 else 2]))
    return packets_of(source, destination, release, channel, rng.integers(0, few, n))


def _grouped(rng: Rng, network: Network, packets: Packets) -> Packets:
    """Half of the time, multicast groups: good trees, or with their members in any order."""
    if network.routing not in TREE_ROUTINGS or rng.random() < 0.5:
        return packets
    last = int(packets.release_ps.max(initial=0))
    every = max(1, last // int(rng.integers(1, 10)))
    packets = replace(
        packets,
        release_ps=packets.release_ps // every * every,
        destination=rng.integers(0, network.mesh.n_nodes, len(packets)),
    )
    trees = as_trees(packets, network.mesh, network.routing, network.n_channels)
    if rng.random() < 0.5:
        return trees
    ends = np.arange(len(trees)) + np.asarray(trees.following)
    order = np.lexsort((rng.random(len(trees)), ends))
    return replace(trees.take(order), following=trees.following)


def _destinations(rng: Rng, mesh: Mesh, source: NDArray[np.int64]) -> NDArray[np.int64]:
    n, nodes = len(source), mesh.n_nodes
    anywhere = rng.integers(0, nodes, n)
    x, y = source % mesh.width, source // mesh.width
    shapes = {
        "uniform": anywhere,
        "hotspot": np.where(rng.random(n) < 0.6, rng.integers(nodes), anywhere),
        "flows": rng.integers(0, nodes, nodes)[source],
        "one": np.full(n, rng.integers(nodes)),
        "transpose": x % mesh.height * mesh.width + y % mesh.width,
        "mirror": nodes - 1 - source,
        "self": source,
    }
    return shapes[str(rng.choice(list(shapes)))]


def _channels(
    rng: Rng, n_channels: int, source: NDArray[np.int64], destination: NDArray[np.int64]
) -> NDArray[np.int64]:
    n = len(source)
    policies = (
        np.arange(n) % n_channels,
        destination % n_channels,
        source % n_channels,
        rng.integers(0, n_channels, n),
        np.zeros(n, np.int64),
    )
    return policies[rng.integers(len(policies))]
