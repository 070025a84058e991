"""Regularized evolution (Real et al., AAAI 2019): the oldest dies, not the worst."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from agents.base import Actions, AgentSettings, BatchSize
from agents.breeding import mutated
from agents.population import Evolution
from envs.problem import Problem
from envs.settings_types import Count
from envs.space import SearchSpace


@dataclass(frozen=True)
class RegularizedEvolutionOptions:
    """How it breeds.

    Attributes:
        population: Designs that live; as many random ones come first.
        tournament: Designs drawn, of which the best one has a child.
        batch_size: Children between two deaths.
    """

    population: int
    tournament: int
    batch_size: int


class RegularizedEvolutionSettings(AgentSettings):
    """Group ``agent``: regularized evolution."""

    name: Literal["regularized_evolution"]
    population: Annotated[Count, Field(le=100_000)]
    tournament: Annotated[Count, Field(le=100_000)]
    batch_size: BatchSize

    def make(self, problem: Problem, seed: int) -> "RegularizedEvolution":
        """Make the agent."""
        options = RegularizedEvolutionOptions(**self.options())
        return RegularizedEvolution(problem.space, options, seed)


class RegularizedEvolution(Evolution[float]):
    """Children differ from a good parent in one decision; the oldest of the living comes first."""

    def __init__(self, space: SearchSpace, options: RegularizedEvolutionOptions, seed: int) -> None:
        super().__init__(space, options.population, options.batch_size, seed)
        self._tournament = options.tournament

    def tell(self, proposals: Sequence[Actions], rewards: Sequence[float]) -> dict[str, float]:
        """Let the young live; the oldest die."""
        new = [(reward, tuple(one)) for one, reward in zip(proposals, rewards, strict=True)]
        self._living = (self._living + new)[-self._population :]
        return {"population_mean": float(np.mean([reward for reward, _ in self._living]))}

    def _child(self) -> Actions:
        n = min(self._tournament, len(self._living))
        drawn = self._random.choice(len(self._living), size=n, replace=False)
        parent = max((self._living[i] for i in drawn), key=lambda one: one[0])[1]
        return mutated(self._space, parent, 0.0, self._random)
