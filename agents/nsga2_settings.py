"""Settings of NSGA-II, told without pymoo."""

from typing import Annotated, Literal

from pydantic import Field

from agents.base import Agent, AgentSettings, BatchSize
from envs.problem import Problem
from envs.settings_types import Count, Share, Weight


class Nsga2Settings(AgentSettings):
    """Group ``agent`` with ``name: nsga2`` (agents.nsga2.Nsga2Options)."""

    name: Literal["nsga2"]
    population: Annotated[Count, Field(le=100_000)]
    crossover: Share
    mutation: Annotated[Weight, Field(le=1000)]
    batch_size: BatchSize

    def make(self, problem: Problem, seed: int) -> Agent:
        """Make the agent."""
        from agents.nsga2 import Nsga2, Nsga2Options  # noqa: PLC0415 (loads pymoo)

        return Nsga2(problem.space, Nsga2Options(**self.options()), seed)
