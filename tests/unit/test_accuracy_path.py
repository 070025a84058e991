"""From choices to the chips on which a design is measured: nothing on the way may be wrong."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from envs import accuracy
from envs.assembly import make_problem
from envs.default_settings import settings_of
from envs.design import Design
from envs.evaluators import Pipeline
from envs.trained_accuracy import TrainedAccuracy
from envs.variation import DeviceVariation
from hwmodels.devices import load_device
from hwmodels.storage import effective_weight_deviation_ratio
from hwmodels.variation import load_variation
from snn.build import CrossbarLayer, CrossbarNetwork
from snn.noise import GaussianVariation
from snn.quantization import FixedPoint

RRAM = "rram_4b_zhao_iedm_2017"  # 4 bits, so 16 levels, a cell
# one format for each of the eight layers searched: weights, and what enters them
WEIGHTS = [(0, 4), (1, 3), (2, 2), (3, 0), (3, 6), (1, 6), (2, 5), (0, 2)]
ACTIVATIONS = [(3, 6), (2, 6), (1, 6), (0, 6), (3, 5), (2, 5), (1, 5), (0, 5)]
LAYERS = [*(f"conv{n}" for n in range(1, 7)), "fc1", "fc2"]


def made(**changes: Any) -> tuple[Design, TrainedAccuracy]:
    """A design with a format of its own in each place, and what trains it."""
    recipe = {"epochs": 1} | changes
    problem = make_problem(settings_of("nacim", {"accuracy": recipe, "n_chips": 3}))
    choices = {decision.name: decision.choices[0] for decision in problem.space.decisions}
    for kind, formats in (("weight", WEIGHTS), ("activation", ACTIVATIONS)):
        for layer, (integer, fraction) in zip(LAYERS, formats, strict=True):
            choices |= {f"{layer}.{kind}_integer_bits": integer}
            choices |= {f"{layer}.{kind}_fraction_bits": fraction}
    assert isinstance(problem.evaluator, Pipeline)
    stage = problem.evaluator.stages[-1]
    assert isinstance(stage, TrainedAccuracy)
    return problem.evaluator.build(choices | {"chip.device": RRAM}), stage


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> list[CrossbarNetwork]:
    """The networks that were handed to training, which is left out."""
    networks: list[CrossbarNetwork] = []
    monkeypatch.setattr(accuracy, "train", lambda network, *_: networks.append(network))
    monkeypatch.setattr(accuracy, "check_learnt", lambda *_: None)
    return networks


def test_every_layer_gets_the_formats_that_were_chosen_for_it(
    trained: list[CrossbarNetwork],
) -> None:
    design, stage = made()
    accuracy.trained_accuracy(stage, design, 0)
    (network,) = trained
    weights = [layer.weight_format for layer in network.crossbar_layers]
    inputs = [layer.input_format for layer in network.crossbar_layers]
    assert weights == [FixedPoint(*one) for one in [*WEIGHTS, (1, 6)]]
    assert inputs == [FixedPoint(*one) for one in [*ACTIVATIONS, (2, 6)]]


def test_a_weight_errs_by_its_cells_and_its_range() -> None:
    design, _ = made()
    deviation = load_device(RRAM).deviation_ratio
    found = [noise.deviation_ratio for noise in accuracy.variations(design)]
    # full scale is 2R. With its sign bit a weight of 1 + 4 bits takes two cells, whose digits err
    # by 15/255 and 240/255 of it; one of 1 + 3 bits takes one cell; one of 1 + 9 bits three
    one, two = 1.0, (15**2 + 240**2) ** 0.5 / 255
    three = (15**2 + 240**2 + 3840**2) ** 0.5 / 4095
    shares = [two, two, two, one, three, two, two, one, two]
    ranges = [1, 2, 4, 8, 8, 2, 4, 1, 2]
    expected = [2 * deviation * s * r for s, r in zip(shares, ranges, strict=True)]
    assert found == pytest.approx(expected, rel=1e-12)


def test_the_device_of_the_design_is_the_one_that_errs() -> None:
    design, _ = made()
    other = replace(design, device="rram_1b_neurosim_2019")
    found = accuracy.variations(other)[3].deviation_ratio  # 4 cells of a bit each: 1, 2, 4, 8
    share = (1 + 4 + 16 + 64) ** 0.5 / 15
    expected = 2 * load_device(other.device).deviation_ratio * share * 8
    assert found == pytest.approx(expected, rel=1e-12)


@pytest.mark.usefixtures("trained")
def test_each_chip_is_drawn_with_each_layer_s_deviation(monkeypatch: pytest.MonkeyPatch) -> None:
    design, stage = made()
    drawn: list[tuple[int, float]] = []
    sample = GaussianVariation.sample

    def noted(self: GaussianVariation, weights: torch.Tensor, generator: Any) -> torch.Tensor:
        drawn.append((weights.numel(), self.deviation_ratio))
        return sample(self, weights, generator)

    monkeypatch.setattr(GaussianVariation, "sample", noted)
    accuracy.trained_accuracy(stage, design, 0)
    sizes = [layer.n_weights for layer in design.network.layers]
    deviations = [noise.deviation_ratio for noise in accuracy.variations(design)]
    assert drawn == [*zip(sizes, deviations, strict=True)] * stage.n_chips


@pytest.mark.usefixtures("trained")
def test_chips_are_measured_in_evaluation_mode_with_their_errors(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    modes: list[tuple[bool, bool]] = []
    multiply = CrossbarLayer.multiply

    def noted(self: CrossbarLayer, values: torch.Tensor) -> torch.Tensor:
        modes.append((self.norm.training, self.variation is not None))
        return multiply(self, values)

    monkeypatch.setattr(CrossbarLayer, "multiply", noted)
    design, stage = made()
    accuracy.trained_accuracy(stage, design, 0)
    n_layers = len(design.network.layers)
    assert modes == [(False, False)] * n_layers + [(False, True)] * n_layers * stage.n_chips


@pytest.mark.parametrize("initialization", ["fill", "standard"])
def test_the_start_is_the_one_of_the_recipe(
    initialization: str, trained: list[CrossbarNetwork]
) -> None:
    design, stage = made(initialization=initialization)
    accuracy.trained_accuracy(stage, design, 0)
    widest = trained[0].crossbar_layers[4].weight.abs().max().item()  # a range of 8
    assert (widest > 7.9) == (initialization == "fill")


def test_the_recipe_and_the_noises_reach_training(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []
    monkeypatch.setattr(accuracy, "train", lambda *arguments: seen.append(arguments))
    monkeypatch.setattr(accuracy, "check_learnt", lambda *_: None)
    design, stage = made(learning_rate=0.02, noise_ramp=0.75, is_noise_aware=False)
    accuracy.trained_accuracy(stage, design, 0)
    _, dataset, recipe, noises, _ = seen[0]
    assert (recipe.epochs, recipe.learning_rate, recipe.noise_ramp) == (1, 0.02, 0.75)
    assert not recipe.is_noise_aware
    assert noises == accuracy.variations(design)
    assert len(dataset.train_labels) == 1347  # three quarters of 1,797 digits


def test_the_seed_of_a_design_decides_its_network(trained: list[CrossbarNetwork]) -> None:
    design, stage = made()
    for seed in (1, 1, 2):
        stage(design, seed)
    one, again, other = (network.crossbar_layers[0].weight for network in trained)
    assert torch.equal(one, again)
    assert not torch.equal(one, other)


def test_a_named_variation_rules_training_and_chips() -> None:
    design, _ = made()
    plain, named = (accuracy.variations(design, name) for name in (None, "stuck_at_mnsim_2020"))
    device = load_device(design.device)
    for one, other, layer in zip(plain, named, design.quantization.weights, strict=True):
        steps = load_variation("stuck_at_mnsim_2020", device)
        expected = effective_weight_deviation_ratio(
            device, 1 + layer.magnitude_bits, steps, np.random.default_rng(0)
        )
        assert other.deviation_ratio == expected * layer.range_ratio != one.deviation_ratio
    chips = accuracy.chip_variations(design, "stuck_at_mnsim_2020")
    assert [chip.weight_format for chip in chips] == list(design.quantization.weights)
    assert {chip.device.name for chip in chips} == {RRAM}


def test_chips_vary_as_the_search_is_told(
    trained: list[CrossbarNetwork], monkeypatch: pytest.MonkeyPatch
) -> None:
    sampled: list[object] = []
    monkeypatch.setattr(accuracy, "varied", lambda *args: sampled.extend(args[2]) or {})
    design, stage = made()
    for name, kind in ((None, GaussianVariation), ("stuck_at_mnsim_2020", DeviceVariation)):
        accuracy.trained_accuracy(replace(stage, variation=name), design, 0)
        assert {type(one) for one in sampled} == {kind}
        sampled.clear()
    assert len(trained) == 2
