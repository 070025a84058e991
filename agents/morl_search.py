"""The search of an algorithm of MORL-Baselines."""

import random
from typing import ClassVar

import numpy as np
import torch

from agents.driven import DrivenSearch, Recorder, SpentError
from agents.morl import MorlLearner
from agents.morl_envs import environment, most_steps
from agents.morl_library import made, train
from envs.evaluation import Evaluation
from envs.space import Choices


class _EndingRecorder(Recorder):
    """Ends the search from within: MORL-Baselines has no callbacks."""

    def evaluate(self, choices: Choices) -> Evaluation:
        """Judge a design.

        Raises:
            SpentError: If the budget is spent, or nothing new is met any more.
        """
        evaluation = super().evaluate(choices)
        if self.is_over:
            raise SpentError
        return evaluation


class MorlSearch(DrivenSearch[MorlLearner]):
    """Lets it learn on one environment."""

    recorder: ClassVar[type[Recorder]] = _EndingRecorder

    def learn(self, judge: Recorder) -> None:
        """Have it learn until the judge ends it."""
        agent, seed = self.agent, self.agent.seed % 2**32
        _seed(seed)
        agent.origins.clear()
        env = environment(self.problem, agent, judge)
        env.action_space.seed(seed)
        agent.model = made(agent.settings, env, most_steps(self.problem), seed)
        env.reset(seed=seed)
        train(agent.settings, agent.model, env)


def _seed(seed: int) -> None:
    """Seed the global streams, which some of the algorithms draw from."""
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002 (the library's own stream)
    torch.manual_seed(seed)
