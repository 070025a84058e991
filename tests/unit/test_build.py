import pytest
import torch
from torch import nn
from torch.nn import functional

from snn.build import CrossbarLayer, CrossbarNetwork, build
from snn.fakequant import quantize_weights
from snn.network import Layer, Network
from snn.noise import GaussianVariation, PeakVariation
from snn.quantization import FixedPoint, Quantization

NETWORK = Network(
    (
        Layer("conv1", "convolution", 2, 3, 5, 6, 6),
        Layer("conv2", "convolution", 3, 4, 3, 6, 3),
        Layer("fc", "linear", 36, 5, 1, 1, 1),
        Layer("classifier", "linear", 5, 7, 1, 1, 1),
    )
)
FORMATS = Quantization(
    (FixedPoint(0, 4), FixedPoint(1, 4), FixedPoint(2, 4), FixedPoint(3, 4)),
    (FixedPoint(2, 6),) * 4,
)
NOISES = [GaussianVariation(0.1)] * 4


def drawn(*shape: int, seed: int = 0) -> torch.Tensor:
    """Values in [0, 1), always the same ones."""
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed))


def made(seed: int = 0) -> CrossbarNetwork:
    return build(NETWORK, FORMATS, torch.Generator().manual_seed(seed))


def test_each_layer_gives_what_its_shape_says() -> None:
    values = drawn(9, 2, 6, 6)
    shapes = []
    for layer in made():
        values = layer(values)
        shapes.append(tuple(values.shape))
    assert shapes == [(9, 3, 6, 6), (9, 4, 3, 3), (9, 5), (9, 7)]


def test_there_is_one_weight_for_each_of_the_shape() -> None:
    found = [layer.weight.numel() for layer in made().crossbar_layers]
    assert found == [layer.n_weights for layer in NETWORK.layers]


def test_every_layer_is_normalized_and_no_other_has_a_bias() -> None:
    network = made()
    norms = [m for m in network.modules() if isinstance(m, nn.BatchNorm1d | nn.BatchNorm2d)]
    assert len(norms) == 4
    assert {name.split(".", 1)[1] for name, _ in network.named_parameters()} == {
        "weight",
        "norm.weight",
        "norm.bias",
    }


def test_what_is_negative_enters_a_layer_as_zero() -> None:
    network = made().eval()
    values = torch.randn(20, 2, 6, 6)
    for layer in network.crossbar_layers:
        assert values.min().item() < 0
        rectified = layer(values.clamp(min=0))
        values = layer(values)
        assert torch.equal(values, rectified)


