"""A cell as a block: its nodes are layers of neurons, its edges carry their spikes.

In NeuroNAS's cells an edge with a convolution begins with neurons, and nodes are sums of values.
Neurons of edges that leave one node see the same sum and fire alike, so here they are the node's:
``s_j = neurons(sum_i op_ij(s_i))``. Convolutions take spikes either way; a skip or a mean takes
those of the node's neurons, where NeuroNAS's takes the node's value, which could not travel.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from snn.block import CELL, Block
from snn.cells import N_NODES, Cell
from snn.macro import Neuron
from snn.operation import THRESHOLD, Operation, operation, operations
from snn.spike_graph import Feed, Shape, SpikeLayer

NEURON = Neuron(decays_input=False)  # fires at once for one spike, so that a skip passes spikes on


@dataclass(frozen=True, slots=True)
class CellBlock(Block):
    """A cell: ``cell:`` and its operations c01, c02, c03, c12, c13, c23 with commas between.

    Raises:
        ValueError: If nothing reaches the output, or an operation has neurons of its own threshold.
    """

    cell: Cell

    def __post_init__(self) -> None:
        for name in self.cell.operations:
            if not goes_by_spikes(operation(name)):
                allowed = ", ".join(spike_operations())
                raise ValueError(f"{self.name}: no spikes go through {name}; allowed: {allowed}")
        if not self.cell.is_connected:
            raise ValueError(f"{self.name}: nothing gets through from its input to its output")

    @classmethod
    def of(cls, name: str) -> "CellBlock":
        """Read what `cell_name` writes.

        Raises:
            ValueError: If it cannot be read, or there can be no such cell.
        """
        return cls(name, Cell(tuple(name.removeprefix(CELL).split(","))))

    @property
    def keeps_channels(self) -> bool:
        """All nodes have the channels of the first."""
        return True

    @property
    def neuron(self) -> Neuron:
        """Whatever those of the network."""
        return NEURON

    def layers(self, shape: Shape, channels: int) -> tuple[SpikeLayer, ...]:  # noqa: ARG002 (kept)
        """Neurons of the nodes on a way from input to output; none where spikes pass as they are.

        A node whose only inputs are skips from one layer would fire what that layer fires.
        """
        made: list[SpikeLayer] = []
        reached = {0: 0}  # the layer whose spikes are a node's
        for node in range(1, N_NODES):
            feeds = tuple(self._feeds(node, reached))
            if _is_passed_on(feeds):
                reached[node] = feeds[0].source
            elif feeds:
                made.append(SpikeLayer(f"neuron{node}", shape, feeds))
                reached[node] = len(made)
        return tuple(made)

    def _feeds(self, target: int, reached: dict[int, int]) -> Iterator[Feed]:
        for source, node in sorted(self.cell.live_edges):
            kind = operation(self.cell.by_edge[source, node]).feed_kind
            if node == target and kind is not None:
                found = operation(self.cell.by_edge[source, node])
                name = f"convolution{source}{node}" if kind == "convolution" else ""
                side, padding = 2 * found.reach + 1, found.reach
                yield Feed(reached[source], kind, name, side, padding)


def _is_passed_on(feeds: tuple[Feed, ...]) -> bool:
    return bool(feeds) and set(feeds) == {Feed(feeds[0].source, "identity")}


def cell_name(operations_: tuple[str, ...]) -> str:
    """Name of the block of a cell with these operations, in the order c01 to c23."""
    return CELL + ",".join(operations_)


def goes_by_spikes(found: Operation) -> bool:
    """Whether an operation is one between cores: an edge has no neurons of its own there."""
    return found.threshold == THRESHOLD and (found.feed_kind is not None or not found.is_live)


def spike_operations() -> tuple[str, ...]:
    """Names of the operations that a cell may have."""
    return tuple(name for name, one in operations().items() if goes_by_spikes(one))
