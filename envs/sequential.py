"""A problem as an environment of one decision a step."""

import operator
from collections.abc import Sequence
from typing import Any, Literal

import gymnasium as gym
import numpy as np
from numpy.typing import NDArray

from envs.judging import DesignJudge, JudgingEnv, Observation, RewardMode, describe
from envs.problem import Problem
from envs.space import Choices, SearchSpace

Floats = NDArray[np.float64]
InvalidAction = Literal["alias", "penalize", "raise"]
PENALTY = 1.0


class SequentialDesignEnv(JudgingEnv[np.int64]):
    """One decision a step; the last one has the design judged (NACIM, eq. 2 counts these steps).

    ## Action space
    `Discrete(K)`: the index of a choice. Actions beyond a decision's choices, and those its rules
    forbid, are masked: `action_masks()` returns bool (sb3-contrib), `info["action_mask"]` int8
    (Gymnasium). An action outside of 0..K-1 raises `ValueError`.
    ## Observation space
    `Box(0, 1, (T + K + T,))`: one-hot step, one-hot previous action, the design so far.
    ## Reward
    0 until the last step, then the reward of the design; its vector (one value per objective, in
    [0, 1]) with `reward_mode="vector"`.
    ## Episode end
    Terminates at the T-th decision; never truncates.
    ## Information
    `action_mask`; at the end `design`, `metrics` and, where it cannot be, `infeasible` with
    the reason.

    Args:
        invalid_action: What a masked action does: `alias` takes an allowed one instead, `penalize`
            takes it too and subtracts 1 from the reward, `raise` raises `ValueError`.
    """

    def __init__(
        self,
        problem: Problem,
        *,
        service: DesignJudge | None = None,
        reward_mode: RewardMode = "scalar",
        invalid_action: InvalidAction = "alias",
        render_mode: str | None = None,
    ) -> None:
        super().__init__(problem, service=service, reward_mode=reward_mode, render_mode=render_mode)
        self._invalid_action = invalid_action
        self._n_steps, self._width = self.space.n_decisions, self.space.width
        self._scale = 1.0 / np.maximum(self.space.n_choices - 1, 1)
        self.action_space = gym.spaces.Discrete(self._width)
        size = 2 * self._n_steps + self._width
        self.observation_space = gym.spaces.Box(0.0, 1.0, (size,), np.float32)
        self._actions: list[int] = []
        self._state = np.zeros(size, np.float32)
        self._penalties = 0
        self._done_mask = np.ones(self._width, np.int8)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Observation, dict[str, Any]]:
        """Begin an empty design."""
        super().reset(seed=seed, options=options)
        self._actions.clear()
        self._penalties = 0
        self._state[:] = 0.0
        self._state[0] = 1.0
        return self._state.copy(), {"action_mask": self._mask().copy()}

    def step(self, action: np.int64) -> tuple[Observation, float, bool, bool, dict[str, Any]]:
        """Take one decision; after the last, judge the design."""
        taken, is_aliased = self._allowed(operator.index(action))
        self._penalties += is_aliased and self._invalid_action == "penalize"
        self._observe(taken)
        self._actions.append(taken)
        is_done = len(self._actions) == self._n_steps
        info: dict[str, Any] = {"action_mask": self._mask().copy()}
        if is_aliased:
            info["action_aliased"] = True
        reward = self._judge(info) if is_done else self._nothing()
        return self._state.copy(), reward, is_done, False, info

    def asked(self, action: np.int64) -> Choices | None:
        """The design that a step would have judged; None if it is not the last."""
        if len(self._actions) + 1 < self._n_steps:
            return None
        return self.space.decode([*self._actions, self._allowed(operator.index(action))[0]])

    def action_masks(self) -> NDArray[np.bool_]:
        """Allowed actions, shape ``(K,)``; all of them once the design is complete."""
        return self._mask().astype(bool)

    def render(self) -> str | None:
        """Return the choices taken so far, one a line."""
        if self.render_mode is None:
            return None
        taken = zip(self.space.open, self._actions, strict=False)
        return "\n".join(f"{decision.name} = {decision.choices[a]}" for decision, a in taken)

    def _mask(self) -> NDArray[np.int8]:
        step = len(self._actions)
        return self._done_mask if step == self._n_steps else self.space.mask(step, self._actions)

    def _allowed(self, action: int) -> tuple[int, bool]:
        step = len(self._actions)
        if step == self._n_steps:
            raise gym.error.ResetNeeded("the design is complete: call reset() first")
        if not 0 <= action < self._width:
            raise ValueError(f"action {action} is not one of 0..{self._width - 1}")
        mask = self.space.mask(step, self._actions)
        if mask[action]:
            return action, False
        if self._invalid_action == "raise":
            name = self.space.open[step].name
            allowed = np.flatnonzero(mask).tolist()
            raise ValueError(f"{name}: action {action} is masked; allowed are {allowed}")
        return _instead(action, np.flatnonzero(mask)), True

    def _observe(self, action: int) -> None:
        step, state, n_steps = len(self._actions), self._state, self._n_steps
        state[step] = 0.0
        if step + 1 < n_steps:
            state[step + 1] = 1.0
        if step:
            state[n_steps + self._actions[-1]] = 0.0
        state[n_steps + action] = 1.0
        state[n_steps + self._width + step] = action * self._scale[step]

    def _nothing(self) -> float:
        if self.reward_mode == "scalar":
            return 0.0
        return np.zeros(len(self.problem.objectives), np.float32)  # type: ignore[return-value]

    def _judge(self, info: dict[str, Any]) -> float:
        evaluation = self.service.evaluate(self.space.decode(self._actions))
        info |= describe(evaluation)
        return self._score(evaluation, PENALTY * self._penalties)


def observations(space: SearchSpace, actions: Sequence[int]) -> Observation:
    """What is seen before each decision on the way to a design, shape ``(T, T + K + T)``."""
    n, width = space.n_decisions, space.width
    scaled = np.asarray(actions) / np.maximum(space.n_choices - 1, 1)
    seen = np.zeros((n, 2 * n + width), np.float32)
    steps = np.arange(n)
    seen[steps, steps] = 1.0
    seen[steps[1:], n + np.asarray(actions)[:-1]] = 1.0
    seen[:, n + width :] = np.tril(np.tile(scaled, (n, 1)), -1)
    return seen


def aliased(probabilities: Floats, mask: NDArray[np.int8]) -> Floats:
    """Probabilities of actions, shape ``(K,)``, as those of what is taken for each of them."""
    found, allowed = probabilities * mask, np.flatnonzero(mask)
    for action in np.flatnonzero(mask == 0).tolist():
        found[_instead(action, allowed)] += probabilities[action]
    return found


def _instead(action: int, allowed: NDArray[np.int64]) -> int:
    """What is taken for a masked action."""
    return int(allowed[action % len(allowed)])
