import math
from dataclasses import replace

import pytest
import torch

from snn.build import CrossbarNetwork, build
from snn.datasets import Dataset, synthetic
from snn.fakequant import quantize_activations, quantize_weights
from snn.network import Layer, Network
from snn.noise import GaussianVariation
from snn.quantization import FixedPoint, Quantization
from snn.training import (
    Recipe,
    TrainingError,
    accuracy,
    accuracy_under_variation,
    check_learnt,
    train,
)

NETWORK = Network(
    (
        Layer("conv1", "convolution", 1, 4, 3, 4, 2),
        Layer("fc1", "linear", 16, 8, 1, 1, 1),
        Layer("classifier", "linear", 8, 2, 1, 1, 1),
    )
)
FORMATS = Quantization((FixedPoint(1, 3),) * 3, (FixedPoint(1, 4),) * 3)
NOISES = [GaussianVariation(0.2)] * 3  # 0.1 R
RECIPE = Recipe(epochs=6, batch_size=16, learning_rate=0.05, noise_ramp=0.5)


@pytest.fixture(scope="module")
def halves() -> Dataset:
    """Bright above or bright below: two classes that anything can tell apart."""
    generator = torch.Generator().manual_seed(0)
    images = 0.3 * torch.rand(80, 1, 4, 4, generator=generator)
    labels = torch.arange(80) % 2
    images[labels == 0, :, :2] += 0.6
    images[labels == 1, :, 2:] += 0.6
    return Dataset(images[:48], labels[:48], images[48:], labels[48:], 2)


def made(seed: int = 0) -> CrossbarNetwork:
    return build(NETWORK, FORMATS, torch.Generator().manual_seed(seed))


def test_weights_are_rounded_half_to_even_and_saturate() -> None:
    weights = torch.tensor([0.124, 0.125, 0.25, 0.375, 5.0, -5.0])
    assert quantize_weights(weights, FixedPoint(1, 2)).tolist() == [0.0, 0.0, 0.25, 0.5, 1.75, -2.0]


def test_activations_have_no_sign() -> None:
    values = torch.tensor([-1.0, 0.3, 9.0])
    assert quantize_activations(values, FixedPoint(0, 2)).tolist() == [0.0, 0.25, 0.75]


def test_the_gradient_passes_straight_through_inside_the_range_only() -> None:
    weights = torch.tensor([0.1, 0.6, 5.0], requires_grad=True)
    quantize_weights(weights, FixedPoint(0, 2)).sum().backward()
    assert weights.grad is not None
    assert weights.grad.tolist() == [1.0, 1.0, 0.0]


def test_a_filling_start_spans_the_whole_range() -> None:
    for layer in made().crossbar_layers:
        assert layer.weight.abs().max().item() == pytest.approx(2.0, abs=0.13)
        assert layer.weight.max().item() <= 2.0 - 0.125  # R - step


def test_a_standard_start_is_bounded_by_fan_in_but_no_less_than_a_step() -> None:
    fine = Quantization((FixedPoint(1, 6),) * 3, FORMATS.activations)
    for formats, bound in ((fine, 0.25), (FORMATS, 0.25)):
        network = build(NETWORK, formats, torch.Generator().manual_seed(0), "standard")
        assert network.crossbar_layers[1].weight.abs().max().item() == pytest.approx(bound, rel=0.1)
    coarse = Quantization((FixedPoint(1, 1),) * 3, FORMATS.activations)
    network = build(NETWORK, coarse, torch.Generator().manual_seed(0), "standard")
    layer = network.crossbar_layers[1]
    assert quantize_weights(layer.weight, layer.weight_format).count_nonzero() > 0


def test_every_chip_differs_and_the_ideal_one_does_not() -> None:
    network = made().eval()
    images, generator = torch.rand(3, 1, 4, 4), torch.Generator().manual_seed(1)
    ideal = network(images)
    network.vary(NOISES, generator)
    first = network(images)
    assert torch.equal(first, network(images))  # frozen per chip
    network.vary(NOISES, generator)
    assert not torch.equal(first, network(images))
    network.clear_variation()
    assert torch.equal(ideal, network(images))


def test_a_chip_errs_by_the_given_deviation() -> None:
    """The sample deviation of 20,000 draws lies within 5 sigma (2.5 %) but once in a million."""
    generator = torch.Generator().manual_seed(0)
    errors = GaussianVariation(0.2).sample(torch.zeros(100, 200), generator)
    assert errors.std().item() == pytest.approx(0.2, rel=0.025)
    assert errors.mean().abs().item() < 5 * 0.2 / math.sqrt(20_000)


