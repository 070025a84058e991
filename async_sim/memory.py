"""Layout of the compiled engine's memory: one array of words, so that nothing is counted or boxed.

``m`` holds the wheel and then a block of words per node, ``k`` the constants of the network, ``t``
a row of facts per packet. Numba counts references of every array that it passes on; one array of
all costs nothing.
"""

import numpy as np
from numpy.typing import NDArray

from async_sim.mesh import N_CONTROLLERS, N_PORTS, Mesh
from async_sim.network import ARBITRATIONS, Network
from async_sim.packets import Packets
from async_sim.result import Result
from async_sim.routing import ROUTINGS, choice_keys

Memory = NDArray[np.int64]
NEVER = np.iinfo(np.int64).max // 4

# ``k``
(
    NODES, WORDS, CHANNELS, DEPTH, SINK_DEPTH, RING_BITS, QUEUE_WORDS, QUEUE, SWITCH_CREDIT,
    SWITCH_TOKEN, SWITCH_ARRIVAL, OUTPUT_TOKEN, OUTPUT_ARRIVAL, ARBITRATION, ROUTING, SHIFT,
    LINK_PS, INPUT_PS, _, SWITCH_PS, _, OUTPUT_PS, _, SOURCE_PS, _, SINK_PS, _, N_NODES,
) = range(28)  # fmt: skip

# ``m``: the wheel, then a block per node; EVENT is where in ``t`` the next event is noted, or 0
NOW, N_DUE, EVENT, HEADS = 0, 1, 2, 3
SLOTS = 1 << 12  # windows that the wheel looks ahead
WORD_BITS = 32  # of the wheel's words that say which slots are used
USED = HEADS + SLOTS
N_USED = SLOTS // WORD_BITS
EVENT_WORDS = 4  # controller, packet, arrival, fire

# of a node: fields of its 17 controllers, then single words, then what depends on the channels
READY, FIRES, WAIT, TURN, MASK, DUE, AFTER, BEFORE = (i * N_CONTROLLERS for i in range(8))
CURSOR = 8 * N_CONTROLLERS
LAST, X, Y, NEIGHBOUR = CURSOR + 1, CURSOR + 2, CURSOR + 3, CURSOR + 4
INPUT_CREDIT = NEIGHBOUR + N_PORTS

# of a queue: tokens ever pushed (at 0) and popped, the first that may still overlap the next, the
# largest number at once; then a ring of (packet, arrival, return of the credit)
POPPED, OLDEST, PEAK, RINGS = 1, 2, 3, 4
ARRIVAL, RETURN = 1, 2

# of a packet
SOURCE_X, TO_X, TO_Y, CHANNEL, RELEASE, SERVICE, KEY, INJECTED, DELIVERED, N_FACTS = range(10)


def constants(network: Network) -> Memory:
    """``k`` of a network."""
    n, timing = network.n_channels, network.timing
    ring_bits = (max(network.depth, network.sink_depth) - 1).bit_length()
    credit = INPUT_CREDIT + N_PORTS * n
    token = credit + N_PORTS * n
    arrival = token + N_PORTS * N_PORTS * n
    out_token = arrival + N_PORTS * N_PORTS * n
    queue = out_token + 2 * N_PORTS * n
    queue_words = RINGS + (3 << ring_bits)
    stages = (
        timing.input_unit, timing.switch_allocator, timing.output_unit, timing.source, timing.sink,
    )  # fmt: skip
    return np.array(
        [
            USED + N_USED, queue + (N_PORTS + 1) * n * queue_words, n, network.depth,
            network.sink_depth, ring_bits, queue_words, queue, credit, token, arrival, out_token,
            out_token + N_PORTS * n, ARBITRATIONS[network.arbitration], ROUTINGS[network.routing],
            timing.shortest_ps.bit_length() - 1, network.link_ps,
            *(ps for stage in stages for ps in (stage.forward_ps, stage.backward_ps)),
            network.mesh.n_nodes,
        ],
        np.int64,
    )  # fmt: skip


