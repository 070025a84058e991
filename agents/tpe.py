"""Tree-structured Parzen estimator of Optuna (Bergstra et al., NeurIPS 2011; Watanabe, 2023)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution, IntDistribution

from agents.base import Actions, Heard
from agents.breeding import allowed
from agents.hearing import losses_heard, losses_of
from envs.evaluation import Evaluation
from envs.problem import Problem
from envs.space import Decision, SearchSpace


@dataclass(frozen=True)
class TpeOptions:
    """How it samples.

    Attributes:
        goal: The highest reward, or the front of all objectives.
        n_random: Random designs that come first.
        n_candidates: Choices of a decision among which the most promising is taken.
        batch_size: Designs proposed together; each knows of those before it.
    """

    goal: Literal["reward", "front"]
    n_random: int
    n_candidates: int
    batch_size: int


class Tpe:
    """Asks a study made anew of all that was told, so that its state is plain data."""

    def __init__(self, space: SearchSpace, options: TpeOptions, seed: int) -> None:
        self.batch_size = options.batch_size
        self._space = space
        self._options = options
        self._seed = seed
        self._told: list[tuple[Actions, tuple[float, ...]]] = []
        self._n_asked = 0
        self._distributions = {one.name: distribution_of(one) for one in space.open}

    def ask(self, n: int) -> list[Actions]:
        """Propose ``n`` designs."""
        random = np.random.default_rng((self._seed, self._n_asked))
        study = self._study(int(random.integers(2**31)))
        self._n_asked += n
        return [self._proposed(study, random) for _ in range(n)]

    def judge(self, problem: Problem, evaluation: Evaluation) -> Heard:
        """The reward, or the losses; infinite where there can be no such design."""
        if self._options.goal == "reward":
            return problem.score(evaluation)
        return losses_of(problem, evaluation)

    def tell(self, proposals: Sequence[Actions], rewards: Sequence[Heard]) -> dict[str, float]:
        """Remember designs and what they are worth."""
        self._told += [
            (tuple(one), losses_heard(heard)) for one, heard in zip(proposals, rewards, strict=True)
        ]
        return {}

    def hear_of(self, designs: Sequence[Actions], heard: Sequence[Heard]) -> None:
        """Take in designs that others have chosen."""
        self.tell(designs, heard)

    def state_dict(self) -> dict[str, Any]:
        """Return all that was told."""
        return {"seed": self._seed, "told": list(self._told), "n_asked": self._n_asked}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take up a state."""
        self._seed = state["seed"]
        self._told = [(tuple(one), tuple(loss)) for one, loss in state["told"]]
        self._n_asked = state["n_asked"]

    def _study(self, seed: int) -> optuna.Study:
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        options = self._options
        sampler = optuna.samplers.TPESampler(
            n_startup_trials=options.n_random, n_ei_candidates=options.n_candidates, seed=seed
        )
        losses = finite(self._told)
        n_objectives = losses.shape[1] if len(losses) else 1
        study = optuna.create_study(directions=["minimize"] * n_objectives, sampler=sampler)
        study.add_trials(
            optuna.create_trial(
                params=dict(zip(self._distributions, actions, strict=True)),
                distributions=self._distributions,
                values=loss.tolist(),
            )
            for (actions, _), loss in zip(self._told, losses, strict=True)
        )
        return study

    def _proposed(self, study: optuna.Study, random: np.random.Generator) -> Actions:
        trial = study.ask(self._distributions)
        return allowed(self._space, [trial.params[one.name] for one in self._space.open], random)


def distribution_of(decision: Decision) -> BaseDistribution:
    """Over the actions of a decision: in a row if its choices are ascending numbers."""
    choices, n = decision.choices, len(decision.choices)
    if all(isinstance(one, int | float) for one in choices) and list(choices) == sorted(choices):
        return IntDistribution(0, n - 1)
    return CategoricalDistribution(range(n))


def finite(told: Sequence[tuple[Actions, tuple[float, ...]]]) -> "np.ndarray[Any, Any]":
    """The losses, shape ``(n, n_objectives)``; infinite ones are as the worst one, or 1."""
    losses = np.array([loss for _, loss in told], np.float64)
    if not len(losses):
        return losses
    is_known = np.isfinite(losses)
    worst = np.where(is_known, losses, -np.inf).max(axis=0)
    return np.where(is_known, losses, np.where(np.isfinite(worst), worst, 1.0))
