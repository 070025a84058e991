"""Map: which core sits on which node, judged by recorded packets times links, not by simulation."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from async_sim.application import Application
from async_sim.hardware import Hardware
from envs.moves.links import Flows, busiest, cores_on_busiest
from envs.moves.move import Limits, Move
from envs.moves.placing import NOWHERE, distances, settled
from envs.moves.traffic import exchanged

Integers = NDArray[np.int64]
Reals = NDArray[np.float64]


@dataclass(frozen=True)
class _OfTwo:
    """What moves of two cores or more have in common."""

    name: str

    def is_possible(self, hardware: Hardware, application: Application) -> bool:
        """Whether there are two cores."""
        del application
        return len(hardware.nodes) > 1


@dataclass(frozen=True)
class Swap(_OfTwo):
    """Of some random pairs of cores, swap the one that saves most packet hops, or costs least."""

    n_candidates: int

    def apply(
        self, hardware: Hardware, application: Application, generator: np.random.Generator
    ) -> Hardware:
        """Swap two cores."""
        pairs = drawn_pairs(len(hardware.nodes), self.n_candidates, generator)
        best = int(np.argmin(swap_changes(hardware, application, pairs)))
        return swapped(hardware, pairs[best])


@dataclass(frozen=True)
class Relocate:
    """Of some random cores and free nodes, move the one that saves most packet hops."""

    name: str
    n_candidates: int

    def is_possible(self, hardware: Hardware, application: Application) -> bool:
        """Whether a node is free."""
        del application
        return len(hardware.nodes) < hardware.mesh.n_nodes

    def apply(
        self, hardware: Hardware, application: Application, generator: np.random.Generator
    ) -> Hardware:
        """Move one core."""
        nodes = np.array(hardware.nodes)
        free = np.setdiff1d(np.arange(hardware.mesh.n_nodes), nodes)
        core = generator.integers(len(nodes), size=self.n_candidates)
        node = generator.choice(free, size=self.n_candidates)
        weights = exchanged(hardware, application)
        links = distances(hardware.mesh)[:, nodes]
        changes = (weights[core] * (links[node] - links[nodes[core]])).sum(axis=1)
        best = int(np.argmin(changes))
        nodes[core[best]] = node[best]
        return replace(hardware, nodes=tuple(nodes.tolist()))


@dataclass(frozen=True)
class Polish(_OfTwo):
    """Swap after swap, each the best of some random pairs, as long as they save packet hops."""

    n_candidates: int

    def apply(
        self, hardware: Hardware, application: Application, generator: np.random.Generator
    ) -> Hardware:
        """At least one swap, at most one for each core."""
        found = hardware
        for _ in hardware.nodes:
            pairs = drawn_pairs(len(hardware.nodes), self.n_candidates, generator)
            changes = swap_changes(found, application, pairs)
            best = int(np.argmin(changes))
            if changes[best] >= 0 and found is not hardware:
                break
            found = swapped(found, pairs[best])
        return found


@dataclass(frozen=True)
class Unload(_OfTwo):
    """Swap a core whose packets pass the busiest link, so that the busiest link has fewest."""

    n_candidates: int

    def apply(
        self, hardware: Hardware, application: Application, generator: np.random.Generator
    ) -> Hardware:
        """Swap two cores."""
        flows = Flows.of(hardware, application)
        one = generator.choice(cores_on_busiest(hardware, flows), size=self.n_candidates)
        others = generator.integers(len(hardware.nodes) - 1, size=self.n_candidates)
        pairs = np.stack([one, others + (others >= one)], axis=1)
        loads = [busiest(hardware, flows, _exchanged(hardware, pair)) for pair in pairs]
        return swapped(hardware, pairs[int(np.argmin(loads))])


@dataclass(frozen=True)
class Rebuild(_OfTwo):
    """Place all cores anew: a random busy one in the middle, then the others, the busiest first."""

    def apply(
        self, hardware: Hardware, application: Application, generator: np.random.Generator
    ) -> Hardware:
        """Each core goes to the free node with the fewest packets times links."""
        mesh, n_cores = hardware.mesh, len(hardware.nodes)
        busy = exchanged(hardware, application).sum(axis=1) + 1.0
        first = int(generator.choice(n_cores, p=busy / busy.sum()))
        nodes = [NOWHERE] * n_cores
        nodes[first] = mesh.height // 2 * mesh.width + mesh.width // 2
        order = np.argsort(-busy, kind="stable")
        placed = settled(hardware, application, nodes, order[order != first])
        return replace(hardware, nodes=placed)


def drawn_pairs(n_cores: int, n_pairs: int, generator: np.random.Generator) -> Integers:
    """Pairs of different cores, (pairs, 2)."""
    one = generator.integers(n_cores, size=n_pairs)
    other = generator.integers(n_cores - 1, size=n_pairs)
    return np.stack([one, other + (other >= one)], axis=1)


def swap_changes(hardware: Hardware, application: Application, pairs: Integers) -> Reals:
    """Packets times links that each swap adds, (pairs,); negative where it saves some."""
    weights = exchanged(hardware, application)
    nodes = np.array(hardware.nodes)
    links = distances(hardware.mesh)
    one, other = pairs[:, 0], pairs[:, 1]
    nearer = links[nodes[other]][:, nodes] - links[nodes[one]][:, nodes]
    changes = ((weights[one] - weights[other]) * nearer).sum(axis=1)
    # the way between the two stays as it is
    kept: Reals = changes + 2 * weights[one, other] * links[nodes[one], nodes[other]]
    return kept


def _exchanged(hardware: Hardware, pair: Integers) -> Integers:
    nodes = np.array(hardware.nodes)
    nodes[pair] = nodes[pair[::-1]]
    return nodes


def swapped(hardware: Hardware, pair: Integers) -> Hardware:
    """The design with two cores in each other's place."""
    return replace(hardware, nodes=tuple(_exchanged(hardware, pair).tolist()))


MOST_LOADS = 16  # swaps whose links are counted: dearer than their packet hops


def moves(limits: Limits) -> tuple[Move, ...]:
    """The moves of this family."""
    n = limits.n_candidates
    return (
        Swap("map.swap", n),
        Relocate("map.relocate", n),
        Polish("map.polish", n),
        Unload("map.unload", min(n, MOST_LOADS)),
        Rebuild("map.rebuild"),
    )
