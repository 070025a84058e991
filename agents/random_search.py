"""Random search: the least an agent must beat."""

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from agents.base import Actions, AgentSettings, BatchSize
from envs.problem import Problem
from envs.space import SearchSpace


class RandomSettings(AgentSettings):
    """Group ``agent`` with ``name: random``."""

    name: Literal["random"]
    batch_size: BatchSize

    def make(self, problem: Problem, seed: int) -> "RandomSearch":
        """Make the agent."""
        return RandomSearch(problem.space, self.batch_size, seed)


class RandomSearch:
    """Draws every decision uniformly over what is allowed."""

    def __init__(self, space: SearchSpace, batch_size: int, seed: int) -> None:
        self.space = space
        self.batch_size = batch_size
        self._random = np.random.default_rng(seed)

    def ask(self, n: int) -> list[Actions]:
        """Draw ``n`` designs."""
        return [self.space.sample(self._random) for _ in range(n)]

    def tell(self, proposals: Sequence[Actions], rewards: Sequence[float]) -> dict[str, float]:
        """Learn nothing."""
        del proposals, rewards
        return {}

    def state_dict(self) -> dict[str, Any]:
        """Return the state of the generator."""
        return {"random": self._random.bit_generator.state}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take up the state of the generator."""
        self._random.bit_generator.state = state["random"]
