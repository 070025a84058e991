"""Q as a weighted sum of continuous features, for each move."""

from typing import Any

import numpy as np

from agents.move_values import Reals
from envs.ancoef_features import Bins, Features


class LinearValues:
    """Q(features, move) = weights of the move times (1, scaled features).

    The step is divided by the squared length of the features (normalized least mean squares), so
    that a learning rate of 1 meets each target exactly. Of a move never made nothing is known.
    """

    def __init__(self, bins: Bins, n_moves: int, learning_rate: float) -> None:
        self._bins = bins
        self._learning_rate = learning_rate
        self._weights = np.zeros((n_moves, 1 + len(bins.edges)))
        self._n = np.zeros(n_moves)

    def of(self, features: Features) -> Reals:
        """Value of each move, (moves,); infinite for one of which nothing is known."""
        values = self._weights @ self._inputs(features)
        return np.where(self._n > 0, values, np.inf)

    def learn(self, features: Features, move: int, target: float) -> None:
        """Bring the value of a move nearer to a target: at the n-th lesson by 1/n, or the rate."""
        inputs = self._inputs(features)
        self._n[move] += 1
        rate = max(1.0 / self._n[move], self._learning_rate)
        error = target - self._weights[move] @ inputs
        self._weights[move] += rate * error * inputs / (inputs @ inputs)

    def state_dict(self) -> dict[str, Any]:
        """Return the weights, and how often each move was learnt."""
        return {"weights": self._weights.tolist(), "n": self._n.tolist()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take up weights."""
        self._weights[:], self._n[:] = state["weights"], state["n"]

    def _inputs(self, features: Features) -> Reals:
        return np.concatenate([[1.0], self._bins.scaled(features)])
