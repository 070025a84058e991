"""Q as a table: a row for each state, the bins of the features."""

from typing import Any

import numpy as np

from agents.move_values import Reals
from envs.ancoef_features import Bins, Features

State = tuple[int, ...]


class QTable:
    """Values of moves in each state, and over all states.

    A few hundred simulations meet few of the thousands of pairs of state and move twice. The value
    of a pair seen n times is therefore n parts its own and ``prior_weight`` parts that of the move
    over all states; 0 makes it a plain table.

    Args:
        learning_rate: The least one: at the n-th lesson it is 1/n, as long as that is more.
    """

    def __init__(self, bins: Bins, n_moves: int, learning_rate: float, prior_weight: float) -> None:
        self._bins = bins
        self._n_moves = n_moves
        self._learning_rate = learning_rate
        self._prior_weight = prior_weight
        self._rows: dict[State, _Row] = {}
        self._overall = _Row(n_moves)

    def of(self, features: Features) -> Reals:
        """Value of each move, (moves,); infinite for one of which nothing is known."""
        row = self._rows.get(self._state(features)) or _Row(self._n_moves)
        prior = self._prior_weight * (self._overall.n > 0)
        parts = row.n + prior
        known = row.n * row.values + prior * self._overall.values
        return np.where(parts > 0, known / np.where(parts > 0, parts, 1.0), np.inf)

    def learn(self, features: Features, move: int, target: float) -> None:
        """Bring the value of a move nearer to a target, in this state and over all."""
        row = self._rows.setdefault(self._state(features), _Row(self._n_moves))
        for one in (row, self._overall):
            one.learn(move, target, self._learning_rate)

    def state_dict(self) -> dict[str, Any]:
        """Return all rows."""
        rows = {state: row.to_plain() for state, row in self._rows.items()}
        return {"rows": rows, "overall": self._overall.to_plain()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take up all rows.

        Raises:
            ValueError: If one has not a value for each move.
        """
        rows = {tuple(one): _Row.of(*row) for one, row in state["rows"].items()}
        overall = _Row.of(*state["overall"])
        if any(len(one.values) != self._n_moves for one in (overall, *rows.values())):
            raise ValueError(f"a row needs {self._n_moves} values")
        self._rows, self._overall = rows, overall

    def _state(self, features: Features) -> State:
        return tuple(self._bins.binned(features).tolist())


class _Row:
    """Values of moves, and how often each was learnt."""

    def __init__(self, n_moves: int) -> None:
        self.values = np.zeros(n_moves)
        self.n = np.zeros(n_moves)

    @classmethod
    def of(cls, values: list[float], n: list[float]) -> "_Row":
        row = cls(len(values))
        row.values[:], row.n[:] = values, n
        return row

    def learn(self, move: int, target: float, least_rate: float) -> None:
        self.n[move] += 1
        rate = max(1.0 / self.n[move], least_rate)
        self.values[move] += rate * (target - self.values[move])

    def to_plain(self) -> tuple[list[float], list[float]]:
        return self.values.tolist(), self.n.tolist()
