"""Runs of the original tools (``cim.json``; units are theirs) against our models of them."""

import json
from pathlib import Path
from typing import Any

import pytest

from hwmodels.chip import Estimate
from hwmodels.devices import load_device
from hwmodels.estimate import estimate_workload
from hwmodels.report.golden import checks, neurosim_design

CASES: dict[str, dict[str, Any]] = {
    case["id"]: case for case in json.loads((Path(__file__).parent / "cim.json").read_text())
}
CURRENT = [name for name, case in CASES.items() if case["family"] == "NeuroSim 1.4"]
DETAILED = [name for name, case in CASES.items() if "expected_per_layer" in case]
LATENCIES = {
    "lat_adc_ns": "converter",
    "lat_accum_ns": "accumulation",
    "buffer_latency_ns": "buffer",
    "ic_latency_ns": "interconnect",
}
ENERGIES = {
    "en_adc_pJ": "converter",
    "en_accum_pJ": "accumulation",
    "buffer_energy_pJ": "buffer",
    "ic_energy_pJ": "interconnect",
}
AREAS = {
    "area_array_um2": "crossbar",
    "area_adc_um2": "converter",
    "area_accum_um2": "accumulation",
    "area_ic_um2": "interconnect",
}
TOLERANCES = {"en_adc_pJ": 2e-3, "buffer_energy_pJ": 5e-4, "dyn_energy_pJ": 3e-4}
PRINTED = 1e-5  # they print six digits
HIGH_PERFORMANCE = 5e-4  # of latency: the clock of the one such case is 0.04 % off


def estimated(name: str) -> Estimate:
    technology, device, circuit, workload = neurosim_design(CASES[name])
    return estimate_workload(workload, device, circuit, technology, "neurosim-1.4")


def as_theirs(names: dict[str, str], parts: dict[str, float], scale: float) -> dict[str, float]:
    return {theirs: parts[ours] * scale for theirs, ours in names.items()}


def assert_met(
    ours: dict[str, float], theirs: dict[str, float], tolerance: float = PRINTED
) -> None:
    for name, value in ours.items():
        assert value == pytest.approx(theirs[name], rel=TOLERANCES.get(name, tolerance)), name


@pytest.mark.parametrize("name", CASES)
def test_every_figure_of_a_case_is_met(name: str) -> None:
    found = checks(CASES[name])
    assert found
    assert [check for check in found if not check.passes] == []


@pytest.mark.parametrize("name", CURRENT)
def test_area_and_energy_of_every_component_are_met(name: str) -> None:
    cost, expected = estimated(name), CASES[name]["expected"]
    ours = as_theirs(AREAS, cost.area_parts_m2, 1e12)
    ours |= as_theirs(ENERGIES, cost.energy_parts_j(), 1e12)
    assert_met(ours | {"area_um2": cost.area_m2 * 1e12}, expected)


@pytest.mark.parametrize(
    "name", [name for name in CURRENT if not CASES[name]["circuit"]["pipeline"]]
)
def test_latency_of_every_component_is_met(name: str) -> None:
    """A pipeline has the latency of its slowest layer, whose parts are not printed."""
    cost = estimated(name)
    ours = as_theirs(LATENCIES, cost.latency_parts_s(), 1e9)
    ours |= {
        "latency_ns": cost.latency_s * 1e9,
        "leak_energy_pJ": cost.leakage_energy_j * 1e12,
    }
    is_fast = CASES[name]["technology"]["roadmap"] == "HP"
    assert_met(ours, CASES[name]["expected"], HIGH_PERFORMANCE if is_fast else PRINTED)


@pytest.mark.parametrize("name", DETAILED)
def test_every_component_of_every_layer_is_met(name: str) -> None:
    for cost, expected in zip(
        estimated(name).layers, CASES[name]["expected_per_layer"], strict=True
    ):
        leakage_j = cost.energy_parts_j["leakage"]
        ours = {
            "latency_ns": cost.latency_s * 1e9,
            "dyn_energy_pJ": (cost.energy_j - leakage_j) * 1e12,
            "leak_energy_pJ": leakage_j * 1e12,
        }
        ours |= as_theirs(LATENCIES, cost.latency_parts_s, 1e9)
        ours |= as_theirs(ENERGIES, cost.energy_parts_j, 1e12)
        assert_met(ours, expected)


@pytest.mark.parametrize(("weight_bits", "deviation"), [(4, 0.10), (8, 0.0943)])
def test_nacims_device_errs_as_published(weight_bits: int, deviation: float) -> None:
    """0-16 uA with 800 nA: 5 % of full scale, which spans 2R (NACIM, sec. V-A).

    Two cells: 0.1 * 15 * sqrt(1 + 16^2) / 255; the most significant one alone gives 0.0941.
    """
    device = load_device("rram_4b_zhao_iedm_2017")
    assert device.weight_deviation_ratio(weight_bits) == pytest.approx(deviation, abs=5e-5)


def test_no_case_is_left_out() -> None:
    assert len(CASES) == 47
    assert len(CURRENT) == 29