class Counting(GaussianVariation):
    """Notes what it draws."""

    scales: list[torch.Tensor] = []  # noqa: RUF012 (reset by the test)

    def sample(self, weights: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
        drawn = super().sample(weights, generator)
        self.scales.append(drawn)
        return drawn


def test_one_fresh_sample_per_weight_and_forward_pass(halves: Dataset) -> None:
    Counting.scales = []
    noises = [Counting(0.2), *NOISES[1:]]
    train(made(), halves, RECIPE, noises, torch.Generator().manual_seed(0))
    assert len(Counting.scales) == 6 * 3  # epochs * ceil(48 / 16)
    assert all(sample.shape == (4, 1, 3, 3) for sample in Counting.scales)
    assert not torch.equal(Counting.scales[-1], Counting.scales[-2])


def test_noise_is_ramped_from_zero_to_full(halves: Dataset) -> None:
    Counting.scales = []  # holds the samples as they were scaled in place
    noises = [Counting(0.2), *NOISES[1:]]
    train(made(), halves, RECIPE, noises, torch.Generator().manual_seed(0))
    sizes = [sample.std().item() for sample in Counting.scales]
    assert sizes[0] == 0
    assert sum(sizes[9:]) / 9 == pytest.approx(0.2, rel=0.25)  # the ramp ends at step 9 of 18
    assert sum(sizes[1:5]) / 4 < 0.12


def test_plain_training_draws_nothing(halves: Dataset) -> None:
    Counting.scales = []
    recipe = replace(RECIPE, is_noise_aware=False)
    train(made(), halves, recipe, [Counting(0.2)] * 3, torch.Generator().manual_seed(0))
    assert Counting.scales == []


def test_it_learns_and_stays_within_the_range(halves: Dataset) -> None:
    network = made()
    train(network, halves, RECIPE, NOISES, torch.Generator().manual_seed(0))
    assert accuracy(network, halves) > 0.9
    check_learnt(network, halves, accuracy(network, halves))
    for layer in network.crossbar_layers:
        assert layer.variation is None
        assert layer.weight.min().item() >= -2.0
        assert layer.weight.max().item() <= 1.875


def test_the_same_generator_gives_the_same_network(halves: Dataset) -> None:
    states = []
    for _ in range(2):
        network = made()
        train(network, halves, RECIPE, NOISES, torch.Generator().manual_seed(5))
        states.append(torch.cat([layer.weight.flatten() for layer in network.crossbar_layers]))
    assert torch.equal(*states)


def test_no_variation_means_no_spread(halves: Dataset) -> None:
    network, generator = made(), torch.Generator().manual_seed(0)
    none = [GaussianVariation(0.0)] * 3
    found = accuracy_under_variation(network, halves, none, 5, generator)
    assert found.mean == found.worst == accuracy(network, halves)
    assert found.deviation == 0


def test_mean_deviation_and_worst_are_over_chips(halves: Dataset) -> None:
    network = made()
    large = [GaussianVariation(5.0)] * 3
    found = accuracy_under_variation(network, halves, large, 20, torch.Generator().manual_seed(0))
    assert found.worst < found.mean < 1
    assert found.deviation > 0


def test_divergence_is_told(halves: Dataset) -> None:
    network = made()
    with torch.no_grad():
        network.crossbar_layers[-1].norm.weight.fill_(math.nan)
    with pytest.raises(TrainingError, match="training diverged at step 1 of 18"):
        train(network, halves, RECIPE, NOISES, torch.Generator().manual_seed(0))


@pytest.mark.parametrize("rate", [3e38, 1e308])
def test_a_step_beyond_the_range_of_floats_is_divergence(rate: float, halves: Dataset) -> None:
    recipe = replace(RECIPE, learning_rate=rate)
    with pytest.raises(TrainingError, match="training diverged at step"):
        train(made(), halves, recipe, NOISES, torch.Generator().manual_seed(0))


@pytest.mark.parametrize("place", ["weight", "norm.bias"])
@pytest.mark.parametrize("layer", [0, 1, 2])
def test_a_value_that_is_not_a_number_is_never_measured(
    layer: int, place: str, halves: Dataset
) -> None:
    network = made()
    with torch.no_grad():
        network.crossbar_layers[layer].get_parameter(place).view(-1)[0] = math.nan
    with pytest.raises(TrainingError, match="diverged: what the network yields is not finite"):
        accuracy(network, halves)


def test_silence_is_told_with_the_layer(halves: Dataset) -> None:
    network = made()
    with torch.no_grad():
        network.crossbar_layers[1].norm.bias.fill_(-100.0)
    with pytest.raises(TrainingError, match="fc1 is silent"):
        check_learnt(network, halves, 0.9)


def test_guessing_is_told(halves: Dataset) -> None:
    # 32 test images of 2 classes: 0.5 + 3 * sqrt(0.25 / 32) = 0.765
    with pytest.raises(TrainingError, match=r"learnt nothing: accuracy 0\.760, chance 0\.500"):
        check_learnt(made(), halves, 0.76)
    check_learnt(made(), halves, 0.77)


def test_a_last_batch_of_one_image_does_not_break_batchnorm(halves: Dataset) -> None:
    odd = replace(
        halves, train_images=halves.train_images[:33], train_labels=halves.train_labels[:33]
    )
    train(made(), odd, RECIPE, NOISES, torch.Generator().manual_seed(0))


def test_synthetic_images_are_seeded_and_in_range() -> None:
    first, again, other = synthetic(40, 20, 0), synthetic(40, 20, 0), synthetic(40, 20, 1)
    assert torch.equal(first.train_images, again.train_images)
    assert not torch.equal(first.train_images, other.train_images)
    assert first.train_images.shape == (40, 3, 32, 32)
    assert first.test_labels.unique().numel() == 10
    assert 0 <= first.train_images.min() <= first.train_images.max() <= 1


def test_measuring_chips_leaves_the_network_as_it_was(halves: Dataset) -> None:
    network = made().train()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    accuracy_under_variation(network, halves, NOISES, 3, torch.Generator().manual_seed(0))
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())


def test_an_image_is_classified_whatever_others_are_measured_with_it(halves: Dataset) -> None:
    network = made().train()
    alone = [
        accuracy(network.train(), replace(halves, test_images=image[None], test_labels=label[None]))
        for image, label in zip(halves.test_images, halves.test_labels, strict=True)
    ]
    assert accuracy(network.train(), halves) == sum(alone) / len(alone)
