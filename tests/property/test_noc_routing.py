"""Routing: shortest ways, allowed turns, and no circle in which packets could wait for ever."""

import itertools

import numpy as np
import pytest

from async_sim.mesh import EAST, LOCAL, NORTH, PORT_NAMES, SOUTH, WEST, Mesh
from async_sim.routing import (
    ODD_EVEN,
    ROUTINGS,
    XY,
    YX,
    Link,
    channel_dependencies,
    choice_keys,
    find_cycle,
    next_port,
)

MESHES = [Mesh(*sides) for sides in itertools.product(range(1, 7), repeat=2)]
LARGE = Mesh(6, 5)


def ways(mesh: Mesh, routing: int, source: int, destination: int) -> list[list[Link]]:
    """All ways that packets may take, the choice being open at every node."""
    found, open_ = [], [(source, [])]  # type: ignore[var-annotated]
    while open_:
        node, way = open_.pop()
        assert len(way) <= mesh.n_nodes
        (x, y), to = mesh.at(node), mesh.at(destination)
        source_x = mesh.at(source)[0]
        ports = {int(next_port(routing, x, y, source_x, *to, key)) for key in (0, 1)}
        for port in ports:
            if port == LOCAL:
                found.append(way)
            else:
                open_.append((mesh.neighbour(node, port), [*way, Link(node, port)]))
    return found


def turns(mesh: Mesh, routing: int) -> set[tuple[int, str]]:
    """Column, and the two directions, of every turn that is ever made."""
    found = set()
    for source, destination in itertools.product(range(mesh.n_nodes), repeat=2):
        for way in ways(mesh, routing, source, destination):
            for one, other in itertools.pairwise(way):
                if one.port != other.port:
                    name = PORT_NAMES[one.port][0] + PORT_NAMES[other.port][0]
                    found.add((mesh.at(other.node)[0], name))
    return found


@pytest.mark.parametrize("routing", ROUTINGS.values(), ids=ROUTINGS)
def test_every_way_is_a_shortest_one_and_ends_where_it_should(routing: int) -> None:
    for source, destination in itertools.product(range(LARGE.n_nodes), repeat=2):
        for way in ways(LARGE, routing, source, destination):
            assert len(way) == LARGE.hops(source, destination)
            end = LARGE.neighbour(way[-1].node, way[-1].port) if way else source
            assert end == destination


def test_xy_and_yx_turn_once_and_odd_even_turns_as_its_rule_allows() -> None:
    assert {name for _, name in turns(LARGE, XY)} == {"en", "es", "wn", "ws"}
    assert {name for _, name in turns(LARGE, YX)} == {"ne", "nw", "se", "sw"}
    odd_even = turns(LARGE, ODD_EVEN)
    assert {x % 2 for x, name in odd_even if name in {"en", "es"}} == {1}
    assert {x % 2 for x, name in odd_even if name in {"nw", "sw"}} == {0}
    assert len({name for _, name in odd_even}) == 8


def test_odd_even_leaves_packets_a_choice_and_uses_both() -> None:
    most = max(len(ways(LARGE, ODD_EVEN, 0, node)) for node in range(LARGE.n_nodes))
    assert most > 2
    keys = choice_keys(np.arange(10_000))
    assert set(keys.tolist()) == {0, 1}
    assert keys.mean() == pytest.approx(0.5, abs=0.02)


@pytest.mark.parametrize("routing", ROUTINGS.values(), ids=ROUTINGS)
def test_no_packets_can_wait_in_a_circle(routing: int) -> None:
    for mesh in MESHES:
        dependencies = channel_dependencies(mesh, routing)
        assert find_cycle(dependencies) == [], mesh
        n_links = sum(
            mesh.neighbour(node, port) is not None
            for node in range(mesh.n_nodes)
            for port in (EAST, WEST, NORTH, SOUTH)
        )
        assert len(dependencies) == n_links


def test_the_dependencies_of_a_line_by_hand() -> None:
    east, west = [Link(0, EAST), Link(1, EAST)], [Link(2, WEST), Link(1, WEST)]
    expected = {east[0]: {east[1]}, east[1]: set(), west[0]: {west[1]}, west[1]: set()}
    assert channel_dependencies(Mesh(3, 1), XY) == expected


@pytest.mark.parametrize("mesh", [Mesh(2, 2), Mesh(4, 3)])
def test_a_mixture_that_makes_a_circle_is_caught(mesh: Mesh) -> None:
    xy, yx = (channel_dependencies(mesh, routing) for routing in (XY, YX))
    both = {link: xy[link] | yx[link] for link in xy}
    circle = find_cycle(both)
    assert len(circle) >= 4
    for link, onward in zip(circle, [*circle[1:], circle[0]], strict=True):
        assert onward in both[link]
    no_way_back = {link: onward - {circle[0]} for link, onward in both.items()}
    assert find_cycle(no_way_back) != circle


def test_ways_that_meet_again_are_no_circle() -> None:
    a, b, c, d = (Link(i, EAST) for i in range(4))
    assert find_cycle({a: {b, c}, b: {d}, c: {d}, d: set()}) == []
    assert find_cycle({a: {a}}) == [a]
    assert find_cycle({d: set(), a: {d, b}, b: {c}, c: {b}}) in ([b, c], [c, b])
    assert find_cycle({}) == []
