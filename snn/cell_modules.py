"""CellNetwork -> a torch module of spiking neurons."""

from collections.abc import Callable

import torch
from torch import nn

from snn import neurons
from snn.blocks import (
    Convolution,
    Dropout,
    Norm,
    Pooling,
    SpikingConvolution,
    Voting,
    convolution,
    initialize,
    linear,
    spiking_convolution,
)  # fmt: skip
from snn.cell_network import CellNetwork
from snn.cells import BACKWARD_EDGES, MODULE_ORDER, N_NODES, Cell, Edge
from snn.classifier import Classifier
from snn.macro import Macro
from snn.operation import operation

FRAMES_NDIM = 5  # B, T, C, H, W
NeuronFactory = Callable[[float], nn.Module]


class CellModule(nn.Module):
    """A cell; (T, B, C, H, W) -> the same shape. Edges are children called ``01`` to ``23``.

    Edges with zeroize are left out: they have neither weights nor neurons.
    """

    def __init__(self, cell: Cell, channels: int, neuron: NeuronFactory) -> None:
        super().__init__()
        self.cell = cell
        for edge in (*MODULE_ORDER, *BACKWARD_EDGES):
            made = operation(cell.by_edge[edge])
            if made.is_live:
                self.add_module(_name(edge), made.build(channels, neuron))

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        """Run all time steps at once, or one by one if something flows backward."""
        if not self.cell.has_feedback:
            return self._nodes(values, [None] * N_NODES)[-1]
        back: list[torch.Tensor | None] = [None] * N_NODES
        outputs = []
        for step in torch.split(values, 1):
            nodes = self._nodes(step, back)
            outputs.append(nodes[-1])
            back = [self._sum(nodes, node, BACKWARD_EDGES) for node in range(N_NODES)]
        return torch.cat(outputs)

    def _nodes(self, values: torch.Tensor, back: list[torch.Tensor | None]) -> list[torch.Tensor]:
        """Values of the nodes, with what the step before fed back to them."""
        nodes: list[torch.Tensor] = []
        for node in range(N_NODES):
            forward = values if node == 0 else self._sum(nodes, node, MODULE_ORDER)
            terms = [term for term in (forward, back[node]) if term is not None]
            nodes.append(sum(terms[1:], terms[0]) if terms else torch.zeros_like(values))
        return nodes

    def _sum(
        self, nodes: list[torch.Tensor], target: int, edges: tuple[Edge, ...]
    ) -> torch.Tensor | None:
        terms = [
            self.get_submodule(_name(edge))(nodes[edge[0]])
            for edge in edges
            if edge[1] == target and operation(self.cell.by_edge[edge]).is_live
        ]
        return sum(terms[1:], terms[0]) if terms else None


def _name(edge: Edge) -> str:
    return f"{edge[0]}{edge[1]}"


class Stem(nn.Module):
    """The first convolution: of an image once, shown ``timesteps`` times (direct coding).

    Of events, each time step has its own frame.
    """

    def __init__(self, macro: Macro) -> None:
        super().__init__()
        self.timesteps = macro.timesteps
        self.convolution: Convolution = convolution(
            macro.in_channels, macro.channels, 3, macro.stem_stride
        )
        self.norm = Norm(macro.channels)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """(B, C, H, W), or frames (B, T, C, H, W) -> (T, B, channels, side, side)."""
        if images.ndim == FRAMES_NDIM:
            each: torch.Tensor = self.norm(self.convolution(images.transpose(0, 1)))
            return each
        once: torch.Tensor = self.norm(self.convolution(images.unsqueeze(0)))
        return once.expand(self.timesteps, *once.shape[1:])


class Reduction(nn.Module):
    """BatchNorm, neurons, 3x3 convolution to twice the channels, BatchNorm, 2x2 mean."""

    def __init__(self, channels: int, neuron: nn.Module) -> None:
        super().__init__()
        self.norm = Norm(channels)
        self.spiking: SpikingConvolution = spiking_convolution(neuron, channels, 2 * channels, 3)
        self.pooling = Pooling(2)

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        """(T, B, C, H, W) -> (T, B, 2 C, H / 2, W / 2)."""
        pooled: torch.Tensor = self.pooling(self.spiking(self.norm(values)))
        return pooled


class Head(nn.Module):
    """BatchNorm, neurons, mean, dropout, linear, neurons, linear, voting."""

    def __init__(
        self, network: CellNetwork, neuron: NeuronFactory, generator: torch.Generator
    ) -> None:
        super().__init__()
        macro = network.macro
        self.norm = Norm(network.head_channels)
        self.neuron = neuron(1.0)
        self.pooling = Pooling(macro.head_pool)
        self.dropout = Dropout(macro.dropout_ratio, generator)
        self.hidden = linear(network.head_features, macro.hidden_features, has_bias=False)
        self.hidden_neuron = neuron(1.0)
        n_outputs = macro.voting * macro.n_classes
        self.classifier = linear(macro.hidden_features, n_outputs, has_bias=True)
        self.voting = Voting(macro.voting)

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        """(T, B, C, H, W) -> (T, B, classes)."""
        pooled = self.pooling(self.neuron(self.norm(values)))
        hidden = self.hidden_neuron(self.hidden(self.dropout(pooled.flatten(2))))
        voted: torch.Tensor = self.voting(self.classifier(hidden))
        return voted


class CellModules(Classifier):
    """A network of cells: images (B, C, H, W) -> logits (B, n_classes), the mean over time.

    Frames of events (B, T, C, H, W) are seen one per time step.
    """

    def __init__(self, network: CellNetwork, generator: torch.Generator) -> None:
        super().__init__()
        self.network = network
        macro = network.macro

        def neuron(threshold: float) -> nn.Module:
            return neurons.spiking_neuron(macro.neuron, threshold)

        self.stem = Stem(macro)
        self.cells = nn.ModuleList()
        self.reductions = nn.ModuleList()
        for i, cell in enumerate(network.cells):
            channels = network.shape(i)[0]
            self.cells.append(CellModule(cell, channels, neuron))
            if i < network.n_reductions:
                self.reductions.append(Reduction(channels, neuron(1.0)))
        self.head = Head(network, neuron, generator)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Forget the images before, then run all time steps."""
        neurons.reset(self)
        values = self.stem(images)
        for i, cell in enumerate(self.cells):
            values = cell(values)
            if i < len(self.reductions):
                values = self.reductions[i](values)
        logits: torch.Tensor = self.head(values).mean(0)
        return logits

    @property
    def neuron_layers(self) -> dict[str, nn.Module]:
        """The layers of spiking neurons by name, in the order of the modules."""
        return {name: one for name, one in self.named_modules() if neurons.is_neuron(one)}


def build_cells(network: CellNetwork, generator: torch.Generator) -> CellModules:
    """Build the module of a network and draw its weights, on the CPU; ``.to(device)`` moves it.

    The generator also draws the masks of dropout later on.
    """
    module = CellModules(network, generator)
    initialize(module, network.macro.initialization, generator)
    return module
