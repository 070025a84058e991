"""Nodes of cells that many candidates share: what leaves one is computed once."""

from collections.abc import Iterator, Sequence
from itertools import groupby

import numpy as np

from snn.cells import Cell, Edge
from snn.engine.backend import Backend, Spikes, Values
from snn.engine.weights import WeightBank
from snn.macro import Macro
from snn.operation import operation
from snn.score import Firing, Score, Tally

Term = tuple[Values | None, Tally]
"""What an edge or a cell yields (None for zeros), and what its neurons added."""
STAGES: tuple[tuple[Edge, ...], ...] = (((0, 1),), ((0, 2), (1, 2)), ((0, 3), (1, 3), (2, 3)))
"""Edges into node 1, 2 and 3, in the order in which a built network adds them up."""


class Frame:
    """What all nodes need: who adds, who draws weights, who scores."""

    def __init__(self, macro: Macro, backend: Backend, bank: WeightBank, score: Score) -> None:
        self.macro = macro
        self.backend = backend
        self.bank = bank
        self.score = score

    def fired(self, values: Values, threshold: float) -> tuple[Spikes, Tally]:
        """Run neurons and count them."""
        spikes, firing = self.backend.fire(values, self.macro.neuron, threshold)
        return spikes, self.score.tally(firing)

    def silent(self, n_neurons: int, n_images: int) -> Tally:
        """What neurons add that never fire."""
        counts = np.zeros((self.macro.timesteps, n_images), np.int64)
        none = np.zeros((self.macro.timesteps, n_images, n_images), np.int64)
        return self.score.tally(Firing(n_neurons, counts, lambda: none))


class Node:
    """A node's values, and all that was made of them so far.

    Neurons run once per threshold and convolutions once per edge, however many candidates ask.
    """

    def __init__(self, frame: Frame, position: int, values: Values | None, n_images: int) -> None:
        self._frame = frame
        self._position = position
        self.values = values
        self.n_images = n_images
        self._fired: dict[float, tuple[Spikes, Tally]] = {}
        self._through: dict[tuple[Edge, str], Term] = {}
        self._mean: Values | None = None

    def through(self, edge: Edge, name: str) -> Term:
        """What arrives behind an edge."""
        key = edge, name
        if key not in self._through:
            self._through[key] = self._passed(edge, name)
        return self._through[key]

    def _passed(self, edge: Edge, name: str) -> Term:
        made = operation(name)
        if not made.is_live:
            return None, Tally()
        if made.is_spiking:
            return self._convolved(edge, made.kernel, made.threshold)
        if self.values is None or made.reach == 0:
            return self.values, Tally()
        return self._pooled(), Tally()

    def _pooled(self) -> Values:
        if self._mean is None:
            self._mean = self._frame.backend.pool3x3(self.values)
        return self._mean

    def _convolved(self, edge: Edge, kernel: int, threshold: float) -> Term:
        macro, frame = self._frame.macro, self._frame
        if self.values is None:
            channels, side = macro.channels << self._position, macro.stem_side >> self._position
            return None, frame.silent(channels * side**2, self.n_images)
        if threshold not in self._fired:
            self._fired[threshold] = frame.fired(self.values, threshold)
        spikes, tally = self._fired[threshold]
        weight = frame.bank.prepared_edge(self._position, edge, kernel)
        return frame.backend.convolve(spikes, weight, 1), tally

    def joined(self, terms: Sequence[Term]) -> tuple["Node", Tally]:
        """The node that terms add up to, and what they add to the tally."""
        live = [values for values, _ in terms if values is not None]
        values = self._frame.backend.add(live) if live else None
        tally = sum((tally for _, tally in terms), Tally())
        return Node(self._frame, self._position, values, self.n_images), tally


def outputs(source: Node, cells: Sequence[Cell]) -> Iterator[tuple[int, Values | None, Tally]]:
    """Run many cells on one input: index, output and tally of each, in an order of its own.

    Cells that begin alike share their nodes: first by operation 01, then by 02 and 12.
    """
    order = sorted(range(len(cells)), key=lambda i: [_stage(cells[i], s) for s in range(3)])
    yield from _walk([source], Tally(), cells, order)


def _stage(cell: Cell, stage: int) -> tuple[str, ...]:
    by_edge = cell.by_edge
    return tuple(by_edge[edge] for edge in STAGES[stage])


def _walk(
    nodes: list[Node], tally: Tally, cells: Sequence[Cell], order: Sequence[int]
) -> Iterator[tuple[int, Values | None, Tally]]:
    stage = len(nodes) - 1
    for names, group in groupby(order, key=lambda i: _stage(cells[i], stage)):
        terms = [nodes[e[0]].through(e, name) for e, name in zip(STAGES[stage], names, strict=True)]
        node, more = nodes[0].joined(terms)
        if stage < len(STAGES) - 1:
            yield from _walk([*nodes, node], tally + more, cells, list(group))
        else:
            for i in group:
                yield i, node.values, tally + more
