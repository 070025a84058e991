"""Model cards: one for each component, complete, about names that exist, with figures that hold.

The figures are recomputed by `tests/checkpoints.py`, interpreted: single components have no
compiled entrance, and compiling them for this would take minutes.
"""

import importlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from hwmodels.chip import Circuit
from hwmodels.devices import Device
from hwmodels.rules import Rules
from hwmodels.workload import Activity

ROOT = Path(__file__).parents[2]
CARDS = sorted((ROOT / "docs/models/components").glob("*.md"))
PAGES = [*CARDS, ROOT / "docs/models/neurosim.md", ROOT / "docs/models/trust.md"]
HEADINGS = ["Equation", "Source", "Assumption", "Error", "Checkpoint"]
STAGES = {"crossbar", "floorplan", "tile", "activity", "layer", "inference", "chip_area"}
BY_HAND = "by hand"  # at 32 nm, or on the first case
FIRST = "c07_B_dens05"
UNITS = {  # how many of a unit make one SI unit
    "1": 1, "mm2": 1e6, "um2": 1e12, "um": 1e6, "us": 1e6, "ns": 1e9, "ns/mm": 1e6, "fJ": 1e15,
    "fJ/mm": 1e12, "nJ": 1e9, "uW": 1e6, "nW": 1e9, "pW": 1e12, "nW/mm": 1e6, "ohm": 1,
}  # fmt: skip


class Row(NamedTuple):
    """One line of a table of checkpoints."""

    card: str
    case: str
    quantity: str
    value: str
    unit: str


def sections(page: Path) -> dict[str, str]:
    parts = re.split(r"^## (.+)$", page.read_text(), flags=re.MULTILINE)
    return dict(zip(parts[1::2], (text.strip() for text in parts[2::2]), strict=True))


def rows() -> Iterator[Row]:
    for card in CARDS:
        for line in sections(card).get("Checkpoint", "").splitlines():
            cells = [cell.strip() for cell in line.strip("|").split("|")]
            if line.startswith("|") and cells[0] != "case" and not line.startswith("|-"):
                yield Row(card.stem, *cells)


def printed(script: str) -> str:
    """What a script of ours prints, its numeric core interpreted."""
    environment = os.environ | {"NUMBA_DISABLE_JIT": "1", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, str(ROOT / script)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@cache
def recomputed() -> dict[str, dict[str, dict[str, float]]]:
    return dict(json.loads(printed("tests/checkpoints.py")))


def half_of_the_last_digit(value: str) -> float:
    """How far a figure may lie from one that is printed so; an integer is exact to 0.5."""
    return float(0.5 * 10.0 ** -len(value.partition(".")[2])) * (1 + 1e-9)


def keys(content: Any, group: str = "") -> Iterator[str]:
    """All keys of a YAML file; those of a group also joined with its name."""
    if isinstance(content, Mapping):
        for key, value in content.items():
            yield from (key, f"{group}_{key}")
            yield from keys(value, key)
    elif isinstance(content, list):
        for value in content:
            yield from keys(value, group)


@cache
def known_names() -> set[str]:
    names = {field.name for kind in (Rules, Circuit, Device, Activity) for field in fields(kind)}
    for folder in ("layout", "technology", "activity", "device"):
        for path in (ROOT / "configs" / folder).glob("*.yaml"):
            names |= {path.stem, *keys(yaml.safe_load(path.read_text()))}
    return names


def is_importable(name: str) -> bool:
    module, _, attribute = name.rpartition(".")
    try:
        importlib.import_module(name)
    except ModuleNotFoundError:
        return module != "" and hasattr(importlib.import_module(module), attribute)
    return True


def unknown(page: Path) -> list[str]:
    """Names in backticks that do not exist: modules, files and folders, keys of YAML files."""
    missing = []
    for name in re.findall(r"`([^`\n]+)`", page.read_text()):
        if re.fullmatch(r"hwmodels(\.\w+)+", name):
            exists = is_importable(name)
        elif re.fullmatch(r"[\w.]+(/[\w.]+)+", name):
            exists = (ROOT / name).exists()
        elif re.fullmatch(r"[a-z0-9]+(_[a-z0-9]+)+", name):
            exists = name in known_names()
        else:
            continue
        missing += [] if exists else [name]
    return missing


def test_every_component_has_a_card_and_every_card_a_component() -> None:
    modules = {path.stem for path in (ROOT / "hwmodels/components").glob("*.py")} - {"__init__"}
    assert {card.stem for card in CARDS} == modules | STAGES
    assert all((ROOT / f"hwmodels/{name}.py").exists() for name in STAGES)


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.stem)
def test_a_card_is_complete(card: Path) -> None:
    found = sections(card)
    assert list(found) == HEADINGS
    assert all(found.values()), "an empty section"
    assert any(row.card == card.stem for row in rows()), "no checkpoint"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_speaks_of_names_that_exist(page: Path) -> None:
    assert unknown(page) == []


@pytest.mark.parametrize(
    "row", list(rows()), ids=lambda row: f"{row.card}: {row.quantity}, {row.case}"
)
def test_a_checkpoint_is_what_the_code_computes(row: Row) -> None:
    case = FIRST if row.case == BY_HAND else row.case
    ours = recomputed()[row.card][case][row.quantity] * UNITS[row.unit]
    assert ours == pytest.approx(float(row.value), abs=half_of_the_last_digit(row.value))


def test_the_table_of_quirks_is_what_the_code_computes() -> None:
    page = (ROOT / "docs/models/neurosim.md").read_text()
    assert printed("benchmarks/quirks.py") in page


def test_every_rule_is_told() -> None:
    page = (ROOT / "docs/models/neurosim.md").read_text()
    assert [field.name for field in fields(Rules) if f"| `{field.name}` |" not in page] == []


def test_the_documentation_lists_every_page() -> None:
    listed = (ROOT / "mkdocs.yml").read_text()
    pages = [str(page.relative_to(ROOT / "docs")) for page in PAGES]
    assert [page for page in pages if page not in listed] == []
