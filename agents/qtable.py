"""Q as a table: one row for each state, the bins of the features."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agents.move_values import Reals
from envs.ancoef_features import Bins
from envs.moves.move import Features

State = tuple[int, ...]


@dataclass(frozen=True)
class Rates:
    """How fast values follow what is seen: 1/n at the n-th time, but never slower than `least`."""

    least: float

    def at(self, n: int) -> float:
        """Learning rate at the n-th time, from 1."""
        return max(1.0 / n, self.least)


class QTable:
    """Values of moves in each state, and over all states.

    A few hundred simulations meet few of the thousands of pairs of state and move twice. The value
    of a pair seen n times is therefore n parts its own and ``prior_weight`` parts that of the move
    over all states; 0 makes a plain table.
    """

    def __init__(self, bins: Bins, n_moves: int, rates: Rates, prior_weight: float) -> None:
        self._bins = bins
        self._n_moves = n_moves
        self._rates = rates
        self._prior_weight = prior_weight
        self._rows: dict[State, tuple[Reals, Reals]] = {}  # values and numbers of lessons
        self._overall = (np.zeros(n_moves), np.zeros(n_moves))

    def of(self, features: Features) -> Reals:
        """Value of each move, (moves,); infinite for one that was never made anywhere."""
        values, n = self._rows.get(self._state(features), (self._overall[0], np.zeros(1)))
        overall = np.where(self._overall[1] > 0, self._overall[0], np.inf)
        weight = np.minimum(self._prior_weight, np.inf)
        if weight == 0:
            return np.where(n > 0, values, np.inf)
        return np.where(n > 0, (n * values + weight * overall) / (n + weight), overall)

    def learn(self, features: Features, move: int, target: float) -> None:
        """Bring the value of a move nearer to a target, in this state and over all."""
        state = self._state(features)
        row = self._rows.setdefault(state, (np.zeros(self._n_moves), np.zeros(self._n_moves)))
        for values, n in (row, self._overall):
            n[move] += 1
            values[move] += self._rates.at(int(n[move])) * (target - values[move])

    def _state(self, features: Features) -> State:
        return tuple(self._bins.binned(features).tolist())

    def state_dict(self):
        return {}
