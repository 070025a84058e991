"""What evolutions have in common: founders, who lives, and children of the living."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, Generic, TypeVar

import numpy as np

from agents.base import Actions
from envs.space import SearchSpace

Worth = TypeVar("Worth", float, tuple[float, ...])  # what is heard of a design


class Evolution(ABC, Generic[Worth]):
    """Proposes random designs until there is a population, and its children from then on.

    Args:
        population: Designs that live.
    """

    def __init__(self, space: SearchSpace, population: int, batch_size: int, seed: int) -> None:
        self.batch_size = batch_size
        self._space = space
        self._population = population
        self._random = np.random.default_rng(seed)
        self._living: list[tuple[Worth, Actions]] = []
        self._n_asked = 0

    @abstractmethod
    def tell(self, proposals: Sequence[Actions], rewards: Sequence[Worth]) -> dict[str, float]:
        """Decide who lives on."""

    @abstractmethod
    def _child(self) -> Actions:
        """Return a child of the living."""

    def ask(self, n: int) -> list[Actions]:
        """Propose ``n`` founders or children."""
        return [self._proposed() for _ in range(n)]

    def hear_of(self, designs: Sequence[Actions], heard: Sequence[Worth]) -> None:
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
        self._living = [(worth, tuple(one)) for worth, one in state["living"]]
        self._n_asked = state["n_asked"]
        self._random.bit_generator.state = state["random"]

    def _proposed(self) -> Actions:
        self._n_asked += 1
        if self._n_asked <= self._population or not self._living:
            return self._space.sample(self._random)
        return self._child()
