"""The whole configuration of a run, validated."""

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, PositiveFloat, Tag

from envs.assembly import ProblemSettings
from envs.settings import (
    Count,
    CustomRewardSettings,
    NacimRewardSettings,
    Share,
    Strict,
    Weight,
)


class ReinforceSettings(Strict):
    """Group ``agent`` with ``name: reinforce`` (agents.reinforce.ReinforceOptions)."""

    name: Literal["reinforce"]
    batch_size: Count
    learning_rate: PositiveFloat
    optimizer: Literal["adam", "sgd"]
    discount: Share
    baseline_decay: Share
    entropy_weight: Weight
    elite_size: Annotated[int, Field(ge=0)]
    elite_weight: Weight
    hidden_size: Count


class RandomSettings(Strict):
    """Group ``agent`` with ``name: random``."""

    name: Literal["random"]
    batch_size: Count


class SearchSettings(Strict):
    """Group ``search``: how long, and how many at once."""

    budget: Count
    workers: Annotated[int, Field(ge=1, le=1024)]


def _reward_kind(reward: Any) -> str:  # noqa: ANN401 (raw input)
    if isinstance(reward, dict):
        return "custom" if "_target_" in reward else "nacim"
    return "custom" if isinstance(reward, CustomRewardSettings) else "nacim"


class RunSettings(ProblemSettings):
    """Everything a run's result depends on, and where it goes."""

    reward: Annotated[
        Annotated[NacimRewardSettings, Tag("nacim")]
        | Annotated[CustomRewardSettings, Tag("custom")],
        Discriminator(_reward_kind),
    ]
    agent: Annotated[ReinforceSettings | RandomSettings, Field(discriminator="name")]
    search: SearchSettings
    seed: Annotated[int, Field(ge=0)]
    run_dir: str | None = None
    resume: str | None = None
