from dataclasses import replace

import pytest
import torch

from snn import neurons
from snn.block_modules import BlockModules
from snn.block_network import BlockNetwork, Stage
from snn.macro import Neuron
from snn.neurons import is_neuron

NETWORK = BlockNetwork(
    (8, 8, 2), Stage.of("conv3 4"), (Stage.of("scb3 4"), Stage.of("max_pool")), (), 3, 5, 6
)
IMAGES = torch.rand(4, 2, 8, 8, generator=torch.Generator().manual_seed(0))


def built(network: BlockNetwork = NETWORK) -> BlockModules:
    generator = torch.Generator().manual_seed(0)
    module = network.build(generator)
    for one in module.modules():
        if isinstance(one, torch.nn.BatchNorm2d):
            one.momentum = None  # type: ignore[assignment]  # the mean over all batches
            torch.nn.init.constant_(one.bias, 0.7)
        elif isinstance(one, torch.nn.Linear):
            torch.nn.init.uniform_(
                one.weight, -0.5, 1.0, generator=torch.Generator().manual_seed(2)
            )
    with torch.no_grad():
        module(torch.rand(16, *network.input_shape, generator=generator))
    return module


def test_an_images_convolution_is_computed_once_and_its_neurons_stepped() -> None:
    module, seen = built(), list[torch.Size]()
    module.stem.convolution1.register_forward_hook(lambda _m, _i, out: seen.append(out.shape))
    module.stem.neuron1.register_forward_hook(lambda _m, _i, out: seen.append(out.shape))
    module(IMAGES)
    assert [shape[0] for shape in seen] == [1, 6]


def test_of_events_every_step_sees_its_own_frame() -> None:
    module = built().eval()
    same = IMAGES.unsqueeze(1).repeat(1, 6, 1, 1, 1)
    assert torch.equal(module(same), module(IMAGES))
    neurons.reset(module)
    before = module.stem(same.transpose(0, 1))
    same[:, 3] = 0
    neurons.reset(module)
    after = module.stem(same.transpose(0, 1))
    assert torch.equal(after[:3], before[:3])
    assert not torch.equal(after[3], before[3])


def test_rates_are_spikes_over_time_and_voters() -> None:
    module, seen = built(), list[torch.Tensor]()
    module.classifier.neuron.register_forward_hook(lambda _m, _i, out: seen.append(out))
    rates = module(IMAGES)
    votes = seen[0].reshape(6, 4, 5, 3).sum((0, 3))
    assert torch.allclose(rates, votes / 18)
    assert 0 < rates.mean() < 1


def test_the_loss_is_the_squared_distance_from_one_hot() -> None:
    rates = torch.tensor([[0.5, 0.0, 0.0, 0.0, 0.5]])
    loss = built().loss(rates, torch.tensor([0]))
    assert loss.item() == pytest.approx((0.25 + 0.25) / 5)


def test_an_image_leaves_nothing_behind_for_the_next() -> None:
    module = built().eval()
    first = module(IMAGES)
    module(torch.ones_like(IMAGES))
    assert torch.equal(module(IMAGES), first)


@pytest.mark.parametrize("kind", ["lif", "if"])
def test_neurons_are_those_of_the_description(kind: str) -> None:
    neuron = Neuron(kind, tau=2.0)  # type: ignore[arg-type]
    found = [m for m in built(replace(NETWORK, neuron=neuron)).modules() if is_neuron(m)]
    assert {(m.v_threshold, m.v_reset, m.detach_reset) for m in found} == {(1.0, 0.0, True)}
    assert {type(m).__name__ for m in found} == {"LIFNode" if kind == "lif" else "IFNode"}
    if kind == "lif":
        assert {m.tau for m in found} == {2.0}


def test_a_pixel_has_fired_as_often_as_it_is_bright() -> None:
    module = replace(NETWORK, stem=Stage.of("pixels"), stages=()).build(torch.Generator())
    images = torch.tensor([0.0, 0.24, 0.25, 0.5, 0.9, 1.0]).view(1, 1, 1, 6).expand(1, 2, 8, 6)
    counts = module.stem(images.unsqueeze(0)).sum(0)[0, 0, 0].tolist()
    assert counts == [0, 1, 1, 3, 5, 6]  # floor(6 x)


def test_the_same_generator_draws_the_same_weights_and_leaves_the_global_one_alone() -> None:
    before = torch.get_rng_state()
    one, other = (built().state_dict() for _ in range(2))
    assert all(torch.equal(one[name], other[name]) for name in one)
    assert torch.equal(before, torch.get_rng_state())
