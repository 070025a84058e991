"""Which neurons the spikes of a cell network feed, as index arithmetic for the simulator.

Neurons read a node of a cell; their spikes go through a convolution to another node and from
there, through skips and mean poolings, to all neurons that read what they reach. Values without
neurons never travel: they are sums of what arrived.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from snn.cell_network import CellNetwork
from snn.cells import MODULE_ORDER, Cell
from snn.operation import operation

Integers = NDArray[np.int64]
Shape = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class NeuronLayer:
    """A layer of neurons: its name in the built network, and height, width, channels."""

    name: str
    shape: Shape

    @property
    def n_neurons(self) -> int:
        """Number of neurons."""
        height, width, channels = self.shape
        return height * width * channels


@dataclass(frozen=True, slots=True)
class Link:
    """Synapses from one layer to another; all channels of a place feed all of the places reached.

    Attributes:
        source: Index of the layer that spikes.
        target: Index of the layer that is fed.
        shape: Of the source: height, width, channels.
        out_shape: Of the target.
        reach: Places that a spike reaches in each direction, before any pooling.
        pooling: Side of the pooling windows.
        late_reach: Places that it reaches in each direction after the pooling.
        is_dense: Whether every neuron feeds every neuron.
    """

    source: int
    target: int
    shape: Shape
    out_shape: Shape
    reach: int = 0
    pooling: int = 1
    late_reach: int = 0
    is_dense: bool = False

    def targets(self) -> Iterator[tuple[Integers, Integers]]:
        """Groups of neurons that feed the same ones: (sources, targets), in (H, W, C) order."""
        (height, width, channels), (out_height, out_width, out_channels) = (
            self.shape,
            self.out_shape,
        )
        if self.is_dense:
            yield np.arange(np.prod(self.shape)), np.arange(np.prod(self.out_shape))
            return
        for y in range(height):
            for x in range(width):
                rows = self._reached(y, height, out_height)
                columns = self._reached(x, width, out_width)
                places = (rows[:, None] * out_width + columns).ravel() * out_channels
                here = (y * width + x) * channels + np.arange(channels)
                yield here, (places[:, None] + np.arange(out_channels)).ravel()

    def _reached(self, at: int, side: int, out_side: int) -> Integers:
        first = max(0, at - self.reach) // self.pooling - self.late_reach
        last = min(side - 1, at + self.reach) // self.pooling + self.late_reach
        return np.arange(max(0, first), min(out_side - 1, last) + 1)


@dataclass(frozen=True)
class NeuronGraph:
    """Layers of neurons in the order in which spikes meet them, and the synapses between them.

    The last layer sums for the classes and never fires.
    """

    layers: list[NeuronLayer] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)

    @property
    def layer_sizes(self) -> tuple[int, ...]:
        """Number of neurons of each layer."""
        return tuple(layer.n_neurons for layer in self.layers)

    def read(self, name: str, shape: Shape, arriving: list[Link]) -> int:
        """Add a layer that all arriving links feed; return its index.

        Of two ways from one layer the wider one stands for both: they are the same synapses.
        """
        index, widest = len(self.layers), dict[int, Link]()
        self.layers.append(NeuronLayer(name, shape))
        for link in arriving:
            known = widest.get(link.source, link)
            widest[link.source] = replace(
                link,
                target=index,
                out_shape=shape,
                reach=max(link.reach, known.reach),
                late_reach=max(link.late_reach, known.late_reach),
            )
        self.links.extend(widest.values())
        return index


def neuron_graph(network: CellNetwork) -> NeuronGraph:
    """Follow the spikes from the first neurons to the classes.

    Raises:
        ValueError: If a cell has feedback, whose values would have to travel between time steps.
    """
    if any(cell.has_feedback for cell in network.cells):
        raise ValueError("spikes of a cell with feedback cannot be followed; its values go back")
    graph, arriving = NeuronGraph(), list[Link]()
    for i, cell in enumerate(network.cells):
        channels, side = network.shape(i)
        shape = side, side, channels
        arriving = _through_cell(graph, f"cells.{i}", cell, shape, arriving)
        if i < network.n_reductions:
            name = f"reductions.{i}.spiking.neuron"
            source = graph.read(name, shape, arriving)
            arriving = [Link(source, -1, shape, shape, reach=1, pooling=2)]
    _through_head(graph, network, arriving)
    return graph


def _through_cell(
    graph: NeuronGraph, name: str, cell: Cell, shape: Shape, entering: list[Link]
) -> list[Link]:
    """What arrives at the output of a cell."""
    nodes: list[list[Link]] = [entering, [], [], []]
    for i, j in MODULE_ORDER:  # by target: whatever reaches node i is known
        found = operation(cell.by_edge[i, j])
        if found.is_spiking:
            source = graph.read(f"{name}.{i}{j}.neuron", shape, nodes[i])
            nodes[j].append(Link(source, -1, shape, shape, reach=found.reach))
        elif found.is_live:
            nodes[j].extend(_grown(link, found.reach) for link in nodes[i])
    return nodes[-1]


def _grown(link: Link, reach: int) -> Link:
    if link.pooling > 1:
        return replace(link, late_reach=link.late_reach + reach)
    return replace(link, reach=link.reach + reach)


def _through_head(graph: NeuronGraph, network: CellNetwork, arriving: list[Link]) -> None:
    macro = network.macro
    shape: Shape = network.head_side, network.head_side, network.head_channels
    sizes = {
        "head.neuron": shape,
        "head.hidden_neuron": (1, 1, macro.hidden_features),
        "head.classifier": (1, 1, macro.voting * macro.n_classes),
    }
    for name, one in sizes.items():
        source = graph.read(name, one, arriving)
        arriving = [Link(source, -1, one, one, is_dense=True)]
