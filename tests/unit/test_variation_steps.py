"""Tests of chance draw 100,000 times from seeds that are fixed; each states how often another seed
would raise a false alarm."""

from dataclasses import replace

import numpy as np
import pytest
from conductances import EVERY_STEP, PCM, RANGE, ZHAO, N, cells, drawn
from hypothesis import given
from hypothesis import strategies as st

from hwmodels.ageing import Drift, Retention
from hwmodels.conductance import Step
from hwmodels.programming import Gaussian, Lognormal, Polynomial, Proportional, StuckAt
from hwmodels.reading import PinkNoise, Telegraph
from hwmodels.variation import load_variation


@EVERY_STEP
def test_no_step_makes_a_conductance_negative_or_changes_the_shape(step: Step) -> None:
    target_s = np.linspace(0, 10e-6, 3000).reshape(100, 10, 3)
    found_s = drawn(step, target_s)
    assert found_s.shape == target_s.shape
    assert np.all(found_s >= 0)
    assert np.all(np.isfinite(found_s))


@EVERY_STEP
def test_the_same_seed_gives_the_same_cells_and_another_seed_others(step: Step) -> None:
    target_s = np.linspace(1e-6, 10e-6, 1000)
    np.testing.assert_array_equal(drawn(step, target_s, 1), drawn(step, target_s, 1))
    is_chance = getattr(step, "target_ratio", None) is None
    assert np.any(drawn(step, target_s, 1) != drawn(step, target_s, 2)) == is_chance


@EVERY_STEP
def test_a_step_leaves_its_input_alone(step: Step) -> None:
    target_s = cells(5e-6, 100)
    drawn(step, target_s)
    np.testing.assert_array_equal(target_s, 5e-6)


UNBIASED = [
    Gaussian(0.05, **RANGE),
    Proportional(0.1),
    Polynomial((0.286, 0.0759, -0.00179), 1e-6, 1e-6, 25e-6, 10e-6),
    PinkNoise(0.0088, 0.65, 0.2, 250e-9, 86400.0, 10e-6),
    Telegraph(0.05, 0.3, 1.0, 3.0, **RANGE),
]


@pytest.mark.parametrize("step", UNBIASED, ids=lambda step: type(step).__name__)
def test_an_error_far_from_zero_has_no_mean(step: Step) -> None:
    """Within 5 standard errors but once in 1.7 million."""
    found_s = drawn(step, cells(7e-6))
    assert abs(found_s.mean() - 7e-6) < 5 * found_s.std() / N**0.5


def deviation(step: Step, conductance_s: float) -> float:
    return float(drawn(step, cells(conductance_s)).std())


@pytest.mark.parametrize("level_s", [3e-6, 6e-6, 10e-6])
def test_a_gaussian_error_is_the_same_at_every_level(level_s: float) -> None:
    """A deviation of 100,000 draws is within 1.1 % but once in 1.7 million."""
    assert deviation(Gaussian(0.05, **RANGE), level_s) == pytest.approx(0.05 * 9e-6, rel=0.011)


@pytest.mark.parametrize("level_s", [1e-6, 10e-6])
def test_a_proportional_error_grows_with_the_level(level_s: float) -> None:
    """A deviation of 100,000 draws is within 1.1 % but once in 1.7 million."""
    assert deviation(Proportional(0.1), level_s) == pytest.approx(0.1 * level_s, rel=0.011)


def test_what_falls_below_zero_is_cut_and_raises_the_mean() -> None:
    """Half of a zero-mean normal is cut: its mean is sigma / sqrt(2 pi), within 5 standard errors
    but once in 1.7 million."""
    found_s = drawn(Gaussian(0.05, **RANGE), cells(0.0))
    expected_s = 0.05 * 9e-6 / (2 * np.pi) ** 0.5
    assert abs(found_s.mean() - expected_s) < 5 * found_s.std() / N**0.5


@pytest.mark.parametrize(("level_s", "sigma"), [(1e-6, 0.3), (5.5e-6, 0.175), (10e-6, 0.05)])
def test_a_lognormal_error_is_wider_in_the_off_state(level_s: float, sigma: float) -> None:
    """A deviation is within 1.1 %, a mean of logarithms within 5 standard errors, but once in
    800,000."""
    logs = np.log(drawn(Lognormal(0.05, 0.3, **RANGE), cells(level_s)) / level_s)
    assert logs.std() == pytest.approx(sigma, rel=0.011)
    assert abs(logs.mean()) < 5 * sigma / N**0.5


