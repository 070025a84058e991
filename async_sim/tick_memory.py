"""Layout of the tick engine's memory, all of it counted in ticks.

``m`` begins with the tick at which each controller has something to do, 17 per node, so that going
over all of them reads one row of words; a block per node follows. ``k`` holds constants, ``t`` a
row of facts per packet.
"""

import math

import numpy as np
from numpy.typing import NDArray

from async_sim.mesh import INPUT, N_CONTROLLERS, N_PORTS, OUTPUT, SINK, SOURCE, SWITCH, Mesh
from async_sim.network import ARBITRATIONS, Network
from async_sim.packets import Packets
from async_sim.result import Result
from async_sim.routing import ROUTINGS, choice_keys
from async_sim.timing import STAGES

Memory = NDArray[np.int64]
NEVER = np.iinfo(np.int64).max // 4

# ``k``: single words, then a word per controller of a node
(
    N_NODES, WORDS, CHANNELS, ARBITRATION, ROUTING, LINK, FORWARD, BACKWARD, STASHES, STASH_WORDS,
    LANES, LANE_WORDS, STASH_MASK, LANE_MASK, LANE_DEPTH,
) = (0, 1, 2, 3, 4, 5, *(6 + i * N_CONTROLLERS for i in range(9)))  # fmt: skip
N_CONSTANTS = 6 + 9 * N_CONTROLLERS

# a node's block: fields of its controllers, then single words, then its stashes and lanes
READY, FIRES, WAIT, TURN, MASK = (i * N_CONTROLLERS for i in range(5))
NEXT = 5 * N_CONTROLLERS  # packet of the source
LAST, X, Y, NEIGHBOUR = NEXT + 1, NEXT + 2, NEXT + 3, NEXT + 4
N_HEAD = NEIGHBOUR + N_PORTS

# a stash: tokens pushed (at 0), popped and seen to arrive, most at once, ring of (packet, arrival)
POPPED, SEEN, PEAK, RING = 1, 2, 3, 4
# a lane: tokens sent (at 0) and acknowledged, ring of when each token's place was free again
ACKNOWLEDGED, PLACES = 1, 2

# a packet
(
    SOURCE_X, TO_X, TO_Y, CHANNEL, RELEASE, SERVICE, KEY, FOLLOWING, INJECTED, DELIVERED, N_FACTS,
) = range(11)  # fmt: skip
# a token: a packet, and how many of its group it stands for beside it
GROUP_BITS = 14
GROUP_MASK = (1 << GROUP_BITS) - 1


def finest_tick_ps(network: Network, packets: Packets) -> int:
    """The longest tick that divides all latencies, service times and releases."""
    stages = [getattr(network.timing, name) for name in STAGES]
    times = [ps for stage in stages for ps in (stage.forward_ps, stage.backward_ps)]
    busy = np.maximum(_service(network, packets), stages[-1].cycle_ps)
    varied = [int(np.gcd.reduce(values, initial=0)) for values in (packets.release_ps, busy)]
    return math.gcd(*times, network.link_ps, *varied)


def _service(network: Network, packets: Packets) -> Memory:
    return network.decode_ps + network.synapse_ps * packets.n_synapses


