"""Balance: how many cores a layer has, and which of its neurons they get."""

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from async_sim.application import Application
from async_sim.dealing import DEALINGS
from async_sim.hardware import Hardware
from envs.moves.move import Limits, Move
from envs.moves.placing import grown, remeshed, respread
from envs.moves.traffic import layer_events

Integers = NDArray[np.int64]
Reals = NDArray[np.float64]


def work_ps(cores: Integers, hardware: Hardware, application: Application) -> Reals:
    """Time that a core of each layer works on the spikes of all time steps, (layers,).

    Every core of a layer is taken to be fed by every spike and to have its share of the synapses
    and of the neurons. Where cores have figures of their own, they have their share of the sweeps
    that those of the hardware make.

    Args:
        cores: Of each layer.
        hardware: What the application's figures of cores, if any, are of.
    """
    arriving, met = layer_events(application)
    n_timesteps = application.trace.n_timesteps
    updates = np.array(application.layer_sizes) * n_timesteps * application.update_ps
    shared = met * application.synapse_ps + updates
    for layer, n_cores in enumerate(hardware.cores):
        own = application.core(layer)
        if own is not None:
            shared[layer] = n_cores * n_timesteps * own.sweep_ps
    found: Reals = arriving * application.decode_ps + shared / cores
    return found


@dataclass(frozen=True)
class Widen:
    """One more core for the layer whose cores have most work; a full mesh gets a column or row."""

    name: str
    longest_side: int

    def is_possible(self, hardware: Hardware, application: Application) -> bool:
        """Whether some mesh has a node more, and some layer two neurons in a core."""
        mesh = grown(hardware.mesh, len(hardware.nodes) + 1, self.longest_side)
        return mesh is not None and bool(_may_grow(hardware, application).any())

    def apply(
        self, hardware: Hardware, application: Application, generator: np.random.Generator
    ) -> Hardware:
        """The new core goes to the nearest free node."""
        del generator
        may = _may_grow(hardware, application)
        work = work_ps(np.array(hardware.cores), hardware, application)
        layer = int(np.argmax(np.where(may, work, -1.0)))
        mesh = grown(hardware.mesh, len(hardware.nodes) + 1, self.longest_side)
        if mesh is None:
            raise ValueError(f"{self.name}: no mesh has a node more")
        return _with_cores(remeshed(hardware, application, mesh), application, layer, 1)


@dataclass(frozen=True)
class Narrow:
    """One core fewer for the layer whose cores would then have least work."""

    name: str

    def is_possible(self, hardware: Hardware, application: Application) -> bool:
        """Whether some layer has more cores than its neurons need."""
        return bool(_may_shrink(hardware, application).any())

    def apply(
        self, hardware: Hardware, application: Application, generator: np.random.Generator
    ) -> Hardware:
        """The node of its last core becomes free."""
        del generator
        may = _may_shrink(hardware, application)
        fewer = np.array(hardware.cores) - may
        layer = int(np.argmin(np.where(may, work_ps(fewer, hardware, application), np.inf)))
        return _with_cores(hardware, application, layer, -1)


@dataclass(frozen=True)
class Deal:
    """Deal neurons in their order, or so that cores send alike."""

    name: str

    def is_possible(self, hardware: Hardware, application: Application) -> bool:
        """Whether a layer has several cores and several neurons to deal to them."""
        pairs = zip(hardware.cores, application.layer_sizes, strict=True)
        return any(1 < n < size for n, size in pairs)

    def apply(
        self, hardware: Hardware, application: Application, generator: np.random.Generator
    ) -> Hardware:
        """The other way."""
        del application, generator
        return replace(hardware, dealing=DEALINGS[1 - DEALINGS.index(hardware.dealing)])


def _may_grow(hardware: Hardware, application: Application) -> NDArray[np.bool_]:
    may: NDArray[np.bool_] = np.array(hardware.cores) < np.array(application.layer_sizes)
    return may


def _may_shrink(hardware: Hardware, application: Application) -> NDArray[np.bool_]:
    room = hardware.neurons_per_core
    least = [math.ceil(size / room) for size in application.layer_sizes]
    may: NDArray[np.bool_] = np.array(hardware.cores) > np.array(least)
    return may


def _with_cores(hardware: Hardware, application: Application, layer: int, change: int) -> Hardware:
    cores = list(hardware.cores)
    cores[layer] += change
    return respread(hardware, application, hardware.neurons_per_core, cores)


def moves(limits: Limits) -> tuple[Move, ...]:
    """The moves of this family."""
    return (
        Widen("balance.widen", limits.longest_side),
        Narrow("balance.narrow"),
        Deal("balance.deal"),
    )
