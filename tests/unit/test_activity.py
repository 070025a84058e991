"""Mean-field columns against columns drawn one by one."""

import math
from typing import Any

import numpy as np
import pytest

from hwmodels.activity import POINTS, WEIGHTS, column, digit_histogram
from hwmodels.chip import Circuit
from hwmodels.components.converter import column_power
from hwmodels.crossbar import RECORD
from hwmodels.devices import Device, load_device
from hwmodels.estimate import estimate_workload
from hwmodels.layout import LAYOUT
from hwmodels.price import KEY, stage_many
from hwmodels.tables import cell_table, circuit_table, empty, process_table, rules_record
from hwmodels.workload import Activity, LayerWork, Workload

N = 5_000
ZHAO, FEFET, SRAM = (
    load_device(name)
    for name in ("rram_4b_zhao_iedm_2017", "fefet_2b_neurosim_2019", "sram_1b_neurosim_2019")
)


def staged(device: Device, circuit: Circuit, node: str) -> tuple[Any, Any, Any, Any]:
    tables = process_table([node]), cell_table([device]), circuit_table([circuit])
    keys, stages = empty(KEY, 1), empty(RECORD, 1)
    keys[0].n_cells, keys[0].activation_bits = 2, 4
    stage_many(*tables, rules_record("physical"), keys, stages)
    return (*(table[0] for table in tables), stages[0])


@pytest.mark.parametrize("device", [ZHAO, FEFET, SRAM], ids=lambda device: device.kind)
@pytest.mark.parametrize("converter", ["flash", "sar"])
@pytest.mark.parametrize("node", ["cmos_32nm_lstp", "cmos_22nm_hp"])
@pytest.mark.parametrize(("n_rows", "density"), [(64, 0.25), (64, 0.02), (3, 0.5), (64, 1.0)])
def test_a_column_draws_what_random_inputs_and_weights_draw(
    device: Device, converter: Any, node: str, n_rows: int, density: float
) -> None:
    """Power within 3 %, or 16 % where one or two rows are active and nothing is normal.

    Conductance within 5 sigma, which a right formula misses once in a million.
    """
    process, cell, circuit, stage = staged(device, Circuit(64, 4, 8, converter), node)
    random = np.random.default_rng(1)
    histogram = digit_histogram(4, device.cell_bits, 0.25)
    n_levels, n_digits = 2**device.cell_bits, math.ceil(4 / device.cell_bits)
    found = column(process, cell, circuit, stage, histogram, n_digits, n_rows, density)
    powers, conductances = [], []
    for digit in range(n_digits):
        levels = random.choice(n_levels, (N, n_rows), p=histogram[digit, :n_levels])
        state = stage.off_s + levels / (n_levels - 1) * (stage.on_s - stage.off_s)
        active = random.random((N, n_rows)) < density
        conductance = (active / (1 / state + stage.series_ohm)).sum(axis=1)
        conductances.append(conductance)
        powers += [
            column_power(process, converter == "sar", 16, 1 / g, device.read_voltage_v)
            if g
            else LAYOUT.idle_column_w
            for g in conductance
        ]
    error = np.std(conductances) / math.sqrt(N * n_digits)
    assert found.conductance_s == pytest.approx(np.mean(conductances), abs=5 * error + 1e-15)
    assert found.power_w == pytest.approx(
        np.mean(powers), rel=0.03 if n_rows * density > 5 else 0.16
    )


@pytest.mark.parametrize(("n_rows", "density"), [(0, 0.5), (64, 0.0)])
def test_a_column_without_active_rows_idles(n_rows: int, density: float) -> None:
    process, cell, circuit, stage = staged(ZHAO, Circuit(64, 4, 8), "cmos_32nm_lstp")
    found = column(process, cell, circuit, stage, digit_histogram(8, 4, 0.25), 2, n_rows, density)
    assert found == (1e-6, 0.0)


def test_five_points_average_powers_of_a_normal_variable() -> None:
    points, weights = np.array(POINTS), np.array(WEIGHTS)
    moments = [float((weights * points**k).sum()) for k in range(10)]
    assert moments == pytest.approx([1, 0, 1, 0, 3, 0, 15, 0, 105, 0], abs=1e-9)


def test_digits_are_those_of_weights_stored_with_an_offset() -> None:
    """Three bits in cells of two: levels 0-7 have the digits 0 0 0 0 1 1 1 1 and v mod 4."""
    histogram = digit_histogram(3, 2, 0.25)
    drawn = np.random.default_rng(0).normal(0, 0.25, 200_000)
    levels = np.clip(np.round(drawn * 4), -4, 3).astype(int) + 4
    share = np.bincount(levels, minlength=8) / len(levels)
    assert histogram[0, :4] == pytest.approx([share[:4].sum(), share[4:].sum(), 0, 0], abs=0.006)
    assert histogram[1, :4] == pytest.approx(share[:4] + share[4:], abs=0.006)
    assert histogram.sum() == pytest.approx(2)
    assert histogram[2:].sum() == histogram[:, 4:].sum() == 0


def test_digits_come_most_significant_first_and_clip_at_the_ends() -> None:
    sharp, wide = digit_histogram(4, 2, 1e-6), digit_histogram(4, 4, 1e6)
    assert sharp[0, :4].tolist() == [0, 0, 1, 0]  # 8 = 2 * 4 + 0
    assert sharp[1, :4].tolist() == [1, 0, 0, 0]
    assert wide[0, [0, 15]] == pytest.approx([0.5, 0.5], abs=1e-4)


def test_more_digits_than_there_is_room_for_are_refused() -> None:
    with pytest.raises(ValueError, match="at most 16 digits of 16 levels"):
        digit_histogram(17, 1, 0.25)
    with pytest.raises(ValueError, match="5 bits in cells of 5"):
        digit_histogram(5, 5, 0.25)


def test_a_measured_histogram_of_weights_is_taken_as_it_is() -> None:
    """Three bits in cells of two: level 1 has the digits 0 and 1, level 7 the digits 1 and 3."""
    histogram = digit_histogram(3, 2, 0.25, [0, 0.75, 0, 0, 0, 0, 0, 0.25])
    assert histogram[0, :4].tolist() == [0.75, 0.25, 0, 0]
    assert histogram[1, :4].tolist() == [0, 0.75, 0, 0.25]


def energy_j(shares: tuple[float, ...]) -> float:
    layer = LayerWork("fc", 1, 1, 64, 1, 1, 64, False, 1, 2, 4, Activity(0.5, 0.25, shares))  # noqa: FBT003
    device = load_device("rram_2b_neurosim_2019")
    return estimate_workload(Workload((layer,)), device, Circuit(64, 4, 8)).energy_j


def test_weights_of_high_conductance_cost_more_energy() -> None:
    assert energy_j((0, 0, 0, 1)) > energy_j((0.25,) * 4) > energy_j((1, 0, 0, 0))


@pytest.mark.parametrize(
    ("shares", "told"),
    [
        ((0.5, 0.6, 0, 0), "must add up to 1"),
        ((1.5, -0.5, 0, 0), "must not be negative"),
        ((), "must add up to 1"),
        ((0.5, 0.5), "must tell 4 levels"),
    ],
)
def test_a_histogram_that_cannot_be_is_refused(shares: tuple[float, ...], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        energy_j(shares)
