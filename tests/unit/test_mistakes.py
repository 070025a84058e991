"""Every refused setting is one line in our words, not pydantic's."""

import re
from typing import Any

import pytest

from envs.assembly import settings_of
from envs.mistakes import SettingsError

MISTAKES: list[tuple[dict[str, Any], str]] = [
    ({"dataset": {"name": "digits", "n": 3}}, "dataset.n: no such key; there are: name"),
    ({"evaluator": "constnt"}, "env.evaluator: no choice 'constnt'; did you mean 'constant'?"),
    ({"switches": 3}, "env.switches: needs keys with values, got 3"),
    ({"switches": {"SA": 3}}, "env.switches.SA: needs true or false, got 3"),
    ({"n_chips": True}, "env.n_chips: needs a number, got true"),
    ({"given": {"fc1": {"neurons": True}}}, "env.given.fc1.neurons: needs a number or a name"),
    ({"name": "nacmi"}, "env.name: no env called 'nacmi'; did you mean 'nacim'?"),
    ({"reward": 3}, "reward: needs keys with values, got 3"),
    ({"reward": {"beta": 7}}, "reward.beta: input should be less than or equal to 1, got 7"),
    ({"reward": {"_target_": "x"}}, "reward._target_: string should match pattern"),
]


@pytest.mark.parametrize(("changes", "message"), MISTAKES)
def test_a_refused_setting_is_one_line(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingsError, match=f"^{re.escape(message)}") as caught:
        settings_of("nacim", changes)
    assert "\n" not in str(caught.value)
