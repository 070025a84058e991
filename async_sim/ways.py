"""The way of each packet through a traced network, from source to sink."""

import numpy as np
from numpy.typing import NDArray

from async_sim.mesh import N_CONTROLLERS, SINK
from async_sim.passages import NOBODY, Passages

Integers = NDArray[np.int64]


def ways(passages: Passages) -> tuple[Integers, Integers]:
    """Fires that each packet is passed on by, alone or as one of a multicast group.

    Sinks take packets one by one, so that each way is found from its end.

    Args:
        passages: Of a whole time step.

    Returns:
        Packet and index of the fire, (n,) each, in the order of the fires.
    """
    before = _fires_before(passages)
    fire = np.flatnonzero(passages.unit == SINK)
    packet = passages.packet[fire]
    packets, fires = [packet], [fire]
    while len(fire):
        fire = before[fire]
        is_fire = fire != NOBODY
        packet, fire = packet[is_fire], fire[is_fire]
        packets.append(packet)
        fires.append(fire)
    packet, fire = np.concatenate(packets), np.concatenate(fires)
    order = np.lexsort((packet, fire))
    return packet[order], fire[order]


def _fires_before(passages: Passages) -> Integers:
    """For each fire, that by which the sender had passed the token on; `NOBODY` at sources."""
    n_packets = int(passages.packet.max(initial=0)) + 1
    here = (passages.node * N_CONTROLLERS + passages.unit) * n_packets + passages.packet
    order = np.argsort(here)
    sent = passages.sender != NOBODY
    before = np.full(len(passages), NOBODY, np.int64)
    there = passages.sender[sent] * n_packets + passages.came_as[sent]
    before[sent] = order[np.searchsorted(here[order], there)]
    return before
