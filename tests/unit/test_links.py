from dataclasses import replace

import numpy as np
import pytest
import torch

from snn.cell_modules import build_cells
from snn.cell_network import CellNetwork
from snn.cells import Cell
from snn.links import Link, NeuronLayer, neuron_graph
from snn.macro import Macro

MACRO = Macro.preset(
    "digits", in_side=4, head_pool=1, channels=2, hidden_features=6, voting=2, timesteps=1
)
CHAIN = Cell.of((1, 0, 0, 1, 0, 1), "neuronas")
POOLED = Cell.of((2, 1, 1, 0, 2, 2), "neuronas")
PARALLEL = Cell(("conv3x3", "zeroize", "skip", "avgpool3x3", "skip", "skip"))  # near and far
FORKED = Cell(("conv3x3", "zeroize", "avgpool3x3", "skip", "avgpool3x3", "skip"))  # far and near
LATE = Cell(("zeroize", "avgpool3x3", "skip", "zeroize", "zeroize", "skip"))
LATER = Cell(("zeroize", "skip", "avgpool3x3", "zeroize", "zeroize", "skip"))
WIDE = Cell(("conv5x5", "zeroize", "conv1x1", "avgpool3x3", "skip", "conv7x7"))


def fed(links: list[Link], layer_starts: list[int]) -> set[tuple[int, int]]:
    """All pairs of neurons (source, target)."""
    return {
        (layer_starts[link.source] + int(source), layer_starts[link.target] + int(target))
        for link in links
        for sources, targets in link.targets()
        for source in sources
        for target in targets
    }


def influences(network: CellNetwork) -> set[tuple[int, int]]:
    """The same, found by poking each neuron of the built network: which currents move?"""
    graph = neuron_graph(network)
    module = build_cells(network, torch.Generator().manual_seed(0)).eval()
    for parameter in module.parameters():
        torch.nn.init.constant_(parameter, 0.1)
    poked: list[str] = []
    currents: dict[str, torch.Tensor] = {}
    for layer in graph.layers:
        hook = _Replaced(layer, poked, currents)
        module.get_submodule(layer.name).register_forward_hook(hook)
    starts, found = np.concatenate([[0], np.cumsum(graph.layer_sizes)]), set()
    for i, layer in enumerate(graph.layers[:-1]):
        poked[:] = [layer.name]
        with torch.no_grad():
            module(torch.zeros(layer.n_neurons + 1, 1, 4, 4))
        for j, target in enumerate(graph.layers):
            rest = currents[target.name][-1]
            moved = (currents[target.name][:-1] - rest).abs() > 1e-7
            pairs = (moved.nonzero() + torch.tensor([starts[i], starts[j]])).tolist()
            found |= {(source, fed) for source, fed in pairs}
    return found


class _Replaced:
    """Keeps the current of a layer; its n-th neuron fires in the n-th image, if it is poked."""

    def __init__(
        self, layer: NeuronLayer, poked: list[str], currents: dict[str, torch.Tensor]
    ) -> None:
        self.layer, self.poked, self.currents = layer, poked, currents

    def __call__(
        self, _module: torch.nn.Module, inputs: tuple[torch.Tensor], output: torch.Tensor
    ) -> torch.Tensor:
        is_sum = self.layer.name == "head.classifier"
        taken = (output if is_sum else inputs[0])[0]
        self.currents[self.layer.name] = rows_first(taken).flatten(1)
        if is_sum:
            return output
        spikes = torch.zeros(len(taken), self.layer.n_neurons)
        if self.layer.name in self.poked:
            spikes.fill_diagonal_(1)
        spikes = spikes.view(-1, *self.layer.shape).movedim(-1, 1)
        return spikes.reshape(output.shape)


def rows_first(values: torch.Tensor) -> torch.Tensor:
    return values.movedim(1, -1) if values.ndim == 4 else values


@pytest.mark.parametrize(
    "cells",
    [
        (CHAIN, CHAIN), (POOLED, POOLED), (WIDE, CHAIN), (CHAIN,), (CHAIN, WIDE, POOLED),
        (FORKED, PARALLEL), (PARALLEL, FORKED), (CHAIN, LATE), (CHAIN, LATER),
    ],
)  # fmt: skip
def test_links_are_what_a_spike_moves(cells: tuple[Cell, ...]) -> None:
    network = CellNetwork(cells, replace(MACRO, head_pool=2 if len(cells) == 1 else 1))
    graph = neuron_graph(network)
    starts = [0, *np.cumsum(graph.layer_sizes).tolist()]
    assert fed(graph.links, starts) == influences(network)


def test_no_pair_is_linked_twice() -> None:
    links = neuron_graph(CellNetwork((POOLED, POOLED), MACRO)).links
    assert len({(link.source, link.target) for link in links}) == len(links)


def test_feedback_is_refused() -> None:
    back = Cell(("skip",) * 5 + ("zeroize",), ("zeroize",) * 5 + ("skip",))
    with pytest.raises(ValueError, match="feedback"):
        neuron_graph(CellNetwork((back,), MACRO))
