"""Simulated annealing over the moves."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Self

from pydantic import Field

from agents.base import BatchSize, Steps
from agents.moving import Imagined, MoveSettings, moved_problem
from agents.places import Place
from agents.walking import Leap, MoveSearch, Walker
from envs.ancoef_problem import AncoefProblem
from envs.problem import Problem
from envs.settings_types import Positive


@dataclass(frozen=True)
class AnnealingOptions:
    """How it cools.

    Attributes:
        n_steps: Designs until the last temperature; it stays at that one afterwards.
        first_temperature: In mean changes of the reward, ...
        last_temperature: ... to which it falls by the same factor at each step.
        n_imagined: Moves that are tried on forecasts before each simulation.
    """

    n_steps: int
    first_temperature: float
    last_temperature: float
    n_imagined: int
    batch_size: int


class AnnealingSettings(MoveSettings):
    """Group ``agent`` with ``name: annealing`` (agents.annealing.AnnealingOptions)."""

    name: Literal["annealing"]
    n_steps: Steps | None
    first_temperature: Annotated[Positive, Field(le=1e6)]
    last_temperature: Annotated[Positive, Field(le=1e6)]
    n_imagined: Imagined
    batch_size: BatchSize

    def within(self, budget: int) -> Self:
        """With the cooling spelt out, so that a resume keeps it."""
        return self if self.n_steps else self.model_copy(update={"n_steps": budget})

    def make(self, problem: Problem, seed: int) -> "Annealing":
        """Make the agent."""
        options = AnnealingOptions(**self.options())
        return Annealing(moved_problem(problem), options, seed)


class Annealing(MoveSearch):
    """Makes moves drawn evenly; undoes a worse one with probability 1 - exp(-loss / temperature).

    The temperature is told in the mean size of the changes seen so far, so that any reward will do.
    """

    def __init__(self, problem: AncoefProblem, options: AnnealingOptions, seed: int) -> None:
        super().__init__(problem, options.batch_size, seed, options.n_imagined)
        self._options = options
        self._n_seen = 0
        self._sum = 0.0

    @property
    def temperature(self) -> float:
        """In units of the reward."""
        done = min(self._n_seen / self._options.n_steps, 1.0)
        first, last = self._options.first_temperature, self._options.last_temperature
        return first * math.pow(last / first, done) * self._sum / max(self._n_seen, 1)

    def _choose(self, place: Place, allowed: Sequence[int]) -> int:
        del place
        return int(self._random.choice(allowed))

    def _arrived(self, walker: Walker, before: Place, leap: Leap, after: Place) -> None:
        self._n_seen += 1
        self._sum += abs(before.gain(after))
        self._met_again(walker, before, leap[-1][0], after)

    def _met_again(self, walker: Walker, before: Place, move: int, after: Place) -> None:
        del move
        gain = before.gain(after)
        is_kept = gain >= 0 or self._random.random() < _chance(gain, self.temperature)
        walker.at = after if is_kept and before.admits(after) else before

    def _curves(self) -> dict[str, float]:
        return {"temperature": self.temperature}

    def state_dict(self) -> dict[str, Any]:
        """Return the walk, and what the temperature depends on."""
        own = {"n_seen": self._n_seen, "sum": self._sum}
        return super().state_dict() | own

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take up a state."""
        super().load_state_dict(state)
        self._n_seen, self._sum = state["n_seen"], state["sum"]


def _chance(gain: float, temperature: float) -> float:
    return math.exp(gain / temperature) if temperature > 0 else 0.0
