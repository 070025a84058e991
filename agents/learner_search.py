"""The search of an agent that drives environments: every design it asks for is counted and kept."""

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import numpy as np
import torch
from stable_baselines3.common.callbacks import BaseCallback

from agents.learner import MOST_STEPS, Learner
from agents.learner_envs import decided_space, envs_of
from agents.loop import Observer, SearchState
from envs.evaluation import Evaluation
from envs.problem import Problem
from envs.service import EvaluationService
from envs.space import Choices


class SpentError(Exception):
    """A new design is asked for, and the budget is spent."""


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
        judge = _Recorder(self, state)
        envs = envs_of(self.problem, self.agent, judge, judge.together)
        model = self.agent.begin(envs, decided_space(self.problem))
        with suppress(SpentError):
            # what is logged is read, not written: at no interval
            model.learn(MOST_STEPS, _Until(judge), log_interval=MOST_STEPS)
        judge.told()
        return state


@dataclass
class _Recorder:
    """Judges designs for the environments, and records them in the order in which they are met."""

    search: LearnerSearch
    state: SearchState
    _new: set[str] = field(default_factory=set)
    _n_told: int = 0

    @property
    def is_over(self) -> bool:
        """Whether the search is to end."""
        patience = self.search.agent.settings.patience
        return len(self.state.seen) >= self.search.budget or self.state.n_stale >= patience

    def evaluate(self, choices: Choices) -> Evaluation:
        """Judge a design, from the store if it is known.

        Raises:
            SpentError: If it is new, and the budget is spent.
        """
        state, key = self.state, self.search.service.key(choices)
        n_seen = len(state.seen)
        if key not in state.seen and n_seen >= self.search.budget:
            raise SpentError
        evaluation = self._evaluated([choices])[0]
        self.search.agent.proposed(choices)
        state.record(self.search.problem, key, evaluation)
        state.n_learnt = len(state.visits)
        state.n_stale = 0 if len(state.seen) > n_seen else state.n_stale + 1
        if key in self._new:
            self._new.remove(key)
            self.told()
        return evaluation

    def together(self, designs: Sequence[Choices]) -> None:
        """Have designs evaluated at once, as many of them as the budget allows."""
        service, seen = self.search.service, self.state.seen
        by_key = {service.key(one): one for one in designs}
        unseen = [one for key, one in by_key.items() if key not in seen]
        self._evaluated(unseen[: self.search.budget - len(seen)])

    def told(self) -> None:
        """Tell the observers, if there is something to tell."""
        if len(self.state.visits) == self._n_told:
            return
        self._n_told = len(self.state.visits)
        for observer in self.search.observers:
            observer.on_batch(self.state, self.search.agent.curves)

    def close(self) -> None:
        """Do nothing: the service is that of the session."""

    def _evaluated(self, designs: Sequence[Choices]) -> list[Evaluation]:
        with _chance_kept():
            return self.search.service.evaluate_many(designs, self._arrived)

    def _arrived(self, evaluation: Evaluation) -> None:
        self._new.add(self.search.service.key(evaluation.choices))
        for observer in self.search.observers:
            observer.on_evaluation(evaluation)


class _Until(BaseCallback):
    """Ends the learning when the search is over."""

    def __init__(self, judge: _Recorder) -> None:
        super().__init__()
        self._judge = judge

    def _on_step(self) -> bool:
        return not self._judge.is_over


@contextmanager
def _chance_kept() -> Iterator[None]:
    """Keep the global streams, which Stable-Baselines3 draws from, out of evaluations.

    Else a search would go on otherwise where an evaluation is known, or made in a worker.
    """
    plain, arrays = random.getstate(), np.random.get_state()  # noqa: NPY002 (SB3's own streams)
    try:
        with torch.random.fork_rng(devices=[]):
            yield
    finally:
        random.setstate(plain)
        np.random.set_state(arrays)  # noqa: NPY002
