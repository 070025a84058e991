"""Which neurons sit on which core, and on which node each core sits."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from async_sim.mesh import Mesh
from configs.catalog import UnknownNameError

Integers = NDArray[np.int64]
MAPPINGS = ("row", "snake", "random", "given")


@dataclass(frozen=True)
class Placement:
    """Every layer starts on a fresh core; cores hold a power of two of neurons.

    Attributes:
        core: Core of each neuron, (neurons,).
        local: Its index in its core, (neurons,).
        node: Node of each core, (cores,).
    """

    mesh: Mesh
    neurons_per_core: int
    core: Integers
    local: Integers
    node: Integers

    @property
    def neuron_node(self) -> Integers:
        """Node of each neuron."""
        return self.node[self.core]

    @property
    def neurons_of_core(self) -> Integers:
        """Neurons of each core, (cores,)."""
        return np.bincount(self.core, minlength=len(self.node))


def place(
    layer_sizes: Sequence[int],
    neurons_per_core: int,
    mesh: Mesh | None = None,
    mapping: str = "snake",
    nodes: Sequence[int] | None = None,
    generator: np.random.Generator | None = None,
) -> Placement:
    """Fill cores layer by layer, and map them onto a mesh.

    Args:
        mesh: By default the smallest square that holds all cores.
        mapping: `row` after row, `snake` (every second row backwards), `random` (needs a
            generator) or `given` (needs nodes, one per core).

    Raises:
        ValueError: If the mesh is too small, or a core would not hold a power of two of neurons.
        UnknownNameError: If there is no such mapping.
    """
    if neurons_per_core < 1 or neurons_per_core & (neurons_per_core - 1):
        raise ValueError(f"a core holds 1, 2, 4, ... neurons, not {neurons_per_core}")
    cores = [math.ceil(size / neurons_per_core) for size in layer_sizes]
    first = np.concatenate([[0], np.cumsum(cores)])
    local = np.concatenate([np.arange(size) for size in layer_sizes])
    start = np.repeat(first[:-1], layer_sizes)
    n_cores = int(first[-1])
    mesh = mesh or Mesh(*[math.ceil(math.sqrt(n_cores))] * 2)
    return Placement(
        mesh,
        neurons_per_core,
        start + local // neurons_per_core,
        local % neurons_per_core,
        map_cores(n_cores, mesh, mapping, nodes, generator),
    )


def map_cores(
    n_cores: int,
    mesh: Mesh,
    mapping: str,
    nodes: Sequence[int] | None = None,
    generator: np.random.Generator | None = None,
) -> Integers:
    """Choose a node for each core.

    Raises:
        ValueError: If the mesh is too small, or what a mapping needs is missing.
        UnknownNameError: If there is no such mapping.
    """
    if n_cores > mesh.n_nodes:
        raise ValueError(
            f"a {mesh.width}x{mesh.height} mesh has {mesh.n_nodes} nodes, but the network needs "
            f"{n_cores} cores"
        )
    order = np.arange(n_cores)
    if mapping == "row":
        return order
    if mapping == "snake":
        y, x = order // mesh.width, order % mesh.width
        return y * mesh.width + np.where(y % 2, mesh.width - 1 - x, x)
    if mapping == "random":
        if generator is None:
            raise ValueError("a random mapping needs a generator")
        return generator.permutation(mesh.n_nodes)[:n_cores]
    if mapping != "given":
        raise UnknownNameError("mapping", mapping, MAPPINGS)
    return _given(n_cores, mesh, nodes)


def _given(n_cores: int, mesh: Mesh, nodes: Sequence[int] | None) -> Integers:
    given = np.array([] if nodes is None else nodes, np.int64)
    if len(given) != n_cores or len(set(given.tolist())) != n_cores:
        raise ValueError(f"a given mapping needs {n_cores} different nodes, one per core")
    if given.min() < 0 or given.max() >= mesh.n_nodes:
        raise ValueError(f"a given node is not in the {mesh.width}x{mesh.height} mesh")
    return given
