"""Multicast as a tree: packets of one spike travel as one until their ways part."""

from collections.abc import Sequence

import numpy as np

from async_sim.mesh import Mesh
from async_sim.network import check_tree_routing
from async_sim.packets import Integers, Packets

MULTICASTS = ("copies", "tree")


def as_trees(packets: Packets, mesh: Mesh, routing: str, n_channels: int) -> Packets:
    """Join the packets of one source and release to groups, which take the channels in turn.

    A core updates one neuron at a time, so that these are the copies of one spike. They are put in
    an order in which those that leave any router by the same port lie together. A second packet
    to the same destination begins a group of its own.

    Raises:
        ValueError: If the routing is not `xy` or `yx`.
    """
    check_tree_routing(routing)
    again = _runs((packets.source, packets.release_ps, packets.destination))[1]
    order = np.lexsort(
        (*reversed(_way(packets, mesh, routing)), again, packets.release_ps, packets.source)
    )
    some, again = packets.take(order), again[order]
    begins = np.ones(len(order), bool)
    keys = (some.source, some.release_ps, again)
    begins[1:] = np.any([np.diff(key) != 0 for key in keys], axis=0)
    group = np.cumsum(begins) - 1
    ends = np.append(np.flatnonzero(begins)[1:], len(order)) - 1
    sources = some.source[begins]
    turn = np.arange(len(sources)) - np.searchsorted(sources, sources)
    following = ends[group] - np.arange(len(order))
    return Packets(
        some.source, some.destination, (turn % n_channels)[group], some.release_ps,
        some.n_synapses, following,
    )  # fmt: skip


def _way(packets: Packets, mesh: Mesh, routing: str) -> list[Integers]:
    """What decides where ways part: direction and distance along one axis, then the other."""
    dx = packets.destination % mesh.width - packets.source % mesh.width
    dy = packets.destination // mesh.width - packets.source // mesh.width
    first, second = (dx, dy) if routing == "xy" else (dy, dx)
    return [np.sign(first), np.abs(first), np.sign(second), np.abs(second)]


def _runs(keys: Sequence[Integers]) -> tuple[Integers, Integers]:
    """For each element, how many are equal to it in all keys, and how many of these are ahead."""
    order = np.lexsort(keys)
    begins = np.ones(len(order), bool)
    begins[1:] = np.any([np.diff(key[order]) != 0 for key in keys], axis=0)
    starts = np.flatnonzero(begins)
    run = np.cumsum(begins) - 1
    size, rank = np.empty_like(order), np.empty_like(order)
    size[order] = np.diff(np.append(starts, len(order)))[run]
    rank[order] = np.arange(len(order)) - starts[run]
    return size, rank
