"""Fills the tables of the compiled engine for an empty network and its packets."""

from async_sim.compilation import at, compiled
from async_sim.mesh import (
    EAST,
    LOCAL,
    N_CONTROLLERS,
    N_PORTS,
    NORTH,
    OPPOSITE,
    OUTPUT,
    SINK,
    SOURCE,
    SWITCH,
    WEST,
)
from async_sim.packets import Integers
from async_sim.queues import EXTRA_BIT, PACKET_BIT, X_BIT, Y_BIT, Constants
from async_sim.routing import ODD_EVEN, choice_key
from async_sim.tables import Tables
from async_sim.wheel import HEADS, NONE, SLOTS

Columns = tuple[Integers, Integers, Integers, Integers, Integers, Integers]


@compiled
def set_up(w: Tables, k: Constants) -> None:
    """Wire all controllers; the tables come filled with zeros, but for those of packets."""
    for i in range(HEADS):
        at(w.wheel, i).n = 0
    for slot in range(SLOTS):
        at(w.wheel, HEADS + slot).n = NONE
    for c in range(k.n_nodes * N_CONTROLLERS):
        at(w.units, c).due = NONE
    for i in range(k.n_nodes * N_PORTS * N_PORTS * k.channels):
        at(w.stashes, i).arrival = -1
    for node in range(k.n_nodes):
        set_up_node(w, k, node)


@compiled
def set_up_node(w: Tables, k: Constants, node: int) -> None:
    """Wire the controllers of a node."""
    here, n = node * N_CONTROLLERS, k.channels
    queues = node * (N_PORTS + 1) * n
    for port in range(N_PORTS):
        other = neighbour(k, node, port)
        unit = at(w.units, here + port)
        unit.port, unit.x, unit.y = port, node % k.width, node // k.width
        unit.first = queues + port * n
        unit.peer = other * N_CONTROLLERS + OUTPUT + OPPOSITE[port]
        switch, output = at(w.units, here + SWITCH + port), at(w.units, here + OUTPUT + port)
        switch.port = output.port = port
        switch.first = (node * N_PORTS + port) * N_PORTS * n
        switch.lane = output.lane = (node * N_PORTS + port) * n
        switch.peer = here + OUTPUT + port
        output.peer = other * N_CONTROLLERS + OPPOSITE[port]
        output.first = (other * (N_PORTS + 1) + OPPOSITE[port]) * n
    source, sink, output = at(w.units, here + SOURCE), at(w.units, here + SINK), here + OUTPUT
    at(w.units, here).peer, source.peer = here + SOURCE, here
    sink.peer, sink.first = output, queues + N_PORTS * n
    at(w.units, output).peer, at(w.units, output).first = here + SINK, sink.first


@compiled
def neighbour(k: Constants, node: int, port: int) -> int:
    """The node behind a port; anything where there is none."""
    if port == LOCAL:
        return node
    if port == EAST:
        return node + 1
    if port == WEST:
        return node - 1
    return node + k.width if port == NORTH else node - k.width


@compiled
def are_in_range(k: Constants, columns: Columns) -> bool:
    """Whether the packets fit the network."""
    source, destination, channel, release, n_synapses, _ = columns
    n = k.n_nodes
    for i in range(len(source)):
        if not (0 <= source[i] < n and 0 <= destination[i] < n and 0 <= channel[i] < k.channels):
            return False
        if release[i] < 0 or n_synapses[i] < 0:
            return False
    return True


@compiled
def load(w: Tables, k: Constants, columns: Columns, order: Integers) -> bool:
    """Hand packets to their sources; whether those of each one are in the order of their release.

    Args:
        w: The tables.
        k: The constants.
        columns: Source, destination, channel, release, synapses and, with groups, the packets that
            are left of the group; each (n,).
        order: Where each packet goes, so that those of a source lie together, (n,).
    """
    source, destination, channel, release, n_synapses, left = columns
    for i in range(len(source)):
        at(w.units, source[i] * N_CONTROLLERS + SOURCE).lane += 1
    first = 0
    for node in range(k.n_nodes):
        unit = at(w.units, node * N_CONTROLLERS + SOURCE)
        n = unit.lane
        unit.first, unit.lane = first, first
        first += n
    shortest, is_in_order = k.sink_ps + k.sink_back_ps, True
    for i in range(len(source)):
        unit = at(w.units, source[i] * N_CONTROLLERS + SOURCE)
        packet = unit.lane
        unit.lane = packet + 1
        if packet > unit.first and at(w.sent, packet - 1).release > release[i]:
            is_in_order = False
        order[i] = packet
        extra = left[i] if k.has_groups else 0
        if k.routing == ODD_EVEN:
            extra = source[i] % k.width << 1 | choice_key(i)
        sent = at(w.sent, packet)
        sent.token = (
            packet << PACKET_BIT
            | extra << EXTRA_BIT
            | destination[i] // k.width << Y_BIT
            | destination[i] % k.width << X_BIT
            | channel[i]
        )
        sent.release, sent.injected = release[i], -1
        taken = at(w.taken, packet)
        taken.busy = max(k.decode_ps + k.synapse_ps * n_synapses[i], shortest)
        taken.delivered = -1
    return is_in_order
