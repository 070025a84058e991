"""What a file says becomes a dataclass, or is refused in one line."""

import re
from dataclasses import dataclass
from typing import Any

import pytest

from configs import catalog
from configs.fields import made
from snn.block_network import BlockNetwork
from snn.cell_recipe import CellRecipe
from snn.macro import Macro
from snn.supernet import Supernet

NETWORK: dict[str, Any] = {
    "image_shape": [8, 8, 1], "stem": "scb3 4", "stages": ["max_pool"], "hidden": [],
    "voting": 1, "n_classes": 10, "timesteps": 4,
}  # fmt: skip


@dataclass(frozen=True)
class Plain:
    """A field of each plain type."""

    n: int
    rate: float
    name: str = "a"
    is_on: bool = True


def test_whole_numbers_are_numbers_too_and_a_source_is_passed_over() -> None:
    found = made(Plain, {"n": 1, "rate": 2, "source": "a paper"})
    assert found == Plain(1, 2)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ([1], "needs settings, got [1]"),
        ({"n": 1.0, "rate": 1}, "n: needs a whole number, got 1.0"),
        ({"n": True, "rate": 1}, "n: needs a whole number, got True"),
        ({"n": 1, "rate": float("nan")}, "rate: needs a number, got nan"),
        ({"n": 1, "rate": "2"}, "rate: needs a number, got '2'"),
        ({"n": 1, "rate": 1, "name": ["a"]}, "name: needs a name, got ['a']"),
        ({"n": 1, "rate": 1, "is_on": 1}, "is_on: needs true or false, got 1"),
        ({"n": 1}, "rate: is missing"),
        ({"n": 1, "rte": 1}, "rte: no such setting; did you mean 'rate'?"),
        ({"n": 1, 2: 1}, "2: no such setting; there are: n, rate, name, is_on"),
    ],
)
def test_what_fits_no_field_is_refused(content: object, said: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(said)}$"):
        made(Plain, content)


@pytest.mark.parametrize(
    "changes",
    [{"voting": "1"}, {"image_shape": "881"}, {"hidden": [None]}, {"stages": {"a": 1}},
     {"neuron": "lif"}, {"neuron": {"kind": ["lif"]}}, {"neuron": {"tau": "2"}}],
)  # fmt: skip
def test_a_network_of_other_types_is_refused(changes: dict[str, Any]) -> None:
    BlockNetwork.of(NETWORK)
    with pytest.raises(ValueError, match="needs"):
        BlockNetwork.of(NETWORK | changes)


@pytest.mark.parametrize("candidates", [None, [], 3, "skip", [["skip"], "scb3"], [None, "scb3"]])
def test_a_supernet_needs_a_list_of_names(candidates: object) -> None:
    content = NETWORK | {"stages": ["tbd 4"], "candidates": candidates}
    with pytest.raises(ValueError, match="candidates: a supernet needs"):
        Supernet.of(content)


@pytest.mark.parametrize(
    ("group", "kind", "change"),
    [("macro", Macro, {"channels": "many"}), ("macro", Macro, {"neuron": 3}),
     ("recipe", CellRecipe, {"epochs": None})],
)  # fmt: skip
def test_a_file_of_other_types_is_refused(
    group: str, kind: Any, change: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    name = {"macro": "cifar10", "recipe": "adamw"}[group]
    content = catalog.read(group, name)
    content.pop("source")
    monkeypatch.setattr(catalog, "read", lambda *_: content | change)
    with pytest.raises(ValueError, match="needs"):
        kind.preset(name)
