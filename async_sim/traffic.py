"""Spikes and a placement -> packets of every time step."""

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from async_sim.connections import Connection, Groups
from async_sim.packets import Packets
from async_sim.placement import Placement
from snn.spikes import SpikeTrace

Integers = NDArray[np.int64]


@dataclass(frozen=True)
class FanOut:
    """For each neuron, or group of neurons that feed the same ones, where its spikes go.

    Rows ``start[i]`` to ``start[i + 1]`` are those of neuron or group i.

    Attributes:
        start: (neurons + 1,).
        core: Destination; rises.
        n_synapses: Synapses of one neuron in that core.
    """

    start: Integers
    core: Integers
    n_synapses: Integers

    def rows(self, which: Integers) -> tuple[Integers, Integers]:
        """All rows of some neurons, and the position of each row's neuron among them."""
        lengths = self.start[which + 1] - self.start[which]
        position = np.repeat(np.arange(len(which)), lengths)
        first = self.start[which] - np.cumsum(lengths) + lengths
        return first[position] + np.arange(len(position)), position


def fan_out(connections: Sequence[Connection], placement: Placement) -> FanOut:
    """Count each neuron's synapses per core of the next layer.

    Raises:
        ValueError: If a connection does not take what its predecessor gives.
    """
    sizes = [connection.n_inputs for connection in connections] + [connections[-1].n_outputs]
    for before, connection in itertools.pairwise(connections):
        if before.n_outputs != connection.n_inputs:
            raise ValueError(
                f"a layer of {connection.n_inputs} neurons cannot follow {before.n_outputs}"
            )
    links = [(i, i + 1, connection.groups()) for i, connection in enumerate(connections)]
    return linked_fan_out(sizes, links, placement)


def linked_fan_out(
    layer_sizes: Sequence[int],
    links: Iterable[tuple[int, int, Groups]],
    placement: Placement,
) -> FanOut:
    """The same for layers that need not be a chain; a spike goes to each core once.

    Args:
        layer_sizes: Neurons of each layer.
        links: Source layer, target layer, and what the neurons of the one feed in the other.

    Raises:
        ValueError: If other neurons are placed.
    """
    if sum(layer_sizes) != len(placement.core):
        raise ValueError(f"{sum(layer_sizes)} neurons, but {len(placement.core)} are placed")
    starts, n_cores = np.concatenate([[0], np.cumsum(layer_sizes)]), len(placement.node)
    keys, counts = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for source, target, groups in links:
        fed = placement.core[starts[target] : starts[target + 1]]
        fan = core_fan_out(groups, fed, n_cores)
        row, neuron = fan.rows(groups.group)
        keys.append((starts[source] + neuron) * n_cores + fan.core[row])
        counts.append(fan.n_synapses[row])
    key, where = np.unique(np.concatenate(keys), return_inverse=True)
    n_synapses = np.zeros(len(key), np.int64)
    np.add.at(n_synapses, where, np.concatenate(counts))
    first = np.arange(len(placement.core) + 1) * n_cores
    return FanOut(np.searchsorted(key, first), key % n_cores, n_synapses)


def core_fan_out(groups: Groups, core: Integers, n_cores: int) -> FanOut:
    """Count synapses per core, for a neuron of each group.

    Args:
        core: Of each neuron of the layer that is fed.
    """
    n_groups = len(groups.start) - 1
    of_target = np.repeat(np.arange(n_groups), np.diff(groups.start))
    key, n_synapses = np.unique(of_target * n_cores + core[groups.target], return_counts=True)
    start = np.searchsorted(key, np.arange(n_groups + 1) * n_cores)
    return FanOut(start, key % n_cores, n_synapses)


def packets_of(
    trace: SpikeTrace, placement: Placement, fan: FanOut, update_ps: int, n_channels: int
) -> list[Packets]:
    """One set of packets per time step, as copies for each destination.

    A core sweeps its neurons in order, ``update_ps`` each, and sends what fires as it goes; the
    k-th packet of a source in a step takes channel k modulo their number.

    Raises:
        ValueError: If the trace has other neurons than the placement.
    """
    if trace.n_neurons != len(placement.core):
        raise ValueError(
            f"the trace has {trace.n_neurons} neurons, but {len(placement.core)} are placed"
        )
    steps = []
    for step in range(trace.n_timesteps):
        fired = trace.neuron[trace.timestep == step]
        row, position = fan.rows(fired)
        sender = fired[position]
        source, local = placement.neuron_node[sender], placement.local[sender]
        order = np.lexsort((local, source))  # stable: destinations stay in order
        source, row, release = source[order], row[order], (local[order] + 1) * update_ps
        steps.append(
            Packets(
                source,
                placement.node[fan.core[row]],
                ranks(source) % n_channels,
                release,
                fan.n_synapses[row],
            )
        )
    return steps


def ranks(sources: Integers) -> Integers:
    """Position of each packet among those of its source; sources must be sorted."""
    first = np.searchsorted(sources, sources, "left")
    return np.arange(len(sources)) - first
