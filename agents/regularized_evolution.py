"""Regularized evolution (Real et al., AAAI 2019): the oldest dies, not the worst."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from agents.base import Actions
from agents.breeding import mutated
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


class RegularizedEvolution:
    """Children differ from a good parent in one decision."""

    def __init__(self, space: SearchSpace, options: RegularizedEvolutionOptions, seed: int) -> None:
        self.batch_size = options.batch_size
        self._space = space
        self._options = options
        self._random = np.random.default_rng(seed)
        self._living: list[tuple[float, Actions]] = []  # the oldest first
        self._n_asked = 0

    def ask(self, n: int) -> list[Actions]:
        """Propose ``n`` random designs, or children once there is a population."""
        return [self._proposed() for _ in range(n)]

    def tell(self, proposals: Sequence[Actions], rewards: Sequence[float]) -> dict[str, float]:
        """Let the young live; the oldest die."""
        self._living += [
            (reward, tuple(one)) for one, reward in zip(proposals, rewards, strict=True)
        ]
        del self._living[: -self._options.population]
        return {"population_mean": float(np.mean([reward for reward, _ in self._living]))}

    def hear_of(self, designs: Sequence[Actions], heard: Sequence[float]) -> None:
        """Take in founders that others have chosen."""
        self._n_asked += len(designs)
        self.tell(designs, heard)

    def state_dict(self) -> dict[str, Any]:
        """Return who lives, and the state of the generator."""
        return {
            "living": list(self._living),
            "n_asked": self._n_asked,
            "random": self._random.bit_generator.state,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take up a state."""
        self._living = [(reward, tuple(one)) for reward, one in state["living"]]
        self._n_asked = state["n_asked"]
        self._random.bit_generator.state = state["random"]

    def _proposed(self) -> Actions:
        self._n_asked += 1
        if self._n_asked <= self._options.population or not self._living:
            return self._space.sample(self._random)
        n = min(self._options.tournament, len(self._living))
        drawn = self._random.choice(len(self._living), size=n, replace=False)
        parent = max((self._living[i] for i in drawn), key=lambda one: one[0])[1]
        return mutated(self._space, parent, 0.0, self._random)
