"""The environments that a learner drives: their designs are judged by the search."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import gymnasium as gym
import numpy as np
from stable_baselines3.common.vec_env import DummyVecEnv
from stable_baselines3.common.vec_env.base_vec_env import VecEnvStepReturn

from agents.learner import Learner, check_learnable
from agents.places import key_of
from envs.ancoef import AncoefEnv
from envs.ancoef_problem import AncoefProblem
from envs.judging import DesignJudge, JudgingEnv
from envs.oneshot import OneshotDesignEnv
from envs.problem import Problem
from envs.sequential import SequentialDesignEnv
from envs.space import Choices, SearchSpace

Together = Callable[[Sequence[Choices]], None]


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


class LockStepEnvs(DummyVecEnv):
    """Steps one environment after the other; what they ask for is evaluated together before."""

    def __init__(self, make: Sequence[Callable[[], gym.Env[Any, Any]]], together: Together) -> None:
        super().__init__(list(make))
        self._together = together

    def step_wait(self) -> VecEnvStepReturn:
        """Evaluate at once, then step."""
        if self.num_envs > 1:
            asked = [_asked(env, one) for env, one in zip(self.envs, self.actions, strict=True)]
            self._together([one for one in asked if one is not None])
        return super().step_wait()


def envs_of(
    problem: Problem, learner: Learner, judge: DesignJudge, together: Together
) -> LockStepEnvs:
    """The environments of a learner, each with a stream of chance of its own.

    Raises:
        AgentError: If the learner cannot learn from them.
    """

    def make() -> gym.Env[Any, Any]:
        env = environment(problem, learner, judge)
        check_learnable(learner.name, env)
        return NotedMoves(env, learner.origins) if isinstance(env, AncoefEnv) else env

    return LockStepEnvs([make] * learner.settings.n_envs, together)


def environment(problem: Problem, learner: Learner, judge: DesignJudge) -> JudgingEnv[Any]:
    """One environment; that of moves shows its features, not their bins."""
    settings = learner.settings
    if settings.form == "oneshot":
        return OneshotDesignEnv(problem, service=judge)
    if isinstance(problem, AncoefProblem):
        seen = replace(problem, obs_mode="continuous")
        return AncoefEnv(seen, service=judge, invalid_action=settings.invalid_action)
    return SequentialDesignEnv(problem, service=judge, invalid_action=settings.invalid_action)


def decided_space(problem: Problem) -> SearchSpace | None:
    """The space whose choices the actions stand for; None where they are moves."""
    return None if isinstance(problem, AncoefProblem) else problem.space


def _asked(env: gym.Env[Any, Any], action: np.int64) -> Choices | None:
    found: Any = env.unwrapped
    asked: Choices | None = found.asked(action)
    return asked
