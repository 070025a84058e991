"""AutoSNN's evolutionary search (Na et al., 2022): mutation, crossover, and the ten best kept."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from agents.base import Actions, AgentSettings, BatchSize, Steps
from envs.problem import Problem
from envs.settings_types import Count, Natural, Share
from envs.space import SearchSpace

MOST_TRIES = 1000  # until the space counts as searched


@dataclass(frozen=True)
class AutosnnOptions:
    """How it breeds; the defaults of ``configs/agent/autosnn.yaml`` are the paper's.

    Attributes:
        n_rounds: Of `n_mutations` + `n_crossovers` designs; those of the first are random.
        n_parents: Best designs so far, from which the next round comes.
        mutation: Probability that a decision changes.
        batch_size: Designs that are evaluated together; None for a round. What is evaluated is
            known to the next batch already, so fewer than a round search a little otherwise.
    """

    n_rounds: int
    n_mutations: int
    n_crossovers: int
    n_parents: int
    mutation: float
    batch_size: int | None = None


class AutosnnSettings(AgentSettings):
    """Group ``agent`` with ``name: autosnn`` (agents.autosnn.AutosnnOptions)."""

    name: Literal["autosnn"]
    n_rounds: Steps
    n_mutations: Annotated[Natural, Field(le=100_000)]
    n_crossovers: Annotated[Natural, Field(le=100_000)]
    n_parents: Annotated[Count, Field(le=100_000)]
    mutation: Share
    batch_size: BatchSize | None

    @model_validator(mode="after")
    def _has_children(self) -> Self:
        if not self.n_mutations + self.n_crossovers:
            raise ValueError("n_mutations and n_crossovers are both 0: no design is left")
        return self

    def make(self, problem: Problem, seed: int) -> "AutosnnSearch":
        """Make the agent."""
        return AutosnnSearch(problem.space, AutosnnOptions(**self.options()), seed)


class AutosnnSearch:
    """Breeds designs that it has not proposed before; random ones where it finds no such child."""

    def __init__(self, space: SearchSpace, options: AutosnnOptions, seed: int) -> None:
        self._space = space
        self._options = options
        self._pool = options.n_mutations + options.n_crossovers
        self.batch_size = options.batch_size or self._pool
        self.n_designs: int | None = options.n_rounds * self._pool
        self._n_asked = 0
        self._proposed: set[Actions] = set()
        self._parents: list[tuple[float, Actions]] = []
        self._random = np.random.default_rng(seed)

    def ask(self, n: int) -> list[Actions]:
        """Propose ``n`` designs; fewer at the end of the rounds, or when the space is searched."""
        assert self.n_designs is not None  # noqa: S101 (set above)
        found: list[Actions] = []
        for _ in range(min(n, self.n_designs - self._n_asked)):
            design = self._new()
            if design is None:
                break
            self._proposed.add(design)
            self._n_asked += 1
            found.append(design)
        return found

    def tell(self, proposals: Sequence[Actions], rewards: Sequence[float]) -> dict[str, float]:
        """Keep the best."""
        self._parents += [
            (reward, tuple(one)) for one, reward in zip(proposals, rewards, strict=True)
        ]
        self._parents.sort(key=lambda item: -item[0])
        del self._parents[self._options.n_parents :]
        return {"parents_mean": float(np.mean([reward for reward, _ in self._parents]))}

    def state_dict(self) -> dict[str, Any]:
        """Return the parents, all proposals, and the state of the generator."""
        return {
            "n_asked": self._n_asked,
            "proposed": sorted(self._proposed),
            "parents": list(self._parents),
            "random": self._random.bit_generator.state,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take up a state."""
        self._n_asked = state["n_asked"]
        self._proposed = {tuple(one) for one in state["proposed"]}
        self._parents = [(reward, tuple(one)) for reward, one in state["parents"]]
        self._random.bit_generator.state = state["random"]

    def _new(self) -> Actions | None:
        """A child that is new, else a random design that is; None if hardly any is left."""
        breed = self._breeding()
        for attempt in range(2 * MOST_TRIES):
            is_bred = breed is not None and attempt < MOST_TRIES
            design = breed() if breed and is_bred else self._space.sample(self._random)
            if design not in self._proposed and self._space.contains(design):
                return design
        return None

    def _breeding(self) -> Callable[[], Actions] | None:
        place = self._n_asked % self._pool
        if self._n_asked < self._pool or not self._parents:
            return None
        return self._mutated if place < self._options.n_mutations else self._crossed

    def _mutated(self) -> Actions:
        """A parent with some decisions drawn anew, of the other choices."""
        actions = list(self._parent())
        is_drawn = self._random.random(len(actions)) < self._options.mutation
        for step in np.flatnonzero(is_drawn):
            n = int(self._space.n_choices[step])
            if n > 1:
                actions[step] = (actions[step] + int(self._random.integers(1, n))) % n
        return tuple(actions)

    def _crossed(self) -> Actions:
        """The first decisions of a parent and the last ones of another."""
        one, other = self._parent(), self._parent()
        point = int(self._random.integers(1, max(2, len(one))))
        return (*one[:point], *other[point:])

    def _parent(self) -> Actions:
        return self._parents[int(self._random.integers(len(self._parents)))][1]
