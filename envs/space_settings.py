"""Settings of a search space: what `env.space` may hold."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from envs.settings_types import CheckedChoice, Real, Strict

Group = Literal["architecture", "quantization", "device", "circuit", "mapping"]


def _each_once(choices: Any) -> Any:  # noqa: ANN401 (raw input)
    if not isinstance(choices, list | tuple) or not choices:
        raise ValueError(f"needs a list of choices, got {choices!r}")
    if any(choices.count(choice) > 1 for choice in choices):
        raise ValueError(f"needs each choice once, got {choices!r}")
    return choices


class RuleSettings(Strict):
    """The choice plus that of the decision ``plus`` of the same layer is at least ``total``."""

    plus: str
    total: Real


class DecisionSettings(Strict):
    """One thing to choose; without ``given`` a frozen group takes the first choice."""

    group: Group
    choices: Annotated[list[CheckedChoice], BeforeValidator(_each_once)]
    given: CheckedChoice | None = None
    at_least: RuleSettings | None = None


class SpaceBlock(Strict):
    """Decisions repeated for each of some names."""

    for_each: Annotated[list[str], Field(min_length=1)]
    decisions: Annotated[dict[str, DecisionSettings], Field(min_length=1)]


Space = Annotated[list[SpaceBlock], Field(min_length=1)]
