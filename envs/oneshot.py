"""A problem as an environment of one step: a complete design."""

import operator
from collections.abc import Sequence
from typing import Any

import gymnasium as gym
import numpy as np
from numpy.typing import NDArray

from envs.judging import DesignJudge, JudgingEnv, Observation, RewardMode, describe
from envs.problem import Problem
from envs.space import Choices

Floats = NDArray[np.float64]


class OneshotDesignEnv(JudgingEnv[NDArray[np.int64]]):
    """One step proposes and evaluates one complete design.

    ## Action space
    `MultiDiscrete(space.n_choices)`: the index of the choice taken for each decision.
    `action_masks()` returns the masks of all decisions in one row, length `sum(n_choices)`. What
    one choice forbids another cannot be told here: the nearest allowed choice is taken instead.
    An index that stands for no choice raises `ValueError`.
    ## Observation space
    `Box(0, 1, (T,))`: the previous action, scaled; zeros after reset.
    ## Reward
    The reward of the design; its vector with `reward_mode="vector"`.
    ## Episode end
    Every step terminates: a design is judged whole.
    ## Information
    `design`, `metrics` and, where it cannot be, `infeasible` with the reason.
    """

    def __init__(
        self,
        problem: Problem,
        *,
        service: DesignJudge | None = None,
        reward_mode: RewardMode = "scalar",
        render_mode: str | None = None,
    ) -> None:
        super().__init__(problem, service=service, reward_mode=reward_mode, render_mode=render_mode)
        self.action_space = gym.spaces.MultiDiscrete(self.space.n_choices)
        self.observation_space = gym.spaces.Box(0.0, 1.0, (self.space.n_decisions,), np.float32)
        self._text = ""

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Observation, dict[str, Any]]:
        """Forget the previous design."""
        super().reset(seed=seed, options=options)
        self._text = ""
        return np.zeros(self.space.n_decisions, np.float32), {}

    def step(
        self, action: NDArray[np.int64]
    ) -> tuple[Observation, float, bool, bool, dict[str, Any]]:
        """Decode the action, evaluate the design, reward it."""
        evaluation = self.service.evaluate(self.asked(action))
        self._text = "\n".join(f"{name} = {value}" for name, value in evaluation.choices.items())
        scaled = np.asarray(action) / np.maximum(self.space.n_choices - 1, 1)
        observation = scaled.astype(np.float32)
        return observation, self._score(evaluation), True, False, describe(evaluation)

    def asked(self, action: NDArray[np.int64]) -> Choices:
        """The design that a step would have judged."""
        wanted = [operator.index(one) for one in np.asarray(action).tolist()]
        self.space.check(wanted)
        return self.space.decode(self._allowed(wanted))

    def action_masks(self) -> NDArray[np.bool_]:
        """All choices of all decisions, shape ``(sum(n_choices),)``."""
        return np.ones(int(self.space.n_choices.sum()), bool)

    def render(self) -> str | None:
        """Return the choices of the last design, one a line."""
        return None if self.render_mode is None else self._text

    def _allowed(self, wanted: Sequence[int]) -> list[int]:
        taken: list[int] = []
        for step, action in enumerate(wanted):
            taken.append(_instead(action, np.flatnonzero(self.space.mask(step, taken))))
        return taken


def nearest(probabilities: Floats, mask: NDArray[np.int8]) -> Floats:
    """Probabilities of choices, shape ``(K,)``, as those of what is taken for each of them."""
    found, allowed = np.zeros_like(probabilities), np.flatnonzero(mask)
    for action in np.flatnonzero(probabilities).tolist():
        found[_instead(action, allowed)] += probabilities[action]
    return found


def _instead(action: int, allowed: NDArray[np.int64]) -> int:
    """What is taken for a choice: itself, or the nearest that is allowed."""
    return int(allowed[np.abs(allowed - action).argmin()])
