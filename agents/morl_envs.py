"""The environments that MORL-Baselines drives: ours with a reward for each objective."""

from dataclasses import replace
from typing import Any

import gymnasium as gym
import numpy as np
from numpy.typing import NDArray

from agents.morl import MorlLearner, n_partial
from agents.noted_moves import NotedMoves
from envs.ancoef import AncoefEnv
from envs.ancoef_problem import AncoefProblem
from envs.judging import DesignJudge, Observation
from envs.problem import Problem
from envs.sequential import SequentialDesignEnv

Env = gym.Env[Any, np.int64]


class TabularDesigns(gym.ObservationWrapper[NDArray[np.int64], np.int64, Observation]):
    """Numbers the partial designs of an environment of one decision a step, for a table.

    ## Observation space
    `MultiDiscrete([n])`: the decisions taken so far as one number, 0 for none; the last number
    stands for all whole designs, from which nothing follows.
    """

    def __init__(self, env: SequentialDesignEnv) -> None:
        super().__init__(env)
        n_choices = env.space.n_choices
        self._firsts = [n_partial(n_choices[:n]) for n in range(len(n_choices) + 1)]
        self._n_choices = n_choices
        self.observation_space = gym.spaces.MultiDiscrete([self._firsts[-1] + 1])

    def observation(self, observation: Observation) -> NDArray[np.int64]:
        """Read the decisions back from what the environment shows."""
        n_steps = len(self._n_choices)
        step = np.flatnonzero(observation[:n_steps])
        if not len(step):
            return np.array([self._firsts[-1]])
        shown = observation[len(observation) - n_steps :]
        actions = np.rint(shown * np.maximum(self._n_choices - 1, 1)).astype(np.int64)
        number = 0
        for action, n in zip(actions[: step[0]], self._n_choices, strict=False):
            number = number * int(n) + int(action)
        return np.array([self._firsts[step[0]] + number])


def environment(problem: Problem, learner: MorlLearner, judge: DesignJudge) -> Env:
    """The environment of a learner; only a table is shown bins and numbers."""
    is_tabular = learner.name == "pql"
    options: Any = {
        "service": judge,
        "reward_mode": "vector",
        "invalid_action": learner.settings.invalid_action,
    }
    if isinstance(problem, AncoefProblem):
        seen = replace(problem, obs_mode="discrete" if is_tabular else "continuous")
        return NotedMoves(AncoefEnv(seen, **options), learner.origins)
    env = SequentialDesignEnv(problem, **options)
    return TabularDesigns(env) if is_tabular else env


def most_steps(problem: Problem) -> int:
    """Steps of the longest episode."""
    if isinstance(problem, AncoefProblem):
        return problem.max_steps
    return problem.space.n_decisions
