"""Settings of the search for the mapping of each design (``env.inner`` with ``name: joint``)."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field, field_validator

from configs import catalog
from configs.mistakes import validated
from envs.ancoef_settings import AncoefSettings
from envs.coexplore_settings import catalogued
from envs.settings_types import CheckedChoice, Natural, Strict

OPEN = ("moves", "limits", "bins")  # the rest of ``configs/env/ancoef.yaml`` is each design's own


class InnerMappingSettings(Strict):
    """By default there is no such search.

    Attributes:
        options: Keys of the agent, with other values than in its file.
        hardware: Moves, their limits, and bins, where they are not those of
            ``configs/env/ancoef.yaml``.
        budget: Simulations for each design.
    """

    agent: Annotated[str, catalogued("agent")] = "qlearning"
    options: dict[str, CheckedChoice | None] = Field(default_factory=dict)
    hardware: dict[str, Any] = Field(default_factory=dict)
    budget: Annotated[Natural, Field(le=1_000_000)] = 0

    @field_validator("hardware")
    @classmethod
    def _is_of_moves(cls, changes: dict[str, Any]) -> dict[str, Any]:
        for name in changes:
            if name not in OPEN:
                raise ValueError(f"{name}: no such key; {catalog.suggestion(name, OPEN)}")
        _ancoef(changes)
        return changes

    @property
    def ancoef(self) -> AncoefSettings:
        """Moves, limits and bins, among settings that are each design's own."""
        return _ancoef(self.hardware)

    def told(self) -> dict[str, Any]:
        """What a walk depends on, besides its agent and budget."""
        return self.ancoef.model_dump(mode="json", include=set(OPEN))


def _ancoef(changes: Mapping[str, Any]) -> AncoefSettings:
    content = catalog.read("env", "ancoef")
    for name, value in changes.items():
        both = isinstance(value, Mapping) and isinstance(content[name], Mapping)
        content[name] = {**content[name], **value} if both else value
    return validated(AncoefSettings, content)