@pytest.mark.parametrize(
    ("name", "level_us", "sigma_us"),
    [
        ("pcm_joshi_2020", 0, 0.286),
        ("pcm_joshi_2020", 21.2011, 1.09059),  # where the parabola is highest
        ("pcm_aihwkit_2021", 12.5, 0.952725),  # 0.2635 + 1.965 / 2 - 1.1731 / 4
        ("rram_milo_2021", 100, 3.87),
        ("rram_wan_2022", 20, 2.357),
    ],
)
def test_a_published_deviation_is_met_on_the_published_range(
    name: str, level_us: float, sigma_us: float
) -> None:
    (step,) = load_variation(name, ZHAO).program
    assert isinstance(step, Polynomial)
    published = replace(step, on_conductance_s=step.published_on_conductance_s)
    found_s = published.deviation_s(np.array([level_us * 1e-6]))
    assert found_s[0] == pytest.approx(sigma_us * 1e-6, rel=1e-4)


def test_a_polynomial_error_has_the_deviation_it_claims() -> None:
    """A deviation of 100,000 draws is within 1.1 % but once in 1.7 million."""
    step = Polynomial((0.286, 0.0759, -0.00179), 1e-6, 1e-6, 25e-6, 25e-6)
    assert deviation(step, 20e-6) == pytest.approx(1.088e-6, rel=0.011)  # .286 + 1.518 - .716


def test_a_published_deviation_keeps_its_share_of_another_on_state() -> None:
    step = Polynomial((0.286, 0.0759, -0.00179), 1e-6, 1e-6, 25e-6, 25e-6)
    smaller = replace(step, on_conductance_s=5e-6)
    assert smaller.deviation_s(cells(4e-6))[0] == pytest.approx(
        step.deviation_s(cells(20e-6))[0] / 5
    )


def test_a_polynomial_below_zero_is_no_error() -> None:
    np.testing.assert_array_equal(
        drawn(Polynomial((-1.0,), 1e-6, 1e-6, 1e-5, 1e-5), cells(3e-6)), 3e-6
    )


@given(st.floats(0, 0.5), st.floats(0, 0.5), st.integers(0, 2**32))
def test_as_many_cells_stick_as_chance_has_it(on: float, off: float, seed: int) -> None:
    """Beyond 8 standard deviations of the binomial, and 10 cells: not in 10^12 draws."""
    n = 10_000
    found_s = drawn(StuckAt(on, off, **RANGE), cells(5e-6, n), seed)
    for share, state_s in ((on, 10e-6), (off, 1e-6), (1 - on - off, 5e-6)):
        bound = 8 * (n * share * (1 - share)) ** 0.5 + 10
        assert abs(np.count_nonzero(found_s == state_s) - n * share) <= bound
    assert np.all(np.isin(found_s, [1e-6, 5e-6, 10e-6]))


def test_drift_follows_its_power_law() -> None:
    step = Drift(0.05, 0.0, 20.0, 20.0 * 2**10)
    np.testing.assert_allclose(drawn(step, cells(8e-6, 5)), 8e-6 * 2**-0.5)


def test_nothing_drifts_before_the_reference_time() -> None:
    np.testing.assert_array_equal(drawn(Drift(0.05, 0.01, 20.0, 3.0), cells(8e-6, 5)), 8e-6)


def test_each_cell_drifts_with_its_own_exponent() -> None:
    """A mean within 5 standard errors and a deviation within 1.1 %, but once in 800,000."""
    found_s = drawn(Drift(0.05, 0.01, 1.0, 1e4), cells(8e-6))
    exponents = -np.log(found_s / 8e-6) / np.log(1e4)
    assert abs(exponents.mean() - 0.05) < 5 * 0.01 / N**0.5
    assert exponents.std() == pytest.approx(0.01, rel=0.011)


