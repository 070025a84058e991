"""What every block must hold; a new file in snn/spiking_blocks is tested at once."""

import pytest
import torch

from snn.block import Block, block, blocks
from snn.block_modules import BlockModule
from snn.block_network import BlockNetwork, Stage
from snn.macro import Neuron

CHANNELS, OTHER, SIDE, TIMESTEPS = 4, 6, 8, 3
CELL = block("cell:conv3x3,skip,avgpool3x3,conv1x1,avgpool3x3,conv3x3")
CASES = [
    (one, n)
    for one in (*blocks().values(), CELL)
    for n in ((CHANNELS,) if one.keeps_channels else (CHANNELS, OTHER))
]


@pytest.fixture(params=CASES, ids=[f"{one.name} {n}" for one, n in CASES])
def network(request: pytest.FixtureRequest) -> BlockNetwork:
    """The block alone, behind a stem and before a classifier."""
    found: Block = request.param[0]
    stage = Stage(found.name, None if found.keeps_channels else request.param[1])
    stem = Stage("conv3", CHANNELS)
    return BlockNetwork((SIDE, SIDE, 2), stem, (stage,), (), 2, 3, TIMESTEPS, Neuron(tau=2.0))


def built(network: BlockNetwork) -> BlockModule:
    module = network.build(torch.Generator().manual_seed(0)).stages[0]
    assert isinstance(module, BlockModule)
    for one in module.modules():
        if isinstance(one, torch.nn.BatchNorm2d):
            torch.nn.init.constant_(one.bias, 0.7)  # so that something fires
    return module


def spikes() -> torch.Tensor:
    drawn = torch.rand(
        TIMESTEPS, 5, CHANNELS, SIDE, SIDE, generator=torch.Generator().manual_seed(1)
    )
    return (drawn < 0.3).float()


def test_parameters_are_those_of_the_module(network: BlockNetwork) -> None:
    module = network.build(torch.Generator())
    assert sum(one.numel() for one in module.parameters()) == network.n_parameters
    weights = [m.weight.numel() for m in module.modules() if isinstance(m, torch.nn.Conv2d)]
    assert sum(weights) == network.n_convolution_weights


def test_macs_are_those_that_the_module_does(network: BlockNetwork) -> None:
    module, found = network.build(torch.Generator().manual_seed(0)), list[int]()
    for one in module.modules():
        if isinstance(one, torch.nn.Conv2d):
            one.register_forward_hook(
                lambda m, _i, out: found.append(m.weight[0].numel() * out[0, 0].numel())
            )
        elif isinstance(one, torch.nn.Linear):
            found.append(one.weight.numel())
    module(torch.rand(1, 2, SIDE, SIDE))
    assert sum(found) == network.n_macs


def test_what_leaves_has_the_shape_that_it_tells(network: BlockNetwork) -> None:
    height, width, channels = network.graph.layers[-2].shape
    left = built(network)(spikes())
    assert left.shape == (TIMESTEPS, 5, channels, height, width)


def test_what_leaves_are_spikes(network: BlockNetwork) -> None:
    assert set(built(network)(spikes()).unique().tolist()) == {0.0, 1.0}


def test_every_layer_that_spikes_is_told_under_its_modules_name(network: BlockNetwork) -> None:
    module = network.build(torch.Generator())
    assert tuple(module.spiking_layers) == network.graph.layer_names
    assert len(network.graph.layer_sizes) == len(module.spiking_layers)
