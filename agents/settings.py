"""The whole configuration of a run, validated."""

from typing import Annotated, Literal

from pydantic import Field

from envs.assembly import ProblemSettings
from envs.settings_types import Count, Natural, Positive, Share, Strict, Weight

BatchSize = Annotated[Count, Field(le=4096)]  # a budget below it makes one smaller batch


class ReinforceSettings(Strict):
    """Group ``agent`` with ``name: reinforce`` (agents.reinforce.ReinforceOptions)."""

    name: Literal["reinforce"]
    batch_size: BatchSize
    learning_rate: Annotated[Positive, Field(le=10)]
    optimizer: Literal["adam", "sgd"]
    discount: Share
    baseline_decay: Share
    entropy_weight: Annotated[Weight, Field(le=1000)]
    elite_size: Annotated[Natural, Field(le=10_000)]
    elite_weight: Annotated[Weight, Field(le=1000)]
    hidden_size: Annotated[Count, Field(le=4096)]
    start_probability: Annotated[Share, Field(lt=1)] = 0.9


class RandomSettings(Strict):
    """Group ``agent`` with ``name: random``."""

    name: Literal["random"]
    batch_size: BatchSize


class CellwiseSettings(Strict):
    """Group ``agent`` with ``name: neuronas`` or ``spikenas`` (agents.cellwise)."""

    name: Literal["neuronas", "spikenas"]
    first_budgets: Literal["memory", "all"]
    batch_size: BatchSize


class SnasnetSettings(Strict):
    """Group ``agent`` with ``name: snasnet``."""

    name: Literal["snasnet"]
    n_draws: Annotated[Count, Field(le=10_000_000)]
    batch_size: BatchSize


AgentSettings = ReinforceSettings | RandomSettings | CellwiseSettings | SnasnetSettings


class SearchSettings(Strict):
    """Group ``search``: how long, and how many at once."""

    budget: Annotated[Count, Field(le=10_000_000)] | None
    workers: Annotated[Count, Field(le=1024)]


class FlowSettings(Strict):
    """Group ``flow``: the stages of NACIM (agents.flow); without a name there is one search."""

    name: Literal["nacim", "quantnas"] | None = None
    fine_tuned: Annotated[Count, Field(le=10_000)] = 4
    fine_tuning_epochs: Annotated[Count, Field(le=10_000)] = 24
    fine_tuning_rate: Annotated[Positive, Field(le=100)] = 0.2
    rnas_budget: Annotated[Count, Field(le=10_000_000)] = 40
    fresh_chips: Annotated[Count, Field(le=10_000)] = 50
    margin: Share = 0.0333


class RunSettings(ProblemSettings):
    """Everything a run's result depends on, and where it goes."""

    agent: Annotated[AgentSettings, Field(discriminator="name")]
    search: SearchSettings
    flow: FlowSettings = FlowSettings()
    seed: Annotated[Natural, Field(lt=2**63)]
    run_dir: str | None = None
    resume: str | None = None
