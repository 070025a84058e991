"""The search of an algorithm of MORL-Baselines: every design it asks for is counted and kept."""

import random
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
import torch

from agents.driven import Recorder, SpentError, chance_kept
from agents.loop import Observer, SearchState
from agents.morl import MorlLearner
from agents.morl_envs import environment, most_steps
from agents.morl_library import made, train
from envs.evaluation import Evaluation
from envs.problem import Problem
from envs.service import EvaluationService
from envs.space import Choices


@dataclass(frozen=True)
class MorlSearch:
    """A problem, who learns to search it, and where designs are evaluated.

    Going on with a search is searching again from the start: what is stored is known at once, and
    the same seed asks for the same designs, so that everything is as if it had not been stopped.
    """

    problem: Problem
    agent: MorlLearner
    service: EvaluationService
    budget: int
    observers: Sequence[Observer] = ()

    @property
    def patience(self) -> str:
        """What has to bring nothing new for the search to end."""
        return f"{self.agent.settings.patience} proposals"

    def run(self, state: SearchState) -> SearchState:
        """Learn until ``budget`` designs are evaluated, or nothing new is proposed any more."""
        judge = _EndingRecorder(
            self.problem, self.agent, self.service, self.budget, self.observers, state
        )
        torch.set_num_threads(1)  # networks this small lose by more
        with chance_kept(), suppress(SpentError):
            self._train(judge)
        judge.told()
        return state

    def _train(self, judge: Recorder) -> None:
        agent, seed = self.agent, self.agent.seed % 2**32
        _seed(seed)
        agent.origins.clear()
        env = environment(self.problem, agent, judge)
        env.action_space.seed(seed)
        agent.model = made(agent.settings, env, most_steps(self.problem), seed)
        env.reset(seed=seed)
        train(agent.settings, agent.model, env)


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


def _seed(seed: int) -> None:
    """Seed the global streams, which some of the algorithms draw from."""
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002 (the library's own stream)
    torch.manual_seed(seed)
