"""The groups of settings that describe a problem."""

from typing import Self

from pydantic import Field, model_validator

from configs import catalog
from envs.dataset_settings import DatasetSettings
from envs.hardware_settings import HardwareSettings
from envs.reward_settings import RewardSettings
from envs.settings import ConstraintSettings, EnvSettings
from envs.settings_types import Positive, Strict


class ProblemSettings(Strict):
    """The four groups that describe a problem, its hard bounds, and further objectives.

    Attributes:
        replay: A file of designs that were evaluated before, instead of the evaluator.
    """

    env: EnvSettings
    reward: RewardSettings
    hardware: HardwareSettings
    dataset: DatasetSettings
    constraints: ConstraintSettings = ConstraintSettings()
    objectives: dict[str, Positive] = Field(default_factory=dict)
    replay: str | None = None

    @model_validator(mode="after")
    def _bounds_are_known(self) -> Self:
        """Only evaluators of a user's own have metrics that no field names."""
        if getattr(self.env, "evaluators", None):
            return self
        for name in self.constraints.model_extra or {}:
            hint = catalog.suggestion(name, ConstraintSettings.model_fields)
            raise ValueError(f"constraints.{name}: no such key; {hint}")
        return self
