"""Settings of the tree-structured Parzen estimator, told without Optuna."""

from typing import Annotated, Literal

from pydantic import Field

from agents.base import Agent, AgentSettings, BatchSize
from envs.problem import Problem
from envs.settings_types import Count


class TpeSettings(AgentSettings):
    """Group ``agent`` with ``name: tpe`` (agents.tpe.TpeOptions)."""

    name: Literal["tpe"]
    goal: Literal["reward", "front"]
    n_random: Annotated[Count, Field(le=100_000)]
    n_candidates: Annotated[Count, Field(le=100_000)]
    batch_size: BatchSize

    def make(self, problem: Problem, seed: int) -> Agent:
        """Make the agent."""
        from agents.tpe import Tpe, TpeOptions  # noqa: PLC0415 (loads optuna)

        return Tpe(problem.space, TpeOptions(**self.options()), seed)
