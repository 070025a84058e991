"""The search of an agent that drives environments: every design it asks for is counted and kept."""

import random
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import ClassVar, Generic, TypeVar

import numpy as np
import torch

from agents.driver import Driver, DriverSettings
from agents.loop import Observer, SearchState
from envs.evaluation import Evaluation
from envs.problem import Problem
from envs.service import EvaluationService
from envs.space import Choices

D = TypeVar("D", bound=Driver[DriverSettings])


class SpentError(Exception):
    """A new design is asked for, and the budget is spent."""


@dataclass
class Recorder:
    """Judges designs for the environments, and records them in the order in which they are met."""

    problem: Problem
    agent: Driver[DriverSettings]
    service: EvaluationService
    budget: int
    observers: Sequence[Observer]
    state: SearchState
    _new: set[str] = field(default_factory=set)
    _n_told: int = 0

    @property
    def is_over(self) -> bool:
        """Whether the search is to end."""
        patience = self.agent.settings.patience
        return len(self.state.seen) >= self.budget or self.state.n_stale >= patience

    def evaluate(self, choices: Choices) -> Evaluation:
        """Judge a design, from the store if it is known.

        Raises:
            SpentError: If it is new, and the budget is spent.
        """
        state, key = self.state, self.service.key(choices)
        n_seen = len(state.seen)
        if key not in state.seen and n_seen >= self.budget:
            raise SpentError
        evaluation = self._evaluated([choices])[0]
        self.agent.proposed(choices)
        state.record(self.problem, key, evaluation)
        state.n_learnt = len(state.visits)
        state.n_stale = 0 if len(state.seen) > n_seen else state.n_stale + 1
        if key in self._new:
            self._new.remove(key)
            self.told()
        return evaluation

    def together(self, designs: Sequence[Choices]) -> None:
        """Have designs evaluated at once, as many of them as the budget allows."""
        service, seen = self.service, self.state.seen
        by_key = {service.key(one): one for one in designs}
        unseen = [one for key, one in by_key.items() if key not in seen]
        self._evaluated(unseen[: self.budget - len(seen)])

    def told(self) -> None:
        """Tell the observers, if there is something to tell."""
        if len(self.state.visits) == self._n_told:
            return
        self._n_told = len(self.state.visits)
        for observer in self.observers:
            observer.on_batch(self.state, self.agent.curves)

    def close(self) -> None:
        """Do nothing: the service is that of the session."""

    def _evaluated(self, designs: Sequence[Choices]) -> list[Evaluation]:
        with chance_kept():
            return self.service.evaluate_many(designs, self._arrived)

    def _arrived(self, evaluation: Evaluation) -> None:
        self._new.add(self.service.key(evaluation.choices))
        for observer in self.observers:
            observer.on_evaluation(evaluation)


@dataclass(frozen=True)
class DrivenSearch(ABC, Generic[D]):
    """A problem, who learns to search it, and where designs are evaluated.

    Going on with a search is searching again from the start: what is stored is known at once, and
    the same seed asks for the same designs, so that everything is as if it had not been stopped.
    """

    problem: Problem
    agent: D
    service: EvaluationService
    budget: int
    observers: Sequence[Observer] = ()
    recorder: ClassVar[type[Recorder]] = Recorder

    @property
    def patience(self) -> str:
        """What has to bring nothing new for the search to end."""
        return f"{self.agent.settings.patience} proposals"

    def run(self, state: SearchState) -> SearchState:
        """Learn until ``budget`` designs are evaluated, or nothing new is proposed any more."""
        judge = self.recorder(
            self.problem, self.agent, self.service, self.budget, self.observers, state
        )
        torch.set_num_threads(1)  # networks this small lose by more
        with chance_kept(), suppress(SpentError):
            self.learn(judge)
        judge.told()
        return state

    @abstractmethod
    def learn(self, judge: Recorder) -> None:
        """Have the learner drive environments that ask the judge, until it ends them."""


@contextmanager
def chance_kept() -> Iterator[None]:
    """Leave the global streams, which learners draw from, as they were.

    Around an evaluation: else a search would go on otherwise where it is known, or made in a
    worker. Around a search: else what comes after it would follow from its seed.
    """
    plain, arrays = random.getstate(), np.random.get_state()  # noqa: NPY002 (the learners' own streams)
    try:
        with torch.random.fork_rng(devices=[]):
            yield
    finally:
        random.setstate(plain)
        np.random.set_state(arrays)  # noqa: NPY002
