"""A search space given by a user is checked whole, and refused in one line."""

import copy
import re
from typing import Any

import pytest

from configs import catalog
from envs.assembly import make_problem
from envs.default_settings import settings_of

ONE = {"group": "architecture", "choices": [1, 2], "given": 1}
TOY: list[tuple[Any, str]] = [
    (3, "env.space: needs a list, got 3"),
    ([], "env.space: needs 1 or more entries, got []"),
    ([3], "env.space.0: needs keys with values, got 3"),
    ([{"for_each": ["toy"]}], "env.space.0.decisions: is missing"),
    ([{"for_each": "toy", "decisions": {"width": ONE}}], "env.space.0.for_each: needs a list"),
]
WIDTH: list[tuple[dict[str, Any], str]] = [
    ({"group": "archtectur"}, ".group: no choice 'archtectur'; did you mean 'architecture'?"),
    ({"choices": 3}, ".choices: needs a list of choices, got 3"),
    ({"choices": []}, ".choices: needs a list of choices, got []"),
    ({"choices": [1, 1]}, ".choices: needs each choice once, got [1, 1]"),
    ({"choices": [[1]]}, ".choices.0: needs a number or a name, got [1]"),
    ({"givn": 1}, ".givn: no such key; did you mean 'given'?"),
    ({"at_least": 3}, ".at_least: needs keys with values, got 3"),
    ({"at_least": {"plus": "waste"}}, ".at_least.total: is missing"),
]
ARCHITECTURE: dict[str, Any] = {"group": "architecture", "given": None}
NACIM: list[tuple[int, str, Any, str]] = [
    (2, "device", None, "chip.device is missing"),
    (0, "channels", None, "conv1.channels is missing"),
    (0, "kernl", ONE, "conv1.kernl: there is no such decision; did you mean 'kernel'?"),
    (0, "kernel", ARCHITECTURE | {"choices": [2]}, "conv1.kernel: needs an odd number from 1"),
    (0, "channels", ARCHITECTURE | {"choices": ["a"]}, "conv1.channels: needs a whole number"),
    (0, "channels", ARCHITECTURE | {"choices": [10**9]}, "conv1.channels: needs a whole number"),
    (2, "device", {"group": "device", "choices": ["rram"]}, "chip.device: no device called 'rram'"),
    (2, "device", {"group": "circuit", "choices": ["x"]}, "chip.device belongs to the group"),
]


def refused(env: str, space: Any) -> str:
    with pytest.raises(ValueError, match=r"^[^\n]+$") as caught:
        make_problem(settings_of(env, {"space": space}))
    return str(caught.value)


@pytest.mark.parametrize(("space", "message"), TOY)
def test_a_space_of_the_wrong_form(space: Any, message: str) -> None:
    assert refused("toy", space).startswith(message)


@pytest.mark.parametrize(("change", "message"), WIDTH)
def test_a_decision_of_the_wrong_form(change: dict[str, Any], message: str) -> None:
    space = [{"for_each": ["toy"], "decisions": {"width": ONE | change}}]
    assert refused("toy", space).startswith(f"env.space.0.decisions.width{message}")


def test_the_toy_needs_its_three_decisions_as_numbers() -> None:
    decisions: dict[str, Any] = {"width": ONE, "waste": ONE}
    space = [{"for_each": ["toy"], "decisions": decisions}]
    assert refused("toy", space) == (
        "env.space: needs toy.error, toy.waste, toy.width; got toy.waste, toy.width"
    )
    decisions["error"] = ONE | {"choices": ["a"], "given": "a"}
    assert refused("toy", space) == "env.space: toy.error: needs whole numbers from 0 on"
    decisions["waste"] = ONE | {"at_least": {"plus": "width", "total": 1}, "choices": ["a"]}
    decisions["waste"] |= {"given": "a"}
    assert refused("toy", space) == "toy.waste: at_least adds numbers, but 'a' is none"


@pytest.mark.parametrize(("block", "name", "body", "message"), NACIM)
def test_nacim_needs_its_decisions(block: int, name: str, body: Any, message: str) -> None:
    space = copy.deepcopy(catalog.read("env", "nacim")["space"])
    decisions = space[block]["decisions"]
    decisions[name] = body
    if body is None:
        del decisions[name]
    assert refused("nacim", space).startswith(f"env.space: {message}")


@pytest.mark.parametrize("names", [["conv1", "conv3"], ["convolution1"], ["fc9"]])
def test_convolutions_are_numbered(names: list[str]) -> None:
    space = copy.deepcopy(catalog.read("env", "nacim")["space"])
    space[0]["for_each"] = names
    if names == ["fc9"]:
        del space[0]
    assert re.match("env.space: its convolutions must be called conv1", refused("nacim", space))


def test_a_decision_without_a_given_choice_gets_the_first() -> None:
    space = copy.deepcopy(catalog.read("env", "toy")["space"])
    del space[0]["decisions"]["width"]["given"]
    problem = make_problem(settings_of("toy", {"space": space}))
    assert problem.space.decisions[0].given == 1