def _up(times: Memory, tick_ps: int) -> Memory:
    """Times in ticks, begun ones counted whole."""
    whole: Memory = -(-times // tick_ps)
    return whole


def constants(network: Network, tick_ps: int) -> Memory:
    """``k`` of a network."""
    n, k = network.n_channels, np.zeros(N_CONSTANTS, np.int64)
    k[[N_NODES, CHANNELS, LINK]] = network.mesh.n_nodes, n, -(-network.link_ps // tick_ps)
    k[[ARBITRATION, ROUTING]] = ARBITRATIONS[network.arbitration], ROUTINGS[network.routing]
    at = N_HEAD
    for unit in range(N_CONTROLLERS):
        stage = getattr(network.timing, STAGES[unit // N_PORTS + (unit == SINK)])
        k[[FORWARD + unit, BACKWARD + unit]] = _up(
            np.array([stage.forward_ps, stage.backward_ps]), tick_ps
        )
        stash_depth, lane_depth = _depths(network, unit)
        stash_ring, lane_ring = _ring(stash_depth), _ring(lane_depth)
        stash_words, lane_words = RING + 2 * stash_ring, PLACES + lane_ring
        n_stashes = 0 if unit == SOURCE else n * N_PORTS if SWITCH <= unit < OUTPUT else n
        k[[STASHES + unit, STASH_WORDS + unit, STASH_MASK + unit]] = at, stash_words, stash_ring - 1
        at += n_stashes * stash_words
        k[[LANES + unit, LANE_WORDS + unit, LANE_MASK + unit]] = at, lane_words, lane_ring - 1
        k[LANE_DEPTH + unit] = lane_depth
        at += n * lane_words
    k[WORDS] = at
    return k


def _ring(depth: int) -> int:
    """The power of two that holds so many."""
    return 1 << (depth - 1).bit_length()


def _depths(network: Network, unit: int) -> tuple[int, int]:
    """Tokens that each stash of a controller holds, and that each of its lanes may send ahead."""
    stash = network.depth if unit < SWITCH else network.sink_depth if unit == SINK else 1
    if unit == OUTPUT:
        return stash, network.sink_depth
    return stash, network.depth if OUTPUT < unit <= SOURCE else 1


def build(
    network: Network, packets: Packets, order: Memory, tick_ps: int
) -> tuple[Memory, Memory, Memory]:
    """Memory of an empty network, its constants, and packets in the order of their sources."""
    k, mesh = constants(network, tick_ps), network.mesh
    m = np.zeros(mesh.n_nodes * (N_CONTROLLERS + k[WORDS]), np.int64)
    m[: mesh.n_nodes * N_CONTROLLERS] = NEVER
    nodes, names, some = blocks(m, k), np.arange(mesh.n_nodes), packets.take(order)
    nodes[:, NEXT] = np.searchsorted(some.source, names, "left")
    nodes[:, LAST] = np.searchsorted(some.source, names, "right")
    nodes[:, X], nodes[:, Y] = names % mesh.width, names // mesh.width
    nodes[:, NEIGHBOUR : NEIGHBOUR + N_PORTS] = neighbours(mesh)
    facts = np.empty((len(packets), N_FACTS), np.int64)
    facts[:, SOURCE_X] = some.source % mesh.width
    facts[:, TO_X], facts[:, TO_Y] = some.destination % mesh.width, some.destination // mesh.width
    facts[:, CHANNEL], facts[:, RELEASE] = some.channel, _up(some.release_ps, tick_ps)
    facts[:, SERVICE], facts[:, KEY] = _up(_service(network, some), tick_ps), choice_keys(order)
    facts[:, FOLLOWING] = 0 if some.following is None else some.following
    facts[:, INJECTED], facts[:, DELIVERED] = -1, -1
    waiting = np.flatnonzero(nodes[:, NEXT] < nodes[:, LAST])
    m[waiting * N_CONTROLLERS + SOURCE] = facts[nodes[waiting, NEXT], RELEASE]
    return m, k, facts.ravel()


def neighbours(mesh: Mesh) -> Memory:
    """The node behind each port, (R, 5); -1 at the edge."""
    found = [
        [mesh.neighbour(node, port) for port in range(N_PORTS)] for node in range(mesh.n_nodes)
    ]
    return np.array([[-1 if one is None else one for one in row] for row in found], np.int64)


def blocks(m: Memory, k: Memory) -> Memory:
    """The words of the nodes, (R, words)."""
    return m[k[N_NODES] * N_CONTROLLERS :].reshape(-1, k[WORDS])


def read(m: Memory, k: Memory, t: Memory, back: Memory, tick_ps: int) -> Result:
    """What the memory tells at the end; ``back`` restores the order of the packets."""
    nodes, facts = blocks(m, k), t.reshape(-1, N_FACTS)[back]
    ready, fires, wait = (
        nodes[:, field : field + N_CONTROLLERS].copy() for field in (READY, FIRES, WAIT)
    )
    peaks = [_peaks(nodes, k, unit) for unit in (*range(INPUT, SOURCE), SINK)]
    peaks.insert(SOURCE, np.zeros((len(nodes), 1), np.int64))
    return Result(
        facts[:, INJECTED] * tick_ps,
        facts[:, DELIVERED] * tick_ps,
        fires,
        wait * tick_ps,
        np.concatenate(peaks, axis=1, dtype=np.int64),
        int(ready[:, SINK].max(initial=0)) * tick_ps,
    )


def _peaks(nodes: Memory, k: Memory, unit: int) -> Memory:
    """Most tokens in each stash of a controller, in every node."""
    stashes = nodes[:, k[STASHES + unit] : k[LANES + unit]]
    return stashes.reshape(len(nodes), -1, k[STASH_WORDS + unit])[:, :, PEAK]
