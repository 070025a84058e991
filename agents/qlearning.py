"""Q-learning over the moves of asynchronous hardware (ANCoEF, sec. II-B)."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from agents.move_values import Reals, Values
from agents.places import Place
from agents.walking import Leap, MoveSearch, Walker
from envs.ancoef_problem import AncoefProblem


@dataclass(frozen=True)
class QLearningOptions:
    """How it explores and learns.

    Attributes:
        discount: What the best move after a move counts.
        first_epsilon: Probability of a move drawn evenly, at the first design, ...
        last_epsilon: ... and from design ``epsilon_steps`` on; it falls evenly between.
        optimism: What a move is worth that was never made, in the largest gain so far.
        undo: Whether a move to a worse design is undone: `worse` always, `by-chance` with a
            probability of 1 - exp(-loss / temperature), `never`.
        temperature: In mean changes of the reward, so that any reward will do.
        patience: Moves without a new best design until an episode ends; the next one begins with
            the best design.
        n_imagined: Moves that are tried on forecasts before each simulation.
        batch_size: Walkers that share what they learn.
    """

    discount: float
    first_epsilon: float
    last_epsilon: float
    epsilon_steps: int
    optimism: float
    undo: Literal["worse", "by-chance", "never"]
    temperature: float
    patience: int
    n_imagined: int
    batch_size: int


class QLearning(MoveSearch):
    """Goes from design to design by the moves that are worth most where it is.

    The reward of a move is what it adds to the reward of the design (the telescoping form); that
    of a move that is undone is nothing. Q follows reward + discount * largest Q of the next state.
    Moves that are known to be undone are masked, and designs met again cost no simulation.
    """

    def __init__(
        self, problem: AncoefProblem, values: Values, options: QLearningOptions, seed: int
    ) -> None:
        super().__init__(problem, options.batch_size, seed, options.n_imagined)
        self.values = values
        self._options = options
        self._n_seen = 0
        self._changes = 0.0
        self._largest = 0.0

    @property
    def epsilon(self) -> float:
        """Probability of a move drawn evenly."""
        done = min(self._n_seen / self._options.epsilon_steps, 1.0)
        first, last = self._options.first_epsilon, self._options.last_epsilon
        return first + (last - first) * done

    def _choose(self, place: Place, allowed: Sequence[int]) -> int:
        if place.features is None or self._random.random() < self.epsilon:
            return int(self._random.choice(allowed))
        values = self._values_at(place)[allowed]
        best = np.flatnonzero(values >= values.max())
        return int(allowed[int(self._random.choice(best))])

    def _values_at(self, place: Place) -> Reals:
        assert place.features is not None  # noqa: S101 (walkers leave designs that cannot be)
        values = self.values.of(place.features)
        return np.where(np.isfinite(values), values, self._options.optimism * self._largest)

    def _arrived(self, walker: Walker, before: Place, leap: Leap, after: Place) -> None:
        gain = before.gain(after)
        self._n_seen += 1
        self._changes += abs(gain)
        is_kept = before.admits(after) and self._is_kept(gain)
        walker.at = after if is_kept else before
        earned = gain if is_kept else 0.0
        self._largest = max(self._largest, earned)
        for move, share in leap:
            self._learn(before, move, share * earned, walker.at)
        if self._best is not None and after.key == self._best.key:
            walker.n_moves = 0
        if walker.n_moves >= self._options.patience:
            self._begin_again(walker)

    def _begin_again(self, walker: Walker) -> None:
        """Begin an episode: with the best design, or, in leaps, as often with the first one."""
        is_anew = self._n_imagined and self._random.random() < 1 / 2
        walker.at = self._first() if is_anew else self._best
        walker.n_moves, walker.reach = 0, self._n_imagined

    def _imagined(self, before: Place, move: int, after: Place) -> None:
        is_made = before.promises(after)
        earned = before.gain(after) if is_made else 0.0
        self._largest = max(self._largest, earned)
        self._learn(before, move, earned, after if is_made else before)

    def _met_again(self, walker: Walker, before: Place, move: int, after: Place) -> None:
        del move
        if before.admits(after) and self._is_kept(before.gain(after)):
            walker.at = after

    def _allowed(self, place: Place) -> list[int]:
        """Possible moves, without those known to lead nowhere as long as there are others.

        They were undone, or lead round among designs as good as each other.
        """
        possible, tried = super()._allowed(place), self._tried.get(place.key, set())
        return [move for move in possible if move not in tried] or possible

    def _is_kept(self, gain: float) -> bool:
        if gain >= 0 or self._options.undo == "never":
            return True
        scale = self._options.temperature * self._changes / max(self._n_seen, 1)
        if self._options.undo == "worse" or not scale:
            return False
        return bool(self._random.random() < math.exp(gain / scale))

    def _learn(self, before: Place, move: int, earned: float, after: Place) -> None:
        if before.features is None:
            return
        best_next = 0.0
        if self._options.discount:
            best_next = float(self._values_at(after)[self._allowed(after)].max())
        self.values.learn(before.features, move, earned + self._options.discount * best_next)

    def _curves(self) -> dict[str, float]:
        return {"epsilon": self.epsilon}

    def state_dict(self) -> dict[str, Any]:
        """Return the walk, the values, and what exploration depends on."""
        own = {
            "values": self.values.state_dict(),
            "kind": type(self.values).__name__,
            "of": self.knowledge,
            "n_seen": self._n_seen,
            "changes": self._changes,
            "largest": self._largest,
        }
        return super().state_dict() | own

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take up a state."""
        super().load_state_dict(state)
        self.values.load_state_dict(state["values"])
        self._n_seen, self._changes = state["n_seen"], state["changes"]
        self._largest = state["largest"]

    @property
    def knowledge(self) -> dict[str, Any]:
        """What the values are told in: the moves, and the features with the edges of their bins."""
        edges = self._problem.bins.edges
        return {
            "moves": [move.name for move in self._moves.moves],
            "bins": {name: list(one) for name, one in edges.items()},
        }

    def take_over(self, state: dict[str, Any]) -> None:
        """Begin with the values that were learnt elsewhere.

        Raises:
            Exception: Whatever damaged values lead to.
        """
        self.values.load_state_dict(state["values"])
        self._largest = float(state["largest"])
