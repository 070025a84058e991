"""What every operation of a cell must hold; a new file in snn/operations is tested at once."""

import pytest
import torch

from snn.macro import Neuron
from snn.neurons import is_neuron, spiking_neuron
from snn.operation import Operation, operation, operations

CHANNELS, SIDE = 4, 6
NAMES = [*operations(), "conv3x3@0.5", "conv3x3@1.5"]
OPERATIONS = [operation(name) for name in NAMES]


def built(found: Operation) -> torch.nn.Module:
    module = found.build(CHANNELS, lambda threshold: spiking_neuron(Neuron(), threshold))
    for parameter in module.parameters():
        torch.nn.init.constant_(parameter, 0.1)
    return module


@pytest.fixture(params=OPERATIONS, ids=NAMES)
def found(request: pytest.FixtureRequest) -> Operation:
    assert isinstance(request.param, Operation)
    return request.param


def test_the_shape_is_kept(found: Operation) -> None:
    values = torch.ones(2, 3, CHANNELS, SIDE, SIDE)
    assert built(found)(values).shape == values.shape


def test_weights_and_parameters_are_those_of_the_module(found: Operation) -> None:
    module = built(found)
    weights = [m.weight.numel() for m in module.modules() if isinstance(m, torch.nn.Conv2d)]
    assert sum(weights) == found.n_weights(CHANNELS)
    assert sum(p.numel() for p in module.parameters()) == found.n_parameters(CHANNELS)


def test_one_that_spikes_has_neurons_with_its_threshold(found: Operation) -> None:
    neurons = [module for module in built(found).modules() if is_neuron(module)]
    assert [n.v_threshold for n in neurons] == [found.threshold] * found.is_spiking


def test_convolutions_see_spikes_only(found: Operation) -> None:
    module, seen = built(found), []
    for one in module.modules():
        if isinstance(one, torch.nn.Conv2d):
            one.register_forward_hook(lambda _m, inputs, _o: seen.append(inputs[0]))
    values = 3 * torch.rand(5, 2, CHANNELS, SIDE, SIDE, generator=torch.Generator().manual_seed(0))
    module(values)
    assert all(set(spikes.unique().tolist()) == {0.0, 1.0} for spikes in seen)
    assert len(seen) == found.is_spiking


def test_only_a_live_one_lets_anything_pass(found: Operation) -> None:
    values = torch.full((2, 1, CHANNELS, SIDE, SIDE), 2.0)
    module = built(found).eval()
    assert bool(module(values).any()) == found.is_live
