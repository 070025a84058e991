"""Q-learning over the moves (ANCoEF, sec. II-B)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from agents.move_values import Values
from agents.walking import MoveSearch, Place, Walker
from envs.ancoef_problem import AncoefProblem


@dataclass(frozen=True)
class QLearningOptions:
    first_epsilon: float
    last_epsilon: float
    epsilon_steps: int
    discount: float
    optimism: float
    undo: Literal["worse", "never"]
    patience: int
    batch_size: int
    tolerance: float = 0.0


class QLearning(MoveSearch):
    def __init__(self, problem, values, options, seed):
        super().__init__(problem, options.batch_size, seed)
        self._values = values
        self._options = options
        self._largest = 0.0
        self._n_seen = 0
        self._sum = 0.0

    @property
    def epsilon(self) -> float:
        done = min(self._n_seen / self._options.epsilon_steps, 1.0)
        first, last = self._options.first_epsilon, self._options.last_epsilon
        return first + (last - first) * done

    def _known_values(self, place):
        values = self._values.of(place.features)
        return np.where(np.isfinite(values), values, self._options.optimism * self._largest)

    def _choose(self, place, allowed):
        if self._random.random() < self.epsilon or place.features is None:
            return int(self._random.choice(allowed))
        values = self._known_values(place)[allowed]
        best = np.flatnonzero(values >= values.max())
        return int(allowed[self._random.choice(best)])

    def _arrived(self, walker, before, move, after):
        gain = after.reward - before.reward
        self._n_seen += 1
        self._sum += abs(gain)
        o = self._options
        ok = after.features is not None
        if o.undo == "never": kept = ok
        elif o.tolerance > 0 and gain < 0 and ok:
            scale = self._sum / self._n_seen
            kept = self._random.random() < np.exp(gain / (o.tolerance * scale)) if scale > 0 else False
        else: kept = ok and gain >= 0
        there = after if kept else before
        earned = gain if kept else 0.0
        self._largest = max(self._largest, earned)
        possible = [i for i, is_one in enumerate(self._moves.possible(there.hardware)) if is_one]
        nxt = self._known_values(there)[possible].max() if possible else 0.0
        self._values.learn(before.features, move, earned + o.discount * nxt)
        walker.at = there
        if self._best.key == there.key:
            walker.n_moves = 0
        if walker.n_moves >= o.patience:
            walker.at, walker.n_moves = self._best, 0
