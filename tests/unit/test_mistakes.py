"""Every refused setting is one line in our words, not pydantic's."""

import re
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, BeforeValidator

from configs.mistakes import SettingsError, validated
from envs.default_settings import settings_of

MISTAKES: list[tuple[dict[str, Any], str]] = [
    ({"dataset": {"name": "digits", "n": 3}}, "dataset.n: no such key; there are: name"),
    ({"evaluator": "constnt"}, "env.evaluator: no choice 'constnt'; did you mean 'constant'?"),
    ({"switches": 3}, "env.switches: needs keys with values, got 3"),
    ({"switches": {"SA": 3}}, "env.switches.SA: needs true or false, got 3"),
    ({"n_chips": True}, "env.n_chips: needs a number, got true"),
    ({"n_chips": "abc"}, "env.n_chips: needs a whole number, got 'abc'"),
    ({"n_chips": 10**9}, "env.n_chips: needs at most 10000, got 1000000000"),
    ({"accuracy": {"epochs": 0}}, "env.accuracy.epochs: needs at least 1, got 0"),
    ({"accuracy": {"learning_rate": 0}}, "env.accuracy.learning_rate: needs more than 0, got 0"),
    ({"classifier": {"weights": [1]}}, "env.classifier.weights.1: is missing"),
    ({"classifier": {"weights": [0, 0]}}, "env.classifier.weights: needs 1 to 16 bits in all"),
    ({"nonsense": 1}, "env.nonsense: no such key; there are: name, switches"),
    ({"rewards": {}}, "env.rewards: no such key; did you mean 'reward'?"),
    ({"constraints": {"area": 1}}, "constraints.area: no such key; did you mean 'area_m2'?"),
    ({"given": {"fc1": {"neurons": True}}}, "env.given.fc1.neurons: needs a number or a name"),
    ({"name": "nacmi"}, "env.name: no env called 'nacmi'; did you mean 'nacim'?"),
    (
        {"accuracy": {"torch_device": "gpu"}},
        "env.accuracy.torch_device: no choice 'gpu'; did you mean 'cuda'?",
    ),
    (
        {"accuracy": {"torch_device": "GPU"}},
        "env.accuracy.torch_device: no choice 'GPU'; did you mean 'cuda'?",
    ),
    ({"reward": 3}, "reward: needs keys with values, got 3"),
    ({"reward": {"beta": 7}}, "reward.beta: needs at most 1, got 7"),
    (
        {"reward": {"_target_": "x"}},
        "reward._target_: needs a path such as my.module.MyClass, got 'x'",
    ),
]


@pytest.mark.parametrize(("changes", "message"), MISTAKES)
def test_a_refused_setting_is_one_line(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingsError, match=f"^{re.escape(message)}") as caught:
        settings_of("nacim", changes)
    assert "\n" not in str(caught.value)


def test_a_value_that_stands_for_a_list_of_one_has_no_place_in_it() -> None:
    class Shape(BaseModel):
        sides: Annotated[list[int], BeforeValidator(lambda x: x if isinstance(x, list) else [x])]

    for wrong in ("abc", None):
        with pytest.raises(SettingsError, match=r"^sides: needs a whole number, got ('abc'|null)$"):
            validated(Shape, {"sides": wrong})
    with pytest.raises(SettingsError, match=r"^sides\.1: needs a whole number, got 'abc'$"):
        validated(Shape, {"sides": [1, "abc"]})


def test_a_slip_is_told_before_the_key_that_is_missing_by_it() -> None:
    class Below(BaseModel, extra="forbid"):
        low: float
        high: float

    class Above(BaseModel, extra="forbid"):
        size: int
        below: Below

    for content, told in (
        (
            {"size": 1, "below": {"low": 1, "hgh": 2}},
            "below.hgh: no such key; did you mean 'high'?",
        ),
        ({"sze": 1, "below": {"low": 1}}, "sze: no such key; did you mean 'size'?"),
        ({"size": 1, "below": {"low": 1}, "x": 1}, "below.high: is missing"),  # elsewhere: no slip
        ({"size": "a", "below": {"low": 1, "hgh": 2}}, "size: needs a whole number, got 'a'"),
    ):
        with pytest.raises(SettingsError, match=f"^{re.escape(told)}$"):
            validated(Above, content)
