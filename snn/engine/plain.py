"""A network as SpikingJelly runs it, with the weights that all candidates share."""

import torch

from snn.blocks import initialize
from snn.cell_modules import CellModules
from snn.cell_network import CellNetwork
from snn.engine.weights import WeightBank
from snn.operation import operation
from snn.weight_formats import quantize_


@torch.no_grad()
def module_of(network: CellNetwork, bank: WeightBank) -> CellModules:
    """Build a network of the bank's frame, for what the engine does not take.

    Its linear layers, which the engine takes to be silent, have a seed of their own.
    """
    generator = bank.generator_of_head()
    module = CellModules(network, generator)
    module.stem.convolution.weight.copy_(bank.stem())
    for i, reduction in enumerate(module.reductions):
        reduction.spiking.convolution.weight.copy_(bank.reduction(i))
    for i, (cell, made) in enumerate(zip(network.cells, module.cells, strict=True)):
        for edge, name in cell.by_edge.items():
            if kernel := operation(name).kernel:
                layer = made.get_submodule(f"{edge[0]}{edge[1]}").convolution
                layer.weight.copy_(bank.edge(i, edge, kernel))
    initialize(module.head, network.macro.initialization, generator)
    quantize_(module.head, bank.quantization, generator)
    return module
