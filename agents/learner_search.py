"""The search of an algorithm of Stable-Baselines3: every design it asks for is counted and kept."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from stable_baselines3.common.callbacks import BaseCallback

from agents.driven import Recorder, SpentError, chance_kept
from agents.learner import MOST_STEPS, Learner
from agents.learner_envs import decided_space, envs_of
from agents.loop import Observer, SearchState
from envs.problem import Problem
from envs.service import EvaluationService


@dataclass(frozen=True)
class LearnerSearch:
    """A problem, who learns to search it, and where designs are evaluated.

    Going on with a search is searching again from the start: what is stored is known at once, and
    the same seed asks for the same designs, so that everything is as if it had not been stopped.
    """

    problem: Problem
    agent: Learner
    service: EvaluationService
    budget: int
    observers: Sequence[Observer] = ()

    @property
    def patience(self) -> str:
        """What has to bring nothing new for the search to end."""
        return f"{self.agent.settings.patience} proposals"

    def run(self, state: SearchState) -> SearchState:
        """Learn until ``budget`` designs are evaluated, or nothing new is proposed any more."""
        judge = Recorder(self.problem, self.agent, self.service, self.budget, self.observers, state)
        envs = envs_of(self.problem, self.agent, judge, judge.together)
        with chance_kept(), suppress(SpentError):
            model = self.agent.begin(envs, decided_space(self.problem))
            # what is logged is read, not written: at no interval
            model.learn(MOST_STEPS, _Until(judge), log_interval=MOST_STEPS)
        judge.told()
        return state


class _Until(BaseCallback):
    """Ends the learning when the search is over."""

    def __init__(self, judge: Recorder) -> None:
        super().__init__()
        self._judge = judge

    def _on_step(self) -> bool:
        return not self._judge.is_over
