import inspect
import pkgutil
import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from importlib import import_module
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import hwmodels
from configs import catalog
from hwmodels.units import SCALES, to_si

SI = re.compile(r"_(m2?|s|j|hz|ohm|v|a|w|f)(_per_(m2?|ohm|bit))?$")
PURE = re.compile(r"^n_|_(ratios?|steps|side|bits)$")  # counts and shares; sides are in cells
UNNAMED = {  # neither quantities of one kind, nor counts
    "Check.error", "Check.tolerance", "Polynomial.coefficients", "Prices.layer_sums",
    "Ranking.score", "TOTALS.status",
}  # fmt: skip
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
    ("conductance_us", "conductance_s", 1e-6),
    ("current_ua", "current_a", 1e-6),
    ("power_uw", "power_w", 1e-6),
    ("load_ff", "load_f", 1e-15),
]


@pytest.mark.parametrize(("key", "si", "scale"), PREFIXED)
def test_a_prefix_is_its_power_of_ten(key: str, si: str, scale: float) -> None:
    assert to_si({key: 3}) == {si: pytest.approx(3 * scale, rel=1e-15)}


def test_every_prefix_is_tried_above() -> None:
    assert {key.rpartition("_")[2] for key, _, _ in PREFIXED} == set(SCALES)


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


@pytest.mark.parametrize("group", ["activity", "device", "layout", "technology"])
def test_no_prefixed_unit_of_a_data_file_is_left_behind(group: str) -> None:
    for name in catalog.names(group):
        for key in numbers(to_si(catalog.read(group, name))):
            is_named = key.endswith("_voltage2") or PURE.search(key) or SI.search(key)
            assert is_named, f"{name}: {key}"


MODULES = [
    import_module(found.name)
    for found in pkgutil.walk_packages(hwmodels.__path__, "hwmodels.")
    if not found.name.endswith("__main__")
]


def figures(kind: Any) -> list[str]:
    """Fields of floats, arrays of them or mappings to them, of a class or a record."""
    if isinstance(kind, np.dtype):
        return [name for name in kind.names or () if kind[name] == np.float64]
    annotations = {}
    if is_dataclass(kind):
        annotations = {field.name: field.type for field in fields(kind)}
    elif inspect.isclass(kind) and issubclass(kind, tuple):
        annotations = inspect.get_annotations(kind)
    return [name for name, type_ in annotations.items() if "float" in str(type_)]


def quantities(module: ModuleType) -> set[str]:
    return {
        f"{name}.{figure}"
        for name, member in vars(module).items()
        if isinstance(member, np.dtype) or getattr(member, "__module__", "") == module.__name__
        for figure in figures(member)
    }


def test_every_quantity_of_a_cost_model_carries_its_unit() -> None:
    names = set[str]().union(*map(quantities, MODULES))
    assert len(names) > 250
    assert names > UNNAMED
    unitless = {name for name in names - UNNAMED if not SI.search(name)}
    assert {name for name in unitless if not PURE.search(name.rpartition(".")[2])} == set()
