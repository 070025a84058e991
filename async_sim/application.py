"""What hardware is designed for: a spiking network, and the spikes that it fired."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from async_sim.application_file import ApplicationError, read_application, write_application
from async_sim.array_files import told_of
from async_sim.connections import Connection
from async_sim.core_figures import CoreFigures
from async_sim.dealing import dealt
from async_sim.workloads import SUFFIX, connections_of
from configs import catalog
from snn.spikes import SpikeTrace, generated

Integers = NDArray[np.int64]
FACTS = (
    "name", "layer_names", "n_samples", "update_ps", "decode_ps", "synapse_ps", "weight_bits",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Link:
    """Layer ``source`` feeds layer ``target``."""

    source: int
    target: int
    connection: Connection


@dataclass(frozen=True, eq=False)  # by identity, so that what is derived from it can be kept
class Application:
    """A spiking network and what it fired on some frames; layer 0 is its input.

    Attributes:
        links: A chain of layers, or one with shortcuts.
        trace: Of ``n_samples`` frames, one behind the other, each with as many time steps.
        update_ps: Time of a core for one neuron and time step.
        decode_ps: Time of a core for a spike that arrives ...
        synapse_ps: ... and for each of its synapses.
        weight_bits: Of a stored weight.
        cores: For each layer what a model of its own says of its cores, or None for the digital
            ones of `async_sim.elements`; empty: all are digital.
    """

    name: str
    layer_names: tuple[str, ...]
    links: tuple[Link, ...] = field(repr=False)
    trace: SpikeTrace = field(repr=False)
    n_samples: int
    update_ps: int
    decode_ps: int
    synapse_ps: int
    weight_bits: int
    cores: tuple[CoreFigures | None, ...] = field(default=(), repr=False)

    def __post_init__(self) -> None:
        if len(self.layer_names) != len(self.trace.layer_sizes):
            raise ValueError(
                f"{len(self.layer_names)} names for {len(self.trace.layer_sizes)} layers"
            )
        if self.weight_bits < 1 or min(self.update_ps, self.decode_ps, self.synapse_ps) < 0:
            raise ValueError(f"weights need a bit, and times 0 ps, at least: {self}")
        if self.n_samples < 1 or self.trace.n_timesteps % self.n_samples:
            raise ValueError(
                f"{self.trace.n_timesteps} time steps are no {self.n_samples} frames of one length"
            )
        if not len(self.trace.neuron):
            raise ValueError(f"{self.name}: no neuron ever fires; there is nothing to simulate")
        if self.cores and len(self.cores) != len(self.layer_names):
            raise ValueError(f"cores of {len(self.cores)} layers, not {len(self.layer_names)}")
        for link in self.links:
            self._check(link)

    def core(self, layer: int) -> CoreFigures | None:
        """What a model of its own says of the cores of a layer; None if they are digital."""
        return self.cores[layer] if self.cores else None

    @property
    def layer_sizes(self) -> tuple[int, ...]:
        """Neurons of each layer."""
        return self.trace.layer_sizes

    @cached_property
    def n_spikes(self) -> Integers:
        """Of each neuron, over all frames."""
        return np.bincount(self.trace.neuron, minlength=self.trace.n_neurons)

    def dealt(self, layer: int, n_cores: int, dealing: str) -> tuple[Integers, Integers]:
        """Core of each neuron of a layer, counted from the layer's first, and its index there."""
        start, end = self.trace.layer_starts[layer : layer + 2]
        return dealt(self.n_spikes[start:end], n_cores, dealing)

    @classmethod
    def of_workload(cls, name: str) -> "Application":
        """A network of the literature with generated spikes, a file of ``configs/workload``.

        Raises:
            UnknownNameError: If there is no such file.
        """
        content = catalog.read("workload", name)
        connections = connections_of(content["image_shape"], content["layers"])
        sizes = (connections[0].n_inputs, *(one.n_outputs for one in connections))
        generator = np.random.default_rng(content["seed"])
        trace = generated(sizes, tuple(content["rates"]), content["timesteps"], generator)
        return cls(
            name,
            tuple("input" if not i else f"layer{i}" for i in range(len(sizes))),
            chain_of(connections),
            trace,
            n_samples=1,
            update_ps=content["update_ps"],
            decode_ps=content["decode_ps"],
            synapse_ps=content["synapse_ps"],
            weight_bits=content["weight_bits"],
        )

    @classmethod
    def named(cls, source: str) -> "Application":
        """A file of ``configs/workload``, or the path of recorded spikes (``.npz``).

        Raises:
            UnknownNameError: If there is no such file of ``configs/workload`` ...
            ApplicationError: ... or the file holds no application.
        """
        is_path = source.endswith(SUFFIX)
        return cls.load(Path(source)) if is_path else cls.of_workload(source)

    @classmethod
    def load(cls, path: Path) -> "Application":
        """Read what `save` wrote.

        Raises:
            ApplicationError: In one line, if the file holds no application.
        """
        with told_of(path, ApplicationError):
            facts, links, trace = read_application(path)
            return cls(links=tuple(Link(*link) for link in links), trace=trace, **facts)

    def save(self, path: Path) -> Path:
        """Write an .npz file; the path returned ends so, whatever was asked for.

        Raises:
            ValueError: If cores have figures of their own: a file has no place for them.
        """
        if self.cores:
            raise ValueError(f"{self.name}: a file keeps no figures of cores")
        facts = {name: getattr(self, name) for name in FACTS}
        links = [(link.source, link.target, link.connection) for link in self.links]
        return write_application(path, facts, links, self.trace)

    def _check(self, link: Link) -> None:
        for layer, n in (
            (link.source, link.connection.n_inputs),
            (link.target, link.connection.n_outputs),
        ):
            if not 0 <= layer < len(self.layer_sizes) or self.layer_sizes[layer] != n:
                raise ValueError(f"a link of {n} neurons does not fit layer {layer}")


def chain_of(connections: Sequence[Connection]) -> tuple[Link, ...]:
    """Links from each layer to the next."""
    return tuple(Link(i, i + 1, connection) for i, connection in enumerate(connections))
