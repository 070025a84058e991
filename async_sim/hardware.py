"""A design of asynchronous hardware: how an application is spread over a mesh of cores."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from async_sim.application import Application
from async_sim.mesh import Mesh
from async_sim.network import Network
from async_sim.placement import Placement, map_cores

Integers = NDArray[np.int64]
DEALINGS = ("in-order", "by-load")


@dataclass(frozen=True)
class Hardware:
    """What ANCoEF's actions change (sec. II-A).

    Attributes:
        neurons_per_core: Room in every core, a power of two: more address bits would be wasted.
        cores: Cores of each layer; its neurons are dealt evenly over them.
        nodes: Node of each core, layer by layer, all different.
        dealing: Neurons of a layer go to its cores `in-order`, or `by-load`: so that the cores
            send alike.
        depth: Tokens that the FIFO of one channel holds.
        n_channels: Virtual channels of every link.
    """

    mesh: Mesh
    neurons_per_core: int
    cores: tuple[int, ...]
    nodes: tuple[int, ...]
    dealing: str = "in-order"
    arbitration: str = "round-robin"
    routing: str = "xy"
    depth: int = 8
    n_channels: int = 4

    def __post_init__(self) -> None:
        room = self.neurons_per_core
        if room < 1 or room & (room - 1):
            raise ValueError(f"a core holds 1, 2, 4, ... neurons, not {room}")
        if self.dealing not in DEALINGS:
            raise ValueError(f"dealing: '{self.dealing}' is not one of {', '.join(DEALINGS)}")
        map_cores(sum(self.cores), self.mesh, "given", self.nodes)
        object.__setattr__(self, "cores", tuple(int(n) for n in self.cores))
        object.__setattr__(self, "nodes", tuple(int(node) for node in self.nodes))
        _ = self.empty_network

    @cached_property
    def empty_network(self) -> Network:
        """Mesh, buffers, arbitration and routing; without the service of any application."""
        return self._network(0, 0)

    def network(self, application: Application) -> Network:
        """What the simulator runs."""
        return self._network(application.decode_ps, application.synapse_ps)

    def _network(self, decode_ps: int, synapse_ps: int) -> Network:
        return Network(
            self.mesh,
            n_channels=self.n_channels,
            depth=self.depth,
            sink_depth=self.depth,
            arbitration=self.arbitration,
            routing=self.routing,
            decode_ps=decode_ps,
            synapse_ps=synapse_ps,
        )

    def check(self, application: Application) -> None:
        """Refuse an application that does not fit.

        Raises:
            ValueError: In one line.
        """
        if len(self.cores) != len(application.layer_sizes):
            raise ValueError(
                f"cores of {len(self.cores)} layers for {len(application.layer_sizes)} layers"
            )
        for name, size, n_cores in zip(
            application.layer_names, application.layer_sizes, self.cores, strict=True
        ):
            least = math.ceil(size / self.neurons_per_core)
            if not least <= n_cores <= size:
                raise ValueError(
                    f"{name}: {size} neurons need {least} to {size} cores of "
                    f"{self.neurons_per_core}, not {n_cores}"
                )

    def placement(self, application: Application) -> Placement:
        """Core of each neuron and its index there; the cores' sizes differ by at most one.

        Raises:
            ValueError: If the application does not fit.
        """
        self.check(application)
        core, local, first = [], [], 0
        starts = application.trace.layer_starts
        spikes = np.bincount(application.trace.neuron, minlength=application.trace.n_neurons)
        for start, end, n_cores in zip(starts[:-1], starts[1:], self.cores, strict=True):
            order = self._order(spikes[start:end], n_cores)
            dealt, index = np.empty_like(order), np.empty_like(order)
            dealt[order], index[order] = _dealt(len(order), n_cores)
            core.append(first + dealt)
            local.append(index)
            first += n_cores
        return Placement(
            self.mesh,
            self.neurons_per_core,
            np.concatenate(core),
            np.concatenate(local),
            np.array(self.nodes, np.int64),
        )

    def _order(self, spikes: Integers, n_cores: int) -> Integers:
        """Neurons of a layer in the order in which cores are filled."""
        order = np.arange(len(spikes))
        if self.dealing == "in-order":
            return order
        # the n-th busiest goes to core n modulo their number, there and back again
        ranked = np.argsort(-spikes, kind="stable")
        turn = order % (2 * n_cores)
        core = np.where(turn < n_cores, turn, 2 * n_cores - 1 - turn)
        filled: Integers = ranked[np.argsort(core, kind="stable")]
        return filled

    def to_json(self) -> dict[str, Any]:
        """As plain data."""
        return {
            "mesh": [self.mesh.width, self.mesh.height],
            "neurons_per_core": self.neurons_per_core,
            "cores": list(self.cores),
            "nodes": list(self.nodes),
            "dealing": self.dealing,
            "arbitration": self.arbitration,
            "routing": self.routing,
            "depth": self.depth,
            "n_channels": self.n_channels,
        }


def laid_out(
    application: Application,
    neurons_per_core: int,
    mesh: Mesh | None = None,
    mapping: str = "snake",
    **options: Any,  # noqa: ANN401 (other fields of a Hardware)
) -> Hardware:
    """As few cores as hold the application, mapped in a fixed order: where a search begins.

    Args:
        mesh: By default the smallest square that holds all cores.
        mapping: `row` or `snake`.

    Raises:
        ValueError: If the mesh is too small.
    """
    cores = tuple(math.ceil(size / neurons_per_core) for size in application.layer_sizes)
    mesh = mesh or smallest_square(sum(cores))
    nodes = map_cores(sum(cores), mesh, mapping)
    return Hardware(mesh, neurons_per_core, cores, tuple(nodes.tolist()), **options)


def smallest_square(n_cores: int) -> Mesh:
    """The smallest square mesh with so many nodes."""
    side = math.ceil(math.sqrt(n_cores))
    return Mesh(side, side)


def _dealt(n_neurons: int, n_cores: int) -> tuple[Integers, Sequence[int] | Integers]:
    """Core of each of so many neurons in a row, and its index there."""
    sizes = np.full(n_cores, n_neurons // n_cores)
    sizes[: n_neurons % n_cores] += 1
    core = np.repeat(np.arange(n_cores), sizes)
    return core, np.arange(n_neurons) - np.repeat(np.cumsum(sizes) - sizes, sizes)
