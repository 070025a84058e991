import math
from dataclasses import replace

import numpy as np
import pytest

from configs import catalog
from hwmodels.devices import load_device

ZHAO = load_device("rram_4b_zhao_iedm_2017")


def test_a_device_is_read_in_si() -> None:
    assert ZHAO.name == "rram_4b_zhao_iedm_2017"
    assert ZHAO.on_resistance_ohm == pytest.approx(1e5)
    assert ZHAO.off_resistance_ohm == pytest.approx(1e6)


def test_the_mean_conductance_is_that_of_the_end_states() -> None:
    device = replace(ZHAO, on_resistance_ohm=2.0, off_resistance_ohm=8.0)
    assert device.mean_conductance_s == (0.5 + 0.125) / 2


@pytest.mark.parametrize("bits", [1, 4])
def test_one_cell_errs_by_its_share_of_both_signs(bits: int) -> None:
    device = replace(ZHAO, cell_bits=bits, deviation_ratio=0.03)
    assert device.weight_deviation_ratio(bits) == pytest.approx(0.06)  # full scale spans 2R


def test_the_most_significant_cell_dominates() -> None:
    # 0.1 * 15 * 16 / 255 = 0.0941 from that cell alone
    assert ZHAO.weight_deviation_ratio(8) == pytest.approx(0.1 * 15 * 16 / 255, rel=0.003)
    assert ZHAO.weight_deviation_ratio(8) > 0.1 * 15 * 16 / 255


def test_unused_bits_of_the_last_cell_change_nothing() -> None:
    assert ZHAO.weight_deviation_ratio(5) == ZHAO.weight_deviation_ratio(8)


@pytest.mark.parametrize("name", catalog.names("device"))
def test_the_formula_is_what_independent_cells_give(name: str) -> None:
    """A sample deviation of 20,000 draws is within 5 sigma (2.5 %) but once in a million."""
    device, random = load_device(name), np.random.default_rng(0)
    n_levels, n_cells = 2**device.cell_bits, device.cells_per_weight(8)
    errors = random.normal(0, device.deviation_ratio * (n_levels - 1), (20_000, n_cells))
    stored = errors @ n_levels ** np.arange(n_cells)  # shift and add, in steps
    found = 2 * stored.std() / (n_levels**n_cells - 1)  # [-R, R) over all levels
    assert found == pytest.approx(device.weight_deviation_ratio(8), rel=0.025)


def test_a_perfect_device_has_perfect_weights() -> None:
    assert replace(ZHAO, deviation_ratio=0.0).weight_deviation_ratio(7) == 0


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("cell_bits", 0),
        ("on_resistance_ohm", 0.0),
        ("on_resistance_ohm", 1e6),
        ("kind", "flash"),
        ("cell_bits", 5),
        ("cell_height_f_ratio", 0.0),
        ("cell_width_f_ratio", -1.0),
        ("read_voltage_v", -0.1),
        ("deviation_ratio", -1e-9),
    ],
)
def test_an_impossible_number_is_refused_with_the_device(field: str, value: object) -> None:
    with pytest.raises(ValueError, match="rram_4b_zhao_iedm_2017: "):
        replace(ZHAO, **{field: value})


@pytest.mark.parametrize("weight_bits", range(1, 20))
def test_cells_hold_all_bits_and_none_is_spare(weight_bits: int) -> None:
    n_cells = ZHAO.cells_per_weight(weight_bits)
    assert n_cells * 4 >= weight_bits > (n_cells - 1) * 4
    assert n_cells == math.ceil(weight_bits / 4)
