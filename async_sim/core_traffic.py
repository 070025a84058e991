"""What the cores of an application send each other, wherever they sit; kept between designs.

Only the cores of each layer and how neurons are dealt to them change it. So a search that moves
cores over a mesh, or alters buffers, arbitration and routing, pays for it once.
"""

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from async_sim.application import Application
from async_sim.dealing import core_sizes
from async_sim.hardware import Hardware
from async_sim.packets import Packets
from async_sim.traffic import FanOut, core_fan_out, ranks

Integers = NDArray[np.int64]
N_KEPT = 16  # ways to spread applications over cores, each with a matrix of them; ...
N_LINKS_KEPT = 512  # ... and ways to spread single layers


@dataclass(frozen=True)
class CoreTraffic:
    """Packets of all time steps, sorted by step, source and release; each array is (n,).

    Attributes:
        step_start: Step i has packets ``step_start[i]`` to ``step_start[i + 1]``, (steps + 1,).
        source: Core that sends.
        target: Core that receives.
        turn: Position of a packet among those of its source in its step.
        neurons: Of each core, (cores,).
        sweep_ps: Time in which each core updates its neurons, (cores,).
        is_digital: Whether it has no figures of its own, (cores,).
    """

    step_start: Integers
    source: Integers
    target: Integers
    turn: Integers
    release_ps: Integers
    n_synapses: Integers
    neurons: Integers
    sweep_ps: Integers
    is_digital: NDArray[np.bool_]

    @cached_property
    def matrix(self) -> Integers:
        """Packets from core to core, (cores, cores)."""
        n = len(self.neurons)
        counts = np.bincount(self.source * n + self.target, minlength=n * n)
        matrix: Integers = counts.reshape(n, n)
        matrix.flags.writeable = False  # it is shared
        return matrix

    def steps(self, nodes: Integers, n_channels: int) -> tuple[Packets, ...]:
        """Packets of each step with the cores on some nodes; channels are taken in turn."""
        source, target, channel = nodes[self.source], nodes[self.target], self.turn % n_channels
        steps = []
        for start, end in zip(self.step_start[:-1], self.step_start[1:], strict=True):
            order = start + np.argsort(source[start:end], kind="stable")
            steps.append(
                Packets(
                    source[order],
                    target[order],
                    channel[order],
                    self.release_ps[order],
                    self.n_synapses[order],
                )
            )
        return tuple(steps)


def core_traffic(application: Application, hardware: Hardware) -> Integers:
    """Packets from core to core over all frames, (cores, cores); to be read only.

    Raises:
        ValueError: If the application does not fit the hardware.
    """
    return traffic_of(application, hardware).matrix


def traffic_of(application: Application, hardware: Hardware) -> CoreTraffic:
    """The packets of a design; those of the last designs are kept.

    Raises:
        ValueError: If the application does not fit the hardware.
    """
    hardware.check(application)
    return _traffic(application, hardware.cores, hardware.dealing)


def forget() -> None:
    """Keep the packets of no design any longer; they are worked out again when they are needed."""
    _traffic.cache_clear()
    _link_fan_out.cache_clear()


@lru_cache(maxsize=N_KEPT)
def _traffic(application: Application, cores: tuple[int, ...], dealing: str) -> CoreTraffic:
    trace, n_cores = application.trace, sum(cores)
    layers = [application.dealt(i, n, dealing) for i, n in enumerate(cores)]
    room = max(int(local.max()) for _, local in layers) + 1
    keys, counts = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    sweeps = _sweeps(application, cores)
    for i, link in enumerate(application.links):
        begin, end = trace.layer_starts[link.source : link.source + 2]
        spikes = np.flatnonzero((trace.neuron >= begin) & (trace.neuron < end))
        neuron = trace.neuron[spikes] - begin
        fan = _link_fan_out(application, i, cores[link.target], dealing)
        row, position = fan.rows(link.connection.groups().group[neuron])
        core, local = (one[neuron][position] for one in layers[link.source])
        sender = trace.timestep[spikes][position] * n_cores + sum(cores[: link.source]) + core
        target = sum(cores[: link.target]) + fan.core[row]
        keys.append((sender * room + local) * n_cores + target)
        counts.append(fan.n_synapses[row] * (application.core(link.target) is None))
    key, n_synapses = _summed(np.concatenate(keys), np.concatenate(counts))
    sender, local = key // (n_cores * room), key // n_cores % room
    source = sender % n_cores
    return CoreTraffic(
        np.searchsorted(sender, np.arange(trace.n_timesteps + 1) * n_cores),
        source,
        key % n_cores,
        ranks(sender),
        (local + 1) * sweeps.fullest_ps[source] // sweeps.fullest[source],
        n_synapses,
        sweeps.neurons,
        sweeps.sweep_ps,
        sweeps.is_digital,
    )


class _Sweeps(NamedTuple):
    """How cores update their neurons, (cores,) each; ``fullest`` is the fullest core of a layer."""

    neurons: Integers
    fullest: Integers
    fullest_ps: Integers
    sweep_ps: Integers
    is_digital: NDArray[np.bool_]


def _sweeps(application: Application, cores: tuple[int, ...]) -> _Sweeps:
    sizes = [core_sizes(*pair) for pair in zip(application.layer_sizes, cores, strict=True)]
    neurons, fullest = np.concatenate(sizes), np.repeat([int(one[0]) for one in sizes], cores)
    own = [application.core(layer) for layer in range(len(cores))]
    is_digital = np.repeat([one is None for one in own], cores)
    given_ps = np.repeat([0 if one is None else one.sweep_ps for one in own], cores)
    update_ps = application.update_ps
    return _Sweeps(
        neurons,
        fullest,
        np.where(is_digital, fullest * update_ps, given_ps),
        np.where(is_digital, neurons * update_ps, given_ps),
        is_digital,
    )


@lru_cache(maxsize=N_LINKS_KEPT)
def _link_fan_out(application: Application, i: int, n_cores: int, dealing: str) -> FanOut:
    """Synapses per core of the layer that a link feeds, for each group of neurons."""
    link = application.links[i]
    core, _ = application.dealt(link.target, n_cores, dealing)
    return core_fan_out(link.connection.groups(), core, n_cores)


def _summed(keys: Integers, counts: Integers) -> tuple[Integers, Integers]:
    """Sort by key, and add up what has the same: a spike goes to each core once."""
    order = np.argsort(keys)
    keys, counts = keys[order], counts[order]
    first = np.flatnonzero(np.diff(keys, prepend=-1))
    return keys[first], np.add.reduceat(counts, first) if len(first) else counts
