"""A random walk: moves drawn evenly, begun again now and then; the least a learner must beat."""

from collections.abc import Sequence
from typing import Literal

from agents.base import BatchSize, Steps
from agents.moving import MoveSettings, moved_problem
from agents.places import Place
from agents.walking import Leap, MoveSearch, Walker
from envs.ancoef_problem import AncoefProblem
from envs.problem import Problem


class RandomWalkSettings(MoveSettings):
    """Group ``agent`` with ``name: random_walk``."""

    name: Literal["random_walk"]
    n_moves: Steps
    batch_size: BatchSize

    def make(self, problem: Problem, seed: int) -> "RandomWalk":
        """Make the agent."""
        return RandomWalk(moved_problem(problem), seed=seed, **self.options())


class RandomWalk(MoveSearch):
    """Makes every move that it draws, and begins again from the first design.

    Args:
        n_moves: Of an episode.
    """

    def __init__(self, problem: AncoefProblem, n_moves: int, batch_size: int, seed: int) -> None:
        super().__init__(problem, batch_size, seed)
        self._n_moves = n_moves

    def _choose(self, place: Place, allowed: Sequence[int]) -> int:
        del place
        return int(self._random.choice(allowed))

    def _arrived(self, walker: Walker, before: Place, leap: Leap, after: Place) -> None:
        del leap
        walker.at = after
        if walker.n_moves >= self._n_moves or not before.admits(after):
            walker.at, walker.n_moves = self._first(), 0

    def _met_again(self, walker: Walker, before: Place, move: int, after: Place) -> None:
        walker.n_moves += 1
        self._arrived(walker, before, ((move, 1.0),), after)
