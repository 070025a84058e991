"""A design of asynchronous hardware: how an application is spread over a mesh of cores."""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from async_sim.application import Application
from async_sim.dealing import DEALINGS
from async_sim.mesh import Mesh
from async_sim.network import Network
from async_sim.placement import Placement, map_cores


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
        firsts = np.cumsum((0, *self.cores[:-1]))
        layers = [
            application.dealt(layer, n_cores, self.dealing)
            for layer, n_cores in enumerate(self.cores)
        ]
        return Placement(
            self.mesh,
            self.neurons_per_core,
            np.concatenate(
                [first + core for first, (core, _) in zip(firsts, layers, strict=False)]
            ),
            np.concatenate([local for _, local in layers]),
            np.array(self.nodes, np.int64),
        )

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
