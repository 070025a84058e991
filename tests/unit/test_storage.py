"""Tests of chance draw 100,000 times from seeds that are fixed; each states how often another seed
would raise a false alarm."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from conductances import PCM, ZHAO

from configs import catalog
from envs.variation import DeviceVariation
from hwmodels.conductance import Step
from hwmodels.devices import load_device
from hwmodels.programming import StuckAt
from hwmodels.storage import Storage, deviation_table, effective_weight_deviation_ratio
from hwmodels.variation import nominal_variation
from snn.build import build
from snn.network import Layer, Network
from snn.quantization import FixedPoint, Quantization

RULER = replace(
    ZHAO, cell_bits=2, on_resistance_ohm=1.0, off_resistance_ohm=4.0, deviation_ratio=0.0
)  # easy to reckon with


def test_a_weight_is_stored_with_an_offset_and_its_highest_bits_first() -> None:
    digits = Storage(RULER, 4).digits(np.array([-8, -7, 0, 7]))
    assert digits.tolist() == [[0, 0], [0, 1], [2, 0], [3, 3]]


def test_bits_to_spare_are_the_lowest() -> None:
    assert Storage(RULER, 3).digits(np.array([-4, -3, 3])).tolist() == [[0, 0], [0, 2], [3, 2]]


def test_levels_are_linear_between_the_end_states() -> None:
    found = Storage(RULER, 2).conductances_s(np.arange(4))
    np.testing.assert_allclose(found, [0.25, 0.5, 0.75, 1.0])


@pytest.mark.parametrize("name", catalog.names("device"))
@pytest.mark.parametrize("weight_bits", [1, 2, 5, 8, 11])
def test_what_is_stored_is_read_back(name: str, weight_bits: int) -> None:
    storage, half = Storage(load_device(name), weight_bits), 1 << (weight_bits - 1)
    weights = np.arange(-half, half)
    digits = storage.digits(weights)
    found = storage.weights_ratio(storage.conductances_s(digits))
    stored = digits @ storage.places
    np.testing.assert_allclose(
        found, 2 * stored / (storage.n_levels ** digits.shape[-1] - 1) - 1, atol=1e-12
    )
    assert np.all(np.diff(stored) == stored[1] - stored[0])
    assert found[0] == pytest.approx(-1)


@pytest.mark.parametrize("weight", [-9, 8])
def test_a_weight_out_of_range_is_refused(weight: int) -> None:
    with pytest.raises(ValueError, match=r"weights of 4 bits lie in \[-8, 7\]"):
        Storage(RULER, 4).digits(np.array([0, weight]))


@pytest.mark.parametrize("weight_bits", [1, 4, 7, 10])
@pytest.mark.parametrize("name", catalog.names("device"))
def test_gaussian_levels_err_by_the_closed_form(name: str, weight_bits: int) -> None:
    """A deviation so small that none of 3 million cells is cut at 0 (10 sigma away). That of
    100,000 draws is within 1.1 % but once in 1.7 million (20 cases: once in 86,000)."""
    device = load_device(name)
    window = 1 / device.off_conductance_s * device.on_conductance_s - 1
    device = replace(device, deviation_ratio=min(0.01, 0.1 / window))
    found = effective_weight_deviation_ratio(
        device, weight_bits, nominal_variation(device), np.random.default_rng(0)
    )
    assert found == pytest.approx(device.weight_deviation_ratio(weight_bits), rel=0.011)


@pytest.mark.parametrize("name", catalog.names("device"))
def test_a_cut_at_zero_only_ever_narrows_the_closed_form(name: str) -> None:
    """5 sigma above the closed form but once in 3 million."""
    (row,) = deviation_table([name], [7])
    closed = load_device(name).weight_deviation_ratio(7)
    assert 0.8 * closed <= row.weight_deviation_ratio <= 1.011 * closed


def test_the_mean_error_is_no_deviation() -> None:
    found = effective_weight_deviation_ratio(
        RULER, 4, lambda conductance_s, _: conductance_s + 0.1, np.random.default_rng(0)
    )
    assert found == pytest.approx(0, abs=1e-12)


def test_a_gain_error_is_a_deviation() -> None:
    """Even weights deviate by R / sqrt(3) (levels: 16 over [-R, R], a factor of sqrt(17 / 15)).
    Within 1 % (a uniform's deviation errs by 0.14 %) but once in 10^11."""
    found = effective_weight_deviation_ratio(
        replace(RULER, off_resistance_ohm=1e9),
        4,
        lambda conductance_s, _: 0.9 * conductance_s,
        np.random.default_rng(0),
    )
    assert found == pytest.approx(0.1 * (17 / 45) ** 0.5, rel=0.01)


def test_a_table_has_a_row_per_device_and_width_that_others_do_not_change() -> None:
    rows = deviation_table([ZHAO.name, PCM.name], [4, 7], "proportional_neuronas_2024")
    assert [(row.device, row.weight_bits) for row in rows] == [
        (ZHAO.name, 4),
        (ZHAO.name, 7),
        (PCM.name, 4),
        (PCM.name, 7),
    ]
    assert deviation_table([PCM.name], [7], "proportional_neuronas_2024") == rows[3:]


def test_a_table_tells_the_deviation_of_a_cell_in_full_scales() -> None:
    """Within 1.1 % but once in 1.7 million."""
    device = replace(ZHAO, deviation_ratio=0.01)
    (row,) = deviation_table([ZHAO.name], [4], "gaussian_nacim_2020")
    assert row.cell_deviation_ratio == pytest.approx(0.05, rel=0.011)
    assert row.weight_deviation_ratio == pytest.approx(
        5 * device.weight_deviation_ratio(4), rel=0.011
    )


FORMAT = FixedPoint(1, 3)  # 5 bits with the sign, R = 2, steps of 1/8


def sample(weights: torch.Tensor, variation: Step, seed: int = 0) -> torch.Tensor:
    noise = DeviceVariation(ZHAO, variation, FORMAT)
    return noise.sample(weights, torch.Generator().manual_seed(seed))


def test_training_sees_the_deviation_of_the_device_in_units_of_its_weights() -> None:
    """Zhao's levels are cut at 0 in 0.1 % of all cells, which narrows the closed form by 0.3 %;
    a deviation of 100,000 draws is within another 1.1 % but once in 1.7 million."""
    weights = 4 * torch.rand(1000, 100, generator=torch.Generator().manual_seed(1)) - 2
    errors = sample(weights, nominal_variation(ZHAO))
    assert errors.shape == weights.shape
    assert errors.dtype == weights.dtype
    assert errors.std().item() == pytest.approx(2 * ZHAO.weight_deviation_ratio(5), rel=0.014)


def test_training_draws_the_same_chip_from_the_same_seed() -> None:
    weights, variation = torch.zeros(50), nominal_variation(ZHAO)
    assert torch.equal(sample(weights, variation, 3), sample(weights, variation, 3))
    assert not torch.equal(sample(weights, variation, 3), sample(weights, variation, 4))


def test_one_generator_draws_one_chip_after_the_other() -> None:
    noise, generator = (
        DeviceVariation(ZHAO, nominal_variation(ZHAO), FORMAT),
        torch.Generator().manual_seed(0),
    )
    weights = torch.zeros(50)
    assert not torch.equal(noise.sample(weights, generator), noise.sample(weights, generator))


def test_training_stores_weights_as_the_network_rounds_them() -> None:
    stuck = StuckAt(0.0, 1.0, ZHAO.off_conductance_s, ZHAO.on_conductance_s)  # all read as -R
    weights = torch.tensor([-2.0, -1.9, -9.0, 0.0, 0.07, 5.0])
    # stored as -16, -15, -16, 0, 1 and 15 of 8 bits' 256 levels, 8 levels a step
    levels = torch.tensor([0.0, 8.0, 0.0, 128.0, 136.0, 248.0])
    torch.testing.assert_close(sample(weights, stuck), -2 * 2 * levels / 255)


def test_a_network_becomes_a_chip_of_the_device() -> None:
    network = build(
        Network((Layer("fc1", "linear", 6, 5, 1, 1, 1),)),
        Quantization((FORMAT,), (FORMAT,)),
        torch.Generator().manual_seed(0),
    )
    noise = DeviceVariation(ZHAO, nominal_variation(ZHAO), FORMAT)
    network.vary([noise], torch.Generator().manual_seed(3), scale_ratio=0.5)
    (layer,) = network.crossbar_layers
    expected = 0.5 * sample(layer.weight, nominal_variation(ZHAO), seed=3)
    torch.testing.assert_close(layer.variation, expected)
