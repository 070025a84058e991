"""Settings of REINFORCE for a whole front, told without torch."""

from typing import Annotated, Literal

from pydantic import Field

from agents.base import Agent, AgentSettings, BatchSize
from envs.problem import Problem
from envs.settings_types import Count, Natural, Positive, Weight


class ReinforceMoSettings(AgentSettings):
    """Group ``agent`` with ``name: reinforce_mo`` (agents.reinforce_mo.ReinforceMoOptions)."""

    name: Literal["reinforce_mo"]
    batch_size: BatchSize
    learning_rate: Annotated[Positive, Field(le=10)]
    merge: Literal["weighted", "chebyshev"]
    entropy_weight: Annotated[Weight, Field(le=1000)]
    n_remembered: Annotated[Count, Field(le=1_000_000)]
    n_imitated: Annotated[Natural, Field(le=10_000)]
    imitation_weight: Annotated[Weight, Field(le=1000)]
    hidden_size: Annotated[Count, Field(le=4096)]
    n_redraws: Annotated[Natural, Field(le=1000, exclude_if=lambda n: not n)] = 0

    def make(self, problem: Problem, seed: int) -> Agent:
        """Make the agent."""
        from agents.reinforce_mo import ReinforceMo, ReinforceMoOptions  # noqa: PLC0415 (loads torch)

        options = ReinforceMoOptions(**self.options())
        return ReinforceMo(problem.space, options, len(problem.objectives), seed)
