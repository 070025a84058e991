"""Notes of the moves that a learner makes, for the report."""

from typing import Any

import gymnasium as gym

from agents.places import key_of
from envs.ancoef import AncoefEnv


class NotedMoves(gym.Wrapper[Any, Any, Any, Any]):
    """Notes by which move each design was met first, for the report."""

    def __init__(self, env: AncoefEnv, origins: dict[str, tuple[str, str]]) -> None:
        super().__init__(env)
        self._origins = origins
        self._at = self._first = ""

    def reset(self, **options: Any) -> tuple[Any, dict[str, Any]]:  # noqa: ANN401 (Gymnasium's)
        """Begin with the first design, which no move leads to."""
        observation, info = self.env.reset(**options)
        self._at = self._first = key_of(info["design"])
        return observation, info

    def step(self, action: Any) -> tuple[Any, Any, bool, bool, dict[str, Any]]:  # noqa: ANN401
        """Note the move."""
        step = self.env.step(action)
        before, self._at = self._at, key_of(step[4]["design"])
        if self._at not in (before, self._first):
            self._origins.setdefault(self._at, (before, step[4]["move"]))
        return step