@pytest.mark.parametrize(
    ("state", "mean", "sigma"),
    [
        (1.0, 0.049, 0.008),  # both at their lowest
        (0.05, 0.0708339, 0.0315467),  # -0.0155 ln 0.05 + 0.0244, -0.0125 ln 0.05 - 0.0059
        (1e-4, 0.1, 0.045),  # both at their highest
    ],
)
def test_phase_change_cells_drift_by_their_state(state: float, mean: float, sigma: float) -> None:
    """A mean within 5 standard errors and a deviation within 1.1 %, but once in 800,000."""
    (step,) = load_variation("pcm_aihwkit_2021", PCM).age
    found = drawn(step, cells(state * 25e-6)) / (state * 25e-6)
    exponents = -np.log(found) / np.log(86400 / 20)
    assert abs(exponents.mean() - mean) < 5 * sigma / N**0.5
    assert exponents.std() == pytest.approx(sigma, rel=0.011)


def test_retention_without_a_target_moves_half_the_cells_up() -> None:
    """Within 5 standard deviations of the binomial but once in 1.7 million."""
    step = Retention(0.1, 1.0, 10.0, **RANGE)
    found_s = drawn(step, cells(5e-6))
    is_up = np.isclose(found_s, 5e-6 * 10**0.1)
    assert np.all(is_up | np.isclose(found_s, 5e-6 / 10**0.1))
    assert abs(is_up.sum() - N / 2) < 5 * (N / 4) ** 0.5


def test_retention_moves_to_its_target_and_stops_there() -> None:
    step = Retention(0.1, 1.0, 10.0, **RANGE, target_ratio=0.5)  # 5.5 uS, a factor of 1.259
    found_s = drawn(step, np.array([2e-6, 5e-6, 5.5e-6, 6e-6, 9e-6]))
    factor = 10**0.1
    np.testing.assert_allclose(found_s, [2e-6 * factor, 5.5e-6, 5.5e-6, 5.5e-6, 9e-6 / factor])


def test_retention_stays_within_the_end_states() -> None:
    found_s = drawn(Retention(1.0, 1.0, 1e3, **RANGE), cells(5e-6, 100))
    assert set(found_s) == {1e-6, 10e-6}


def test_pink_noise_grows_with_the_logarithm_of_time() -> None:
    step = PinkNoise(0.0088, 0.65, 0.2, 250e-9, 86400.0, 25e-6)
    # sqrt(ln((86400 + 250e-9) / 500e-9)) = 5.0868
    assert step.deviation_ratio(cells(25e-6))[0] == pytest.approx(0.0088 * 5.0868, rel=1e-4)
    assert replace(step, time_s=250e-9).deviation_ratio(cells(25e-6))[0] == 0


def test_pink_noise_is_relatively_larger_in_low_states_up_to_a_limit() -> None:
    step = PinkNoise(0.0088, 0.65, 0.2, 250e-9, 86400.0, 25e-6)
    full, half, low = step.deviation_ratio(np.array([25e-6, 12.5e-6, 0.0]))
    assert half / full == pytest.approx(2**0.65)
    assert low / full == pytest.approx(0.2 / 0.0088)


def test_pink_noise_has_the_deviation_it_claims() -> None:
    """A deviation of 100,000 draws is within 1.1 % but once in 1.7 million."""
    step = PinkNoise(0.0088, 0.65, 0.2, 250e-9, 86400.0, 25e-6)
    assert deviation(step, 25e-6) == pytest.approx(25e-6 * 0.0088 * 5.0868, rel=0.011)


@pytest.mark.parametrize(("level_s", "amplitude"), [(1e-6, 0.3), (5.5e-6, 0.175), (10e-6, 0.05)])
def test_telegraph_noise_has_two_states_and_dwells_in_both(
    level_s: float, amplitude: float
) -> None:
    """Within 5 standard deviations of the binomial but once in 1.7 million."""
    found = drawn(Telegraph(0.05, 0.3, 1.0, 3.0, **RANGE), cells(level_s)) / level_s
    low, high = 1 - 0.75 * amplitude, 1 + 0.25 * amplitude  # a quarter of the time low
    is_low = np.isclose(found, low)
    assert np.all(is_low | np.isclose(found, high))
    assert abs(is_low.sum() - N / 4) < 5 * (N * 3 / 16) ** 0.5
