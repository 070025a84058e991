"""The search of an algorithm of Stable-Baselines3."""

from stable_baselines3.common.callbacks import BaseCallback

from agents.driven import DrivenSearch, Recorder
from agents.driver import MOST_STEPS
from agents.learner import Learner
from agents.learner_envs import decided_space, envs_of


class LearnerSearch(DrivenSearch[Learner]):
    """Lets it learn on environments in lock-step."""

    def learn(self, judge: Recorder) -> None:
        """Have it learn until the search is over."""
        envs = envs_of(self.problem, self.agent, judge, judge.together)
        model = self.agent.begin(envs, decided_space(self.problem))
        # what is logged is read, not written: at no interval
        model.learn(MOST_STEPS, _Until(judge), log_interval=MOST_STEPS)


class _Until(BaseCallback):
    """Ends the learning when the search is over."""

    def __init__(self, judge: Recorder) -> None:
        super().__init__()
        self._judge = judge

    def _on_step(self) -> bool:
        return not self._judge.is_over
