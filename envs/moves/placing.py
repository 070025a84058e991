"""Keeps cores where they are while their number or the mesh changes, and places the others."""

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from async_sim.application import Application
from async_sim.hardware import Hardware
from async_sim.mesh import Mesh
from envs.moves.traffic import exchanged
from envs.moves.traffic import forget as forget_traffic

Integers = NDArray[np.int64]
Reals = NDArray[np.float64]
NOWHERE = -1
MOST_MESHES = 16  # kept, the latest ones


@lru_cache(maxsize=MOST_MESHES)
def distances(mesh: Mesh) -> Integers:
    """Links from each node to each other one, (nodes, nodes); read-only."""
    y, x = np.divmod(np.arange(mesh.n_nodes), mesh.width)
    found: Integers = abs(x[:, None] - x) + abs(y[:, None] - y)
    found.flags.writeable = False
    return found


def forget() -> None:
    """Keep nothing of the meshes, designs and applications that moves were made on."""
    forget_traffic()
    distances.cache_clear()


def respread(
    hardware: Hardware, application: Application, neurons_per_core: int, cores: Sequence[int]
) -> Hardware:
    """Give each layer another number of cores; those that stay keep their nodes.

    The inverse of a change is the opposite one: as many cores of a layer stay as there are in the
    smaller number, evenly over the layer.

    Raises:
        ValueError: If the mesh is too small.
    """
    nodes: list[int] = []
    first = 0
    for before, after in zip(hardware.cores, cores, strict=True):
        nodes += _kept(hardware.nodes[first : first + before], after)
        first += before

    if len(nodes) > hardware.mesh.n_nodes:
        raise ValueError(f"{len(nodes)} cores are more than {hardware.mesh.n_nodes} nodes")
    free = iter(sorted(set(range(hardware.mesh.n_nodes)) - set(nodes)))
    somewhere = tuple(node if node != NOWHERE else next(free) for node in nodes)
    spread = replace(
        hardware, neurons_per_core=neurons_per_core, cores=tuple(cores), nodes=somewhere
    )
    return replace(spread, nodes=settled(spread, application, nodes))


def _kept(nodes: Sequence[int], n_cores: int) -> list[int]:
    if n_cores <= len(nodes):
        return [nodes[i * len(nodes) // n_cores] for i in range(n_cores)]
    found = [NOWHERE] * n_cores
    for i, node in enumerate(nodes):
        found[i * n_cores // len(nodes)] = node
    return found


def remeshed(hardware: Hardware, application: Application, mesh: Mesh) -> Hardware:
    """Take another mesh; cores keep their column and row, and those beyond it find new places.

    Raises:
        ValueError: If it is too small.
    """
    if len(hardware.nodes) > mesh.n_nodes:
        raise ValueError(f"{len(hardware.nodes)} cores are more than {mesh.n_nodes} nodes")
    nodes = []
    for x, y in (hardware.mesh.at(node) for node in hardware.nodes):
        nodes.append(y * mesh.width + x if x < mesh.width and y < mesh.height else NOWHERE)
    moved = replace(hardware, mesh=mesh, nodes=tuple(range(len(nodes))))
    return replace(moved, nodes=settled(moved, application, nodes))


def grown(mesh: Mesh, n_cores: int, longest_side: int) -> Mesh | None:
    """The mesh with nodes for so many cores: columns and rows are added to the shorter side.

    Returns:
        The mesh itself if it has them; None if no mesh with such sides has.
    """
    width, height = mesh.width, mesh.height
    while width * height < n_cores:
        if min(width, height) >= longest_side:
            return None
        is_wider = height >= longest_side or (width <= height and width < longest_side)
        width, height = width + is_wider, height + (not is_wider)
    return Mesh(width, height)


def settled(
    hardware: Hardware,
    application: Application,
    nodes: Sequence[int],
    order: Integers | None = None,
) -> tuple[int, ...]:
    """Put each core that is `NOWHERE` on the free node nearest to those it talks with.

    Near means the fewest packets times links to the cores that have a place by then, and among
    equally near ones the fewest links to all of them.

    Args:
        order: Which of those cores goes first; by default in their own order.
    """
    placed = np.array(nodes, np.int64)
    missing = np.flatnonzero(placed == NOWHERE) if order is None else order
    weights = exchanged(hardware, application) if len(missing) else np.zeros((0, 0))
    links = distances(hardware.mesh)
    free = np.setdiff1d(np.arange(hardware.mesh.n_nodes), placed)
    ways = links[placed[placed != NOWHERE]].sum(axis=0)  # from each node to all cores placed
    for core in missing:
        there = np.flatnonzero(placed != NOWHERE)
        loads = _loaded_ways(hardware.mesh, placed[there], weights[core, there])
        nearest = int(np.lexsort((ways[free], loads[free]))[0])
        placed[core] = free[nearest]
        ways = ways + links[free[nearest]]
        free = np.delete(free, nearest)
    return tuple(placed.tolist())


def _loaded_ways(mesh: Mesh, nodes: Integers, packets: Reals) -> Reals:
    """Packets times links from each node to some others, (nodes,): columns and rows apart."""
    found = np.zeros(())
    for side, at in ((mesh.height, nodes // mesh.width), (mesh.width, nodes % mesh.width)):
        line = np.arange(side)
        load = np.bincount(at, packets, side) @ np.abs(line[:, None] - line)
        found = found[..., None] + load
    return found.ravel()


def packet_hops(hardware: Hardware, application: Application) -> float:
    """Links that all packets pass."""
    weights = exchanged(hardware, application)
    nodes = np.array(hardware.nodes)
    return float((weights * distances(hardware.mesh)[np.ix_(nodes, nodes)]).sum() / 2)
