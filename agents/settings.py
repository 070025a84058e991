"""The whole configuration of a run, validated."""

from typing import Annotated, Literal

from pydantic import Field

from envs.assembly import ProblemSettings
from envs.settings import Count, Natural, Positive, Share, Strict, Weight


class ReinforceSettings(Strict):
    """Group ``agent`` with ``name: reinforce`` (agents.reinforce.ReinforceOptions)."""

    name: Literal["reinforce"]
    batch_size: Count
    learning_rate: Positive
    optimizer: Literal["adam", "sgd"]
    discount: Share
    baseline_decay: Share
    entropy_weight: Weight
    elite_size: Natural
    elite_weight: Weight
    hidden_size: Count


class RandomSettings(Strict):
    """Group ``agent`` with ``name: random``."""

    name: Literal["random"]
    batch_size: Count


class SearchSettings(Strict):
    """Group ``search``: how long, and how many at once."""

    budget: Count
    workers: Annotated[Count, Field(le=1024)]


class RunSettings(ProblemSettings):
    """Everything a run's result depends on, and where it goes."""

    agent: Annotated[ReinforceSettings | RandomSettings, Field(discriminator="name")]
    search: SearchSettings
    seed: Natural
    run_dir: str | None = None
    resume: str | None = None
