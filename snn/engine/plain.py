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
    weight = module.get_parameter
    weight("stem.convolution.weight").copy_(bank.stem())
    for i in range(network.n_reductions):
        weight(f"reductions.{i}.spiking.convolution.weight").copy_(bank.reduction(i))
    for i, cell in enumerate(network.cells):
        for edge, name in cell.by_edge.items():
            if kernel := operation(name).kernel:
                place = f"cells.{i}.{edge[0]}{edge[1]}.convolution.weight"
                weight(place).copy_(bank.edge(i, edge, kernel))
    initialize(module.head, network.macro.initialization, generator)
    quantize_(module.head, bank.quantization, generator)
    return module
