"""The environments that a learner drives: their designs are judged by the search."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import gymnasium as gym
import numpy as np
from stable_baselines3.common.vec_env import DummyVecEnv
from stable_baselines3.common.vec_env.base_vec_env import VecEnvStepReturn

from agents.learner import Learner, check_learnable
from agents.noted_moves import NotedMoves
from envs.ancoef import AncoefEnv
from envs.ancoef_problem import AncoefProblem
from envs.judging import DesignJudge, JudgingEnv
from envs.oneshot import OneshotDesignEnv
from envs.problem import Problem
from envs.sequential import SequentialDesignEnv
from envs.space import Choices, SearchSpace

Together = Callable[[Sequence[Choices]], None]


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
