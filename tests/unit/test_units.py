from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from configs import catalog
from hwmodels.units import to_si

UNITS = ("m", "m2", "s", "j", "hz", "ohm", "v", "a", "w")
PREFIXED = [
    ("area_um2", "area_m2", 1e-12),
    ("area_mm2", "area_m2", 1e-6),
    ("length_nm", "length_m", 1e-9),
    ("time_ns", "time_s", 1e-9),
    ("time_us", "time_s", 1e-6),
    ("time_ms", "time_s", 1e-3),
    ("energy_pj", "energy_j", 1e-12),
    ("energy_uj", "energy_j", 1e-6),
    ("clock_mhz", "clock_hz", 1e6),
    ("resistance_kohm", "resistance_ohm", 1e3),
    ("current_ua", "current_a", 1e-6),
]


@pytest.mark.parametrize(("key", "si", "scale"), PREFIXED)
def test_a_prefix_is_its_power_of_ten(key: str, si: str, scale: float) -> None:
    assert to_si({key: 3}) == {si: pytest.approx(3 * scale, rel=1e-15)}


def test_what_is_si_already_is_left_alone() -> None:
    quantities = {"area_m2": 1.5, "n_cells": 4, "share_ratio": 0.5, "read_voltage_v": 0.1}
    assert to_si(quantities) == quantities
    assert to_si(to_si({"area_um2": 2})) == to_si({"area_um2": 2})


def test_a_bare_suffix_is_a_name() -> None:
    assert to_si({"nm": 1, "ns": 2}) == {"nm": 1, "ns": 2}


def test_only_the_last_word_is_a_unit() -> None:
    assert to_si({"ns_per_step": 1}) == {"ns_per_step": 1}


def test_nothing_is_converted_in_place() -> None:
    quantities = {"below": {"area_um2": 1.0}}
    to_si(quantities)
    assert quantities == {"below": {"area_um2": 1.0}}


def numbers(content: Mapping[str, Any]) -> Iterator[str]:
    for key, value in content.items():
        if isinstance(value, Mapping):
            yield from numbers(value)
        elif isinstance(value, float):
            yield key


@pytest.mark.parametrize("group", ["device", "technology"])
def test_no_prefixed_unit_of_a_data_file_is_left_behind(group: str) -> None:
    for name in catalog.names(group):
        for key in numbers(to_si(catalog.read(group, name))):
            is_ratio = key.endswith(("_ratio", "_voltage2")) or key.startswith("n_")
            assert is_ratio or key.endswith(tuple(f"_{unit}" for unit in UNITS)), f"{name}: {key}"
