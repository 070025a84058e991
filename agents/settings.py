"""The whole configuration of a run, validated."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, PlainSerializer, SerializeAsAny

from agents.base import AgentSettings
from agents.ray_settings import RaySettings
from envs.chosen_settings import chosen
from envs.problem_settings import ProblemSettings
from envs.settings_types import Count, Natural, Positive, Share, Strict
from envs.store_url import checked_address, without_password

OPEN_END = 32  # designs of a search that could go on for ever, unless search.budget says otherwise
Address = Annotated[str, AfterValidator(checked_address), PlainSerializer(without_password)]


class SearchSettings(Strict):
    """Group ``search``: how long, and how many at once."""

    budget: Annotated[Count, Field(le=10_000_000)] | None
    workers: Annotated[Count, Field(le=1024)]


class FlowSettings(Strict):
    """Group ``flow``: the stages of NACIM (agents.flow); without a name there is one search."""

    name: Literal["nacim", "quantnas"] | None = None
    fine_tuned: Annotated[Count, Field(le=10_000)] = 4
    fine_tuned_by: Literal["accuracy", "front"] = "accuracy"
    fine_tuning_epochs: Annotated[Count, Field(le=10_000)] = 24
    fine_tuning_rate: Annotated[Positive, Field(le=100)] = 0.2
    rnas_budget: Annotated[Count, Field(le=10_000_000)] = 40
    fresh_chips: Annotated[Count, Field(le=10_000)] = 50
    margin: Share = 0.0333


class RunSettings(ProblemSettings):
    """Everything a run's result depends on, and where it goes."""

    agent: Annotated[SerializeAsAny[AgentSettings], chosen("agent", AgentSettings)]
    search: SearchSettings
    ray: RaySettings = RaySettings()
    flow: FlowSettings = FlowSettings()
    seed: Annotated[Natural, Field(lt=2**63)]
    store: Annotated[Address | None, Field(repr=False)] = None  # may hold a password
    logger: Literal["tensorboard", "mlflow"] = "tensorboard"
    run_dir: str | None = None
    resume: str | None = None

    @property
    def resolved(self) -> Self:
        """With what goes by the number of designs spelt out, so that a resume keeps it."""
        agent = self.agent.within(self.search.budget or OPEN_END)
        return self if agent is self.agent else self.model_copy(update={"agent": agent})
