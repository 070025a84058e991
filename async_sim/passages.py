"""What traced fires tell of the channels that tokens came by, and of the lanes behind them.

A fire names its controller, its packet and two times; the rest follows from the rules of the
handshake: by which channel the token came, who had sent it and when, and when the sender learnt
that it was taken.

In a multicast tree an input unit passes a token on once for each port by which its packets leave,
and takes it out of its stash with the last of these fires: the token is one, its branches many.
"""

from dataclasses import dataclass, fields, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from async_sim.events import Events
from async_sim.mesh import (
    LOCAL,
    N_CONTROLLERS,
    N_PORTS,
    OPPOSITE,
    OUTPUT,
    SINK,
    SOURCE,
    SWITCH,
)  # fmt: skip
from async_sim.network import Network
from async_sim.packets import Packets
from async_sim.result import n_stashes
from async_sim.timing import STAGES

Integers = NDArray[np.int64]
NOBODY = -1


@dataclass(frozen=True)
class Passages:
    """n fires in their order: a controller passes a token, or a branch, on; each array is (n,).

    Attributes:
        node: Node of the controller ...
        unit: ... and which of its seventeen it is.
        stash: Channel by which the token came, in the order of `Result.max_occupancy`.
        lane: Virtual channel of the packet: the lane by which sender and controller send it.
        packet: Which packet; of a multicast group that travels as one, its first.
        came_as: Packet that was the first of the group before its ways parted here; else `packet`.
        sender: ``17 node + unit`` of who sent the token here; `NOBODY` at a source.
        sent_ps: When the sender fired; at a source, the release.
        arrival_ps: When the token came.
        fire_ps: When it was passed on.
        freed_ps: When the sender learns that its place is free again: after the last branch.
        is_last: Whether the token leaves its stash: false for branches but the last, (n,) bool.
    """

    network: Network
    node: Integers
    unit: Integers
    stash: Integers
    lane: Integers
    packet: Integers
    came_as: Integers
    sender: Integers
    sent_ps: Integers
    arrival_ps: Integers
    fire_ps: Integers
    freed_ps: Integers
    is_last: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.node)

    @property
    def wait_ps(self) -> Integers:
        """Time that each token or branch waited in its stash."""
        return self.fire_ps - self.arrival_ps

    @property
    def tokens(self) -> Self:
        """Each token once, with its last branch: that is when its wait ends and its place is free.

        Stashes and handshakes know tokens; fires and links know branches.
        """
        if self.is_last.all():
            return self
        arrays = [one.name for one in fields(self) if one.name != "network"]
        return replace(self, **{name: getattr(self, name)[self.is_last] for name in arrays})


def passages_of(network: Network, packets: Packets, events: Events) -> Passages:
    """Work out where every token came from."""
    node, unit = np.divmod(events.controller, N_CONTROLLERS)
    lane = packets.channel[events.packet]
    port_in = _ports_in(events, node, unit, len(packets))
    stash = _stashes(network.n_channels, unit, port_in, lane)
    first, last = _branches(network, packets, events, stash)
    sender = _senders(network, node, unit, port_in)
    sent_ps = np.where(
        sender == NOBODY,
        events.arrival_ps,
        events.arrival_ps
        - latencies_ps(network, forward=True)[sender % N_CONTROLLERS]
        - _wire_ps(network, unit),
    )
    return Passages(
        network=network,
        node=node,
        unit=unit,
        stash=stash,
        lane=lane,
        packet=events.packet,
        came_as=events.packet[first],
        sender=sender,
        sent_ps=sent_ps,
        arrival_ps=events.arrival_ps,
        fire_ps=events.fire_ps,
        freed_ps=events.fire_ps[last]
        + latencies_ps(network, forward=False)[unit]
        + _wire_ps(network, unit),
        is_last=last == np.arange(len(events)),
    )


def latencies_ps(network: Network, *, forward: bool) -> Integers:
    """Forward or backward latency of each of a node's controllers, (17,)."""
    stages = [getattr(network.timing, STAGES[stage_of(unit)]) for unit in range(N_CONTROLLERS)]
    return np.array([one.forward_ps if forward else one.backward_ps for one in stages], np.int64)


def stage_of(unit: int) -> int:
    """Which of the five kinds of controller one is."""
    return unit // N_PORTS + (unit == SINK)


def _wire_ps(network: Network, unit: Integers) -> Integers:
    """Time on the wire in front of a controller: only links between routers have one."""
    return np.where((unit > LOCAL) & (unit < SWITCH), network.link_ps, 0)


def _branches(
    network: Network, packets: Packets, events: Events, stash: Integers
) -> tuple[Integers, Integers]:
    """For each fire, the first and the last fire of its token.

    A channel has one sender, so that no two tokens come by it at once. What lies in sources came
    from nobody, and leaves them as one.
    """
    every = np.arange(len(events))
    if packets.following is None or not len(events):
        return every, every
    node, unit = np.divmod(events.controller, N_CONTROLLERS)
    place = node * n_stashes(network.n_channels) + stash
    order = np.lexsort((events.arrival_ps, place))  # keeps fires of one token in their order
    begins = unit[order] == SOURCE
    begins[0] = True
    for values in (place, events.arrival_ps):
        begins[1:] |= np.diff(values[order]) != 0
    starts, token = np.flatnonzero(begins), np.cumsum(begins) - 1
    first, last = np.empty((2, len(events)), np.int64)
    first[order] = order[starts][token]
    last[order] = order[np.append(starts[1:], len(order)) - 1][token]
    return first, last


def _ports_in(events: Events, node: Integers, unit: Integers, n_packets: int) -> Integers:
    """Port by which each token entered the router where it is; a packet enters each but once."""
    place = node * max(n_packets, 1) + events.packet
    entered = unit < SWITCH
    places, first = np.unique(place[entered], return_index=True)
    if not len(places):
        return np.zeros(len(events), np.int64)
    found = np.minimum(np.searchsorted(places, place), len(places) - 1)
    return np.where(places[found] == place, unit[entered][first[found]], LOCAL)


def _senders(network: Network, node: Integers, unit: Integers, port_in: Integers) -> Integers:
    """Who is wired to the channel by which each token came."""
    mesh, here = network.mesh, node * N_CONTROLLERS
    steps = np.array([0, 1, -1, mesh.width, -mesh.width])  # to the node behind a port
    back = np.array(OPPOSITE)
    is_link, port = (unit > LOCAL) & (unit < SWITCH), np.minimum(unit, N_PORTS - 1)
    where = [is_link, unit == LOCAL, unit < OUTPUT, unit < SOURCE, unit == SINK]
    senders = [
        (node + steps[port]) * N_CONTROLLERS + OUTPUT + back[port],
        here + SOURCE,
        here + port_in,
        here + unit - OUTPUT + SWITCH,
        here + OUTPUT + LOCAL,
    ]
    return np.select(where, senders, NOBODY)


def _stashes(n: int, unit: Integers, port_in: Integers, lane: Integers) -> Integers:
    """Number of each token's channel among those of its node."""
    switches, outputs = N_PORTS * n, N_PORTS * n * (1 + N_PORTS)
    source = outputs + N_PORTS * n
    assert source + 1 + n == n_stashes(n)  # noqa: S101
    where = [unit < SWITCH, unit < OUTPUT, unit < SOURCE, unit == SINK]
    stashes = [
        unit * n + lane,
        switches + ((unit - SWITCH) * N_PORTS + port_in) * n + lane,
        outputs + (unit - OUTPUT) * n + lane,
        source + 1 + lane,
    ]
    return np.select(where, stashes, source)
