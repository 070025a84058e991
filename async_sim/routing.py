"""Which port a packet takes next, and whether packets can ever wait for each other in a circle."""

from dataclasses import dataclass

import numpy as np
from numba.extending import register_jitable
from numpy.typing import NDArray

from async_sim.mesh import EAST, LOCAL, NORTH, SOUTH, WEST, Mesh

XY, YX, ODD_EVEN = range(3)
ROUTINGS = {"xy": XY, "yx": YX, "odd-even": ODD_EVEN}


@register_jitable
def next_port(routing: int, x: int, y: int, source_x: int, to_x: int, to_y: int, key: int) -> int:
    """The port by which a packet leaves the node at (x, y).

    ``key`` decides where odd-even routing allows two ports: a number of the packet, so that the
    decision needs no knowledge of the traffic.
    """
    dx, dy = to_x - x, to_y - y
    if dx == 0 and dy == 0:
        return LOCAL
    if routing == ODD_EVEN:
        return _odd_even(x, source_x, to_x, dx, dy, key)
    is_x_next = dx != 0 if routing == XY else dy == 0
    if is_x_next:
        return EAST if dx > 0 else WEST
    return NORTH if dy > 0 else SOUTH


@register_jitable
def choice_key(packet: int) -> int:
    """Scatter packets, by number, over the two ports that odd-even routing may allow."""
    return packet * 2654435761 >> 13 & 1  # Knuth's multiplicative hash


def choice_keys(packets: NDArray[np.int64]) -> NDArray[np.int64]:
    """The same for many packets, (n,)."""
    keys: NDArray[np.int64] = (packets * 2654435761 >> 13) & 1
    return keys


@register_jitable
def _odd_even(x: int, source_x: int, to_x: int, dx: int, dy: int, key: int) -> int:
    """Minimal odd-even routing (Chiu, IEEE TPDS 2000).

    No turn from east to north or south in an even column, none from there to west in an odd one.
    """
    vertical = NORTH if dy > 0 else SOUTH
    if dx == 0:
        return vertical
    if dx > 0:
        if dy == 0:
            return EAST
        may_turn = x % 2 == 1 or x == source_x
        may_go_on = to_x % 2 == 1 or dx != 1
        if may_turn and may_go_on:
            return EAST if key % 2 == 0 else vertical
        return vertical if may_turn else EAST
    if dy != 0 and x % 2 == 0:
        return WEST if key % 2 == 0 else vertical
    return WEST


@dataclass(frozen=True, slots=True)
class Link:
    """The channel from a node through one of its ports."""

    node: int
    port: int


def channel_dependencies(mesh: Mesh, routing: int) -> dict[Link, set[Link]]:
    """Links, and those that a packet may hold next: what must have no cycle (Dally and Seitz)."""
    found: dict[Link, set[Link]] = {}
    for source in range(mesh.n_nodes):
        for destination in range(mesh.n_nodes):
            _follow(mesh, routing, source, destination, found)
    return found


def _follow(
    mesh: Mesh, routing: int, source: int, destination: int, found: dict[Link, set[Link]]
) -> None:
    """Add the dependencies of all ways that packets of one pair can take."""
    seen: set[tuple[int, Link | None]] = set()
    open_: list[tuple[int, Link | None]] = [(source, None)]
    (source_x, _), to = mesh.at(source), mesh.at(destination)
    while open_:
        node, before = open_.pop()
        if (node, before) in seen:
            continue
        seen.add((node, before))
        for key in (0, 1):
            port = int(next_port(routing, *mesh.at(node), source_x, *to, key))
            if port == LOCAL:
                continue
            link, onward = Link(node, port), mesh.neighbour(node, port)
            if onward is None:
                raise ValueError(f"routing leaves the mesh at node {node}")
            found.setdefault(link, set())
            if before is not None:
                found[before].add(link)
            open_.append((onward, link))


def find_cycle(dependencies: dict[Link, set[Link]]) -> list[Link]:
    """A circle of links, each of which may wait for the next; empty if there is none."""
    state: dict[Link, int] = {}
    for start, first in dependencies.items():
        way: list[tuple[Link, list[Link]]] = [(start, list(first))]
        if state.get(start):
            continue
        state[start] = 1
        while way:
            link, rest = way[-1]
            if not rest:
                state[link] = 2
                way.pop()
                continue
            onward = rest.pop()
            if state.get(onward) == 1:
                names = [one for one, _ in way]
                return names[names.index(onward) :]
            if onward not in state:
                state[onward] = 1
                way.append((onward, list(dependencies.get(onward, ()))))
    return []