def build(
    network: Network, packets: Packets, order: Memory, *, is_traced: bool = False
) -> tuple[Memory, Memory, Memory]:
    """Memory of an empty network, its constants, and packets in the order of their sources.

    A trace has room for all fires, whose number is known beforehand (law I4).
    """
    k, mesh = constants(network), network.mesh
    m = np.zeros(k[NODES] + mesh.n_nodes * k[WORDS], np.int64)
    m[HEADS : HEADS + SLOTS] = -1
    nodes = blocks(m, k)
    nodes[:, DUE : DUE + N_CONTROLLERS] = -1
    nodes[:, k[SWITCH_ARRIVAL] : k[SWITCH_ARRIVAL] + N_PORTS * N_PORTS * network.n_channels] = -1
    nodes[:, k[OUTPUT_ARRIVAL] : k[OUTPUT_ARRIVAL] + N_PORTS * network.n_channels] = -1
    some, names = packets.take(order), np.arange(mesh.n_nodes)
    nodes[:, CURSOR] = np.searchsorted(some.source, names, "left")
    nodes[:, LAST] = np.searchsorted(some.source, names, "right")
    nodes[:, X], nodes[:, Y] = names % mesh.width, names // mesh.width
    nodes[:, NEIGHBOUR : NEIGHBOUR + N_PORTS] = neighbours(mesh)
    facts = np.empty((len(packets), N_FACTS), np.int64)
    facts[:, SOURCE_X] = some.source % mesh.width
    facts[:, TO_X] = some.destination % mesh.width
    facts[:, TO_Y] = some.destination // mesh.width
    facts[:, CHANNEL], facts[:, RELEASE] = some.channel, some.release_ps
    facts[:, SERVICE] = network.decode_ps + network.synapse_ps * some.n_synapses
    facts[:, KEY], facts[:, INJECTED], facts[:, DELIVERED] = choice_keys(order), -1, -1
    if not is_traced:
        return m, k, facts.ravel()
    m[EVENT] = facts.size
    n_events = 2 * len(packets) + 3 * int((packets.hops(mesh) + 1).sum())
    return m, k, np.concatenate([facts.ravel(), np.zeros(EVENT_WORDS * n_events, np.int64)])


def blocks(m: Memory, k: Memory) -> Memory:
    """The words of the nodes, (R, words)."""
    return m[k[NODES] :].reshape(-1, k[WORDS])


def neighbours(mesh: Mesh) -> Memory:
    """The node behind each port, (R, 5); -1 at the edge."""
    found = [
        [mesh.neighbour(node, port) for port in range(N_PORTS)] for node in range(mesh.n_nodes)
    ]
    return np.array([[-1 if one is None else one for one in row] for row in found], np.int64)


def read(network: Network, m: Memory, k: Memory, t: Memory, back: Memory) -> Result:
    """What the memory tells at the end; ``back`` restores the order of the packets."""
    nodes, n = blocks(m, k), network.n_channels
    units = [nodes[:, field : field + N_CONTROLLERS].copy() for field in (FIRES, WAIT, READY)]
    queues = nodes[:, k[QUEUE] :].reshape(len(nodes), -1, k[QUEUE_WORDS])[:, :, PEAK]
    switches = nodes[:, k[SWITCH_ARRIVAL] : k[SWITCH_ARRIVAL] + N_PORTS * N_PORTS * n] >= 0
    outputs = nodes[:, k[OUTPUT_ARRIVAL] : k[OUTPUT_ARRIVAL] + N_PORTS * n] >= 0
    source = np.zeros((len(nodes), 1), np.int64)
    peaks = [queues[:, : N_PORTS * n], switches, outputs, source, queues[:, N_PORTS * n :]]
    facts = t[: N_FACTS * len(back)].reshape(-1, N_FACTS)[back]
    return Result(
        facts[:, INJECTED].copy(),
        facts[:, DELIVERED].copy(),
        units[0],
        units[1],
        np.concatenate(peaks, axis=1, dtype=np.int64),
        int(units[2][:, -1].max(initial=0)),
    )