@pytest.mark.parametrize(("kernel", "side"), [(3, 8), (7, 4), (5, 2), (7, 2), (7, 1), (3, 1)])
def test_taps_that_meet_padding_alone_change_nothing(kernel: int, side: int) -> None:
    layer = Layer("conv1", "convolution", 3, 4, kernel, side, side)
    formats = FixedPoint(1, 5)
    module = CrossbarLayer(layer, formats, formats, is_last=False)
    generator = torch.Generator().manual_seed(0)
    module.initialize("fill", generator)
    values = torch.rand(5, 3, side, side, generator=generator)
    whole = functional.conv2d(values, quantize_weights(module.weight, formats), padding=kernel // 2)
    found = module.multiply(values)
    torch.testing.assert_close(found, whole)
    gradients = [
        torch.autograd.grad(one.square().sum(), module.weight)[0] for one in (found, whole)
    ]
    torch.testing.assert_close(*gradients)


def test_each_layer_has_its_own_formats() -> None:
    limits = [layer.weight.abs().max().item() for layer in made().crossbar_layers]
    assert limits == pytest.approx([1, 2, 4, 8], abs=0.07)  # within a step of 1/16


def test_the_weights_follow_the_generator() -> None:
    one, again, other = (made(seed).crossbar_layers[0].weight for seed in (0, 0, 1))
    assert torch.equal(one, again)
    assert not torch.equal(one, other)


def test_variation_is_added_to_the_rounded_weights() -> None:
    layer = made().crossbar_layers[-1]
    values = drawn(3, 5)
    layer.variation = drawn(7, 5, seed=1)
    weights = quantize_weights(layer.weight, layer.weight_format) + layer.variation
    assert torch.equal(layer.multiply(values), values @ weights.T)


def test_variation_scales() -> None:
    network = made()
    drawn = []
    for scale in (1.0, 0.5, 0.0):
        network.vary(NOISES, torch.Generator().manual_seed(3), scale)
        drawn.append(network.crossbar_layers[1].variation)
    assert drawn[0] is not None
    assert drawn[1] is not None
    assert drawn[2] is not None
    assert torch.allclose(drawn[0] / 2, drawn[1])
    assert drawn[0].abs().min() > 0
    assert drawn[2].count_nonzero() == 0


def test_every_weight_of_every_layer_errs_on_its_own() -> None:
    network = made()
    network.vary(NOISES, torch.Generator().manual_seed(0))
    errors = [layer.variation for layer in network.crossbar_layers]
    everything = torch.cat([error.flatten() for error in errors if error is not None])
    assert len(everything) == sum(layer.n_weights for layer in NETWORK.layers)
    assert len(everything.unique()) > 0.99 * len(everything)


def test_there_is_one_noise_per_layer() -> None:
    with pytest.raises(ValueError, match=r"zip\(\)"):
        made().vary(NOISES[:-1], torch.Generator())


def test_there_is_one_format_per_layer() -> None:
    few = Quantization(FORMATS.weights[:-1], FORMATS.activations[:-1])
    with pytest.raises(ValueError, match=r"zip\(\)"):
        build(NETWORK, few, torch.Generator())


def test_varied_weights_still_pass_gradients_to_the_master_weights() -> None:
    network = made()
    network.vary(NOISES, torch.Generator().manual_seed(0))
    network(drawn(4, 2, 6, 6))[:, 0].square().sum().backward()
    for layer in network.crossbar_layers:
        assert layer.weight.grad is not None
        assert layer.weight.grad.abs().sum() > 0


def test_inputs_are_rounded_before_they_enter_the_crossbar() -> None:
    coarse = Quantization(FORMATS.weights, (FixedPoint(1, 0),) * 4)
    network = build(NETWORK, coarse, torch.Generator().manual_seed(0)).eval()
    image = drawn(1, 2, 6, 6) * 0.4  # every value rounds to zero
    assert torch.equal(network(image), network(torch.zeros_like(image)))


def test_clamping_reaches_every_layer() -> None:
    network = made()
    with torch.no_grad():
        for layer in network.crossbar_layers:
            layer.weight.fill_(100.0)
    network.clamp_weights()
    top = [layer.weight.max().item() for layer in network.crossbar_layers]
    assert top == [limit - 1 / 16 for limit in (1, 2, 4, 8)]


def peak_mapped() -> CrossbarNetwork:
    generator = torch.Generator().manual_seed(0)
    return build(NETWORK, FORMATS, generator, "standard", mapping="peak")


def test_a_peak_mapped_layer_uses_all_its_levels_however_small_its_weights_are() -> None:
    for layer in peak_mapped().crossbar_layers:
        before = layer.stored_weights()
        with torch.no_grad():
            layer.weight.mul_(2.0**-10)
        assert torch.equal(layer.stored_weights() * 2.0**10, before)
        n_levels = layer.weight_format.n_levels
        assert before.min() >= -layer.weight.abs().max() * 2.0**10
        steps = before / (layer.weight.abs().max() * 2.0**10 / n_levels)
        assert torch.allclose(steps, steps.round(), atol=1e-3)


def test_a_peak_mapped_layer_of_zeros_stays_one() -> None:
    layer = peak_mapped().crossbar_layers[0]
    with torch.no_grad():
        layer.weight.zero_()
    assert not layer.stored_weights().any()


def test_peak_variation_goes_with_the_largest_weight() -> None:
    weights = torch.tensor([[0.1, -4.0] * 1000])
    error = PeakVariation(0.1).sample(weights, torch.Generator().manual_seed(0))
    assert abs(error.std().item() - 0.4) < 0.05  # 2,000 draws: false alarm below 1e-9
    same = PeakVariation(0.1).sample(weights, torch.Generator().manual_seed(0))
    assert torch.equal(error, same)
