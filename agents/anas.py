"""Evolution of asynchronous hardware, as far as ANCoEF tells of ANAS (sec. I, II-B, IV-B).

The paper says that ANAS is an evolutionary algorithm that optimizes numerical and non-numerical
parameters directly. Everything else is assumed here: founders, truncation, tournaments, one-point
lotteries of parameters, and the probabilities. ANAS's own text was not at hand.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field

from agents.base import BatchSize
from agents.hardware_genes import HardwareGenes
from agents.moving import MoveSettings, moved_problem
from async_sim.hardware import Hardware
from envs.ancoef_design import choices_of, hardware_of
from envs.ancoef_problem import AncoefProblem
from envs.problem import Problem
from envs.settings_types import Count, Share
from envs.space import Choice

MOST_TRIES = 100  # children that were seen before, until one is proposed again

Design = dict[str, Choice]


@dataclass(frozen=True)
class AnasOptions:
    """How it breeds.

    Attributes:
        population: Best designs, which are kept; the first ones are the environment's first
            design and random ones.
        tournament: Designs of which the best one becomes a parent.
        crossover: Probability that a child has two parents.
        mutation: Probability that a parameter of a child changes; at least one does, unless it
            has two parents.
        batch_size: Children of a generation.
    """

    population: int
    tournament: int
    crossover: float
    mutation: float
    batch_size: int


class AnasSettings(MoveSettings):
    """Group ``agent`` with ``name: anas`` (agents.anas.AnasOptions)."""

    name: Literal["anas"]
    population: Annotated[Count, Field(le=100_000)]
    tournament: Annotated[Count, Field(le=100_000)]
    crossover: Share
    mutation: Share
    batch_size: BatchSize

    def make(self, problem: Problem, seed: int) -> "Anas":
        """Make the agent."""
        options = AnasOptions(**self.options())
        return Anas(moved_problem(problem), options, seed)


class Anas:
    """Keeps the best designs; children take each parameter from one of two parents and mutate."""

    def __init__(self, problem: AncoefProblem, options: AnasOptions, seed: int) -> None:
        self.batch_size = options.batch_size
        self._options = options
        self._start = problem.start
        self._genes = HardwareGenes(problem)
        self._application = problem.neighbourhood.application
        self._random = np.random.default_rng(seed)
        self._population: list[tuple[float, Design]] = []
        self._n_founders = 0
        self._seen: set[str] = set()

    def ask(self, n: int) -> list[Design]:
        """Propose ``n`` founders, or children of the population."""
        return [self._proposed() for _ in range(n)]

    def tell(self, proposals: Sequence[Design], rewards: Sequence[float]) -> dict[str, float]:
        """Keep the best of the population and what is new."""
        new = [(reward, dict(one)) for one, reward in zip(proposals, rewards, strict=True)]
        known = {str(one) for _, one in self._population}
        self._population += [(reward, one) for reward, one in new if str(one) not in known]
        self._population.sort(key=lambda item: -item[0])
        del self._population[self._options.population :]
        self._seen.update(str(one) for one in proposals)
        return {"population_mean": float(np.mean([reward for reward, _ in self._population]))}

    def state_dict(self) -> dict[str, Any]:
        """Return the population, what was seen, and the state of the generator."""
        return {
            "population": [(reward, dict(one)) for reward, one in self._population],
            "n_founders": self._n_founders,
            "seen": sorted(self._seen),
            "random": self._random.bit_generator.state,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take up a state."""
        self._population = [(reward, dict(one)) for reward, one in state["population"]]
        self._n_founders = state["n_founders"]
        self._seen = set(state["seen"])
        self._random.bit_generator.state = state["random"]

    def _proposed(self) -> Design:
        self._n_founders += 1
        if self._n_founders == 1:
            return dict(self._start)
        if self._n_founders <= self._options.population or not self._population:
            return choices_of(self._genes.founder(self._random))
        for _ in range(MOST_TRIES):
            child = choices_of(self._child())
            if str(child) not in self._seen:
                break
        return child

    def _child(self) -> Hardware:
        mother = self._parent()
        has_father = self._random.random() < self._options.crossover
        child = self._genes.crossed(mother, self._parent(), self._random) if has_father else mother
        return self._genes.mutated(
            child, self._options.mutation, self._random, at_least=0 if has_father else 1
        )

    def _parent(self) -> Hardware:
        """The best of a few drawn evenly; the population is in order of its rewards."""
        n = len(self._population)
        drawn = self._random.integers(n, size=min(self._options.tournament, n))
        return hardware_of(self._population[int(drawn.min())][1], self._application)
