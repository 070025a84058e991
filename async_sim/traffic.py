"""Spikes and a placement -> packets of every time step."""

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from async_sim.connections import Connection
from async_sim.packets import Packets
from async_sim.placement import Placement
from snn.spikes import SpikeTrace

Integers = NDArray[np.int64]


@dataclass(frozen=True)
class FanOut:
    """For each neuron, the nodes that its spikes go to: rows ``start[i]`` to ``start[i + 1]``.

    Attributes:
        start: (neurons + 1,).
        node: Destination, by rising core.
        n_synapses: Synapses of the neuron at that node.
    """

    start: Integers
    node: Integers
    n_synapses: Integers


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
    links = [(i, i + 1, connection.targets()) for i, connection in enumerate(connections)]
    return linked_fan_out(sizes, links, placement)


def linked_fan_out(
    layer_sizes: Sequence[int],
    links: Iterable[tuple[int, int, Iterable[tuple[Integers, Integers]]]],
    placement: Placement,
) -> FanOut:
    """The same for layers that need not be a chain.

    Args:
        layer_sizes: Neurons of each layer.
        links: Source layer, target layer, and groups of neurons that feed the same ones.

    Raises:
        ValueError: If other neurons are placed.
    """
    if sum(layer_sizes) != len(placement.core):
        raise ValueError(f"{sum(layer_sizes)} neurons, but {len(placement.core)} are placed")
    starts = np.concatenate([[0], np.cumsum(layer_sizes)])
    cores: list[Integers] = [np.zeros(0, np.int64)] * sum(layer_sizes)
    counts = list(cores)
    for source_layer, target_layer, groups in links:
        for sources, targets in groups:
            fed = placement.core[starts[target_layer] + targets]
            found, n = np.unique(fed, return_counts=True)
            for source in starts[source_layer] + sources:
                cores[source] = np.concatenate([cores[source], found])
                counts[source] = np.concatenate([counts[source], n])
    lengths = [len(one) for one in cores]
    return FanOut(
        np.concatenate([[0], np.cumsum(lengths)]),
        placement.node[np.concatenate(cores)],
        np.concatenate(counts),
    )


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
        lengths = fan.start[fired + 1] - fan.start[fired]
        sender = np.repeat(fired, lengths)
        first = np.repeat(fan.start[fired] - np.cumsum(lengths) + lengths, lengths)
        row = first + np.arange(len(sender))
        source = placement.neuron_node[sender]
        release = (placement.local[sender] + 1) * update_ps
        order = np.lexsort((np.arange(len(sender)), release, source))
        source, row, release = source[order], row[order], release[order]
        steps.append(
            Packets(
                source,
                fan.node[row],
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


def n_local(packets: Sequence[Packets]) -> int:
    """Packets that never leave their node."""
    return int(sum((one.source == one.destination).sum() for one in packets))
