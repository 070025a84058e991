"""ANCoEF as an environment: one move on the hardware a step, one simulation a step."""

import operator
from collections.abc import Mapping
from copy import deepcopy
from typing import Any

import gymnasium as gym
import numpy as np
from numpy.typing import NDArray

from configs.catalog import suggestion
from envs.ancoef_design import choices_of, hardware_of
from envs.ancoef_problem import AncoefProblem
from envs.evaluation import Evaluation
from envs.judging import DesignJudge, JudgingEnv, RewardMode, describe
from envs.sequential import PENALTY, InvalidAction
from envs.space import Choices

Seen = NDArray[Any]
OPTIONS = ("design",)  # of `reset`


class AncoefEnv(JudgingEnv[np.int64]):
    """A design of asynchronous hardware, changed move by move (ANCoEF, sec. II).

    ## Action space
    `Discrete(n_moves + 1)`: a move, in the order of ``configs/env/ancoef.yaml``; the last action
    stops. Moves that lead to no valid design are masked: `action_masks()` returns bool
    (sb3-contrib), `info["action_mask"]` int8 (Gymnasium).
    ## Observation space
    Features of the design's congestion: `MultiDiscrete`, the bin of each, or `Box(0, 1)`.
    ## Reward
    What a move adds to the reward of the design (`reward_form=delta`): an episode's sum is the
    last design's reward less the first one's. With `absolute`, the reward of the design after it.
    ## Episode end
    Terminates at stop; truncates after `max_steps`.
    ## Information
    `action_mask`, `features`, `design`, `metrics`, `move` and, where the design cannot be,
    `infeasible` with the reason.

    Args:
        invalid_action: What a masked action does: `alias` takes an allowed one instead, `penalize`
            takes it too and subtracts 1 from the reward, `raise` raises `ValueError`.
    """

    problem: AncoefProblem

    def __init__(
        self,
        problem: AncoefProblem,
        *,
        service: DesignJudge | None = None,
        reward_mode: RewardMode = "scalar",
        invalid_action: InvalidAction = "alias",
        render_mode: str | None = None,
    ) -> None:
        super().__init__(problem, service=service, reward_mode=reward_mode, render_mode=render_mode)
        self._invalid_action = invalid_action
        self._moves = problem.neighbourhood
        self._stop = problem.stop
        self.action_space = gym.spaces.Discrete(problem.stop + 1)
        self.observation_space = _observed(problem)
        if problem.reward_form == "delta":
            size = (len(problem.objectives),)
            self.reward_space = gym.spaces.Box(-1.0, 1.0, size, np.float32)
        self._hardware = self._moves.start
        self._evaluation: Evaluation | None = None
        self._mask = np.ones(problem.stop + 1, np.int8)
        self._taken: list[str] = []
        self._is_over = True

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Seen, dict[str, Any]]:
        """Take the first design, or `options["design"]`, choices by name.

        Raises:
            ValueError: If there can be no such design, or there is no such option.
        """
        super().reset(seed=seed)
        design = _design_in(options or {})
        application = self._moves.application
        is_first = design is None
        self._hardware = self._moves.start if is_first else hardware_of(design, application)
        self._evaluation = self.service.evaluate(choices_of(self._hardware))
        self._taken.clear()
        self._is_over = False
        self._mask = self._possible()
        return self._observation(), self._info()

    def step(self, action: np.int64) -> tuple[Seen, float, bool, bool, dict[str, Any]]:
        """Make a move and have the design simulated, or stop."""
        taken, is_aliased = self._allowed(operator.index(action))
        before, is_stop = self._known, taken == self._stop
        if not is_stop:
            self._move(taken)
        self._taken.append("stop" if is_stop else self._moves.moves[taken].name)
        is_truncated = not is_stop and len(self._taken) >= self.problem.max_steps
        self._is_over = is_stop or is_truncated
        self._mask = np.ones_like(self._mask) if self._is_over else self._possible()
        info = self._info() | {"move": self._taken[-1]}
        if is_aliased:
            info["action_aliased"] = True
        penalty = PENALTY if is_aliased and self._invalid_action == "penalize" else 0.0
        return self._observation(), self._reward(before, penalty), is_stop, is_truncated, info

    def asked(self, action: np.int64) -> Choices | None:
        """The design that a step would have judged; None if it would stop."""
        taken, _ = self._allowed(operator.index(action))
        if taken == self._stop:
            return None
        random = deepcopy(self.np_random)  # the step itself is to draw the same
        return choices_of(self._moves.after(taken, self._hardware, random))

    def action_masks(self) -> NDArray[np.bool_]:
        """Possible actions, shape ``(n_moves + 1,)``; all of them at the end of an episode."""
        return self._mask.astype(bool)

    def render(self) -> str | None:
        """Return the moves taken so far, one a line, and the design."""
        if self.render_mode is None:
            return None
        design = (f"{name} = {value}" for name, value in choices_of(self._hardware).items())
        return "\n".join([*self._taken, *design])

    @property
    def _known(self) -> Evaluation:
        if self._evaluation is None:
            raise gym.error.ResetNeeded("there is no design yet: call reset() first")
        return self._evaluation

    def _move(self, action: int) -> None:
        self._hardware = self._moves.after(action, self._hardware, self.np_random)
        self._evaluation = self.service.evaluate(choices_of(self._hardware))

    def _possible(self) -> NDArray[np.int8]:
        return np.array([*self._moves.possible(self._hardware), True], np.int8)

    def _allowed(self, action: int) -> tuple[int, bool]:
        if self._is_over:
            raise gym.error.ResetNeeded("the episode is over: call reset() first")
        if not 0 <= action <= self._stop:
            raise ValueError(f"action {action} is not one of 0..{self._stop}")
        if self._mask[action]:
            return action, False
        possible = np.flatnonzero(self._mask)
        if self._invalid_action == "raise":
            name, allowed = self._moves.moves[action].name, possible.tolist()
            raise ValueError(f"{name}: action {action} is masked; allowed are {allowed}")
        return int(possible[action % len(possible)]), True

    def _reward(self, before: Evaluation, penalty: float) -> float:
        after = self._score(self._known, penalty)
        return after if self.problem.reward_form == "absolute" else after - self._score(before)

    def _observation(self) -> Seen:
        bins, metrics = self.problem.bins, self._known.metrics
        is_discrete = self.problem.obs_mode == "discrete"
        return bins.binned(metrics) if is_discrete else bins.scaled(metrics)

    def _info(self) -> dict[str, Any]:
        features = self.problem.bins.features(self._known.metrics)
        return {
            "action_mask": self._mask.copy(),
            "features": features,
            **describe(self._known),
        }


def _design_in(options: Mapping[str, Any]) -> Any:  # noqa: ANN401 (not checked yet)
    for name in options:
        if name not in OPTIONS:
            raise ValueError(f"options: no option called '{name}'; {suggestion(name, OPTIONS)}")
    return options.get("design")


def _observed(problem: AncoefProblem) -> gym.Space[Any]:
    n_bins = problem.bins.n_bins
    if problem.obs_mode == "discrete":
        return gym.spaces.MultiDiscrete(n_bins)
    return gym.spaces.Box(0.0, 1.0, n_bins.shape, np.float32)
