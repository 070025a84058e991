"""Settings of REINFORCE, told without torch."""

from typing import Annotated, Literal

from pydantic import Field

from agents.base import Actions, Agent, AgentError, AgentSettings, BatchSize
from envs.problem import Problem
from envs.settings_types import Count, Natural, Positive, Share, Weight


class ReinforceSettings(AgentSettings):
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
    n_redraws: Annotated[Natural, Field(le=1000, exclude_if=lambda n: not n)] = 0

    def make(self, problem: Problem, seed: int) -> Agent:
        """Make the agent."""
        from agents.reinforce import Reinforce, ReinforceOptions  # noqa: PLC0415 (loads torch)

        options = ReinforceOptions(**self.options())
        return Reinforce(problem.space, options, seed, _start(problem))


def _start(problem: Problem) -> Actions | None:
    """The design whose weights are begun with, as the agent would propose it."""
    if problem.first is None:
        return None
    try:
        return problem.space.encode(problem.first)
    except (LookupError, ValueError) as error:
        raise AgentError(f"env.start.run: its design is none of this space: {error}") from error
