"""One search of a benchmark: what each evaluated design was worth, in the order of evaluation."""

import itertools
import time
from collections.abc import Sequence
from contextlib import closing
from typing import Any, Protocol, runtime_checkable

import numpy as np

from agents.base import Actions, Heard, Judge
from agents.loop import SearchState, fresh
from agents.making import make_searcher, search_with
from agents.problems import problem_of
from agents.trials import Trial
from agents.usage import settings_from
from envs.ancoef_problem import AncoefProblem
from envs.moves.placing import forget
from envs.problem import Problem
from envs.service import EvaluationService
from envs.store import EvaluationStore

MOST_TRIED, MOST_BUDGETS = 50_000, 1000
MOST_DRAWS = 100  # for each initial design, of which none is to come twice


@runtime_checkable
class Listener(Protocol):
    """An agent that can learn from designs which it has not proposed."""

    def hear_of(self, designs: Sequence[Actions], heard: Sequence[Heard]) -> None:
        """Take in designs, before the first `ask`."""
        ...


def searched(trial: Trial, n_initial: int) -> dict[str, Any]:
    """Search; return plain data.

    Returns:
        ``rewards``: of each evaluated design; ``losses``: likewise, None of designs that cannot
        be; ``proposals``: their number; ``wall_s``.
    """
    settings = settings_from(trial.typed)
    problem = problem_of(settings)
    begun = time.perf_counter()
    with closing(EvaluationStore()) as store:
        service = EvaluationService(problem.evaluator, store, settings.seed)
        agent = make_searcher(settings, problem)
        state = fresh(problem)
        try:
            given = initial(problem, min(n_initial, trial.budget), trial.seed)
            begin(problem, agent, service, given, state)
            search_with(problem, agent, service, trial.budget).run(state)
            return _told(problem, state, store) | {"wall_s": time.perf_counter() - begun}
        finally:
            forget()


def initial(problem: Problem, n: int, seed: int) -> list[Actions]:
    """Random designs that all agents of a seed begin with; moves begin with the environment's own.

    Fewer where the space has hardly more.
    """
    if isinstance(problem, AncoefProblem):
        return []
    random = np.random.default_rng(seed)
    drawn: dict[Actions, None] = {}
    for _ in range(MOST_DRAWS * n):
        if len(drawn) == n:
            break
        drawn[problem.space.sample(random)] = None
    return list(drawn)


def begin(
    problem: Problem,
    agent: object,
    service: EvaluationService,
    designs: Sequence[Actions],
    state: SearchState,
) -> None:
    """Evaluate the initial designs, and have the agent hear of them if it can."""
    if not designs:
        return
    decoded = [problem.space.decode(one) for one in designs]
    heard: list[Heard] = []
    for choices, evaluation in zip(decoded, service.evaluate_many(decoded), strict=True):
        reward = state.record(problem, service.key(choices), evaluation)
        heard.append(agent.judge(problem, evaluation) if isinstance(agent, Judge) else reward)
    if isinstance(agent, Listener):
        agent.hear_of(designs, heard)
    state.n_learnt = len(state.visits)


def _told(problem: Problem, state: SearchState, store: EvaluationStore) -> dict[str, Any]:
    rewards, losses = [], []
    first_reward = dict(reversed(state.visits))
    for key, reward in ((key, first_reward[key]) for key in dict(state.visits)):
        evaluation = store.get(key)
        assert evaluation is not None  # noqa: S101 (every visit is stored)
        possible = evaluation.infeasible is None
        rewards.append(reward)
        losses.append(problem.losses(evaluation).tolist() if possible else None)
    return {"rewards": rewards, "losses": losses, "proposals": len(state.visits)}


def optimum_of(problem: Problem, budget: int) -> float | None:
    """The highest reward there is, of a space that is cheap and small enough to be tried whole.

    Args:
        budget: Of a search; a space is not small if it has so many times more designs.
    """
    space = problem.space
    n_designs = float(space.n_choices.astype(float).prod())
    if not problem.evaluator.is_cheap or n_designs > min(MOST_TRIED, MOST_BUDGETS * budget):
        return None
    every = itertools.product(*(range(n) for n in space.n_choices))
    designs = [space.decode(one) for one in every if space.contains(one)]
    with closing(EvaluationStore()) as store:
        found = EvaluationService(problem.evaluator, store).evaluate_many(designs)
    return max((problem.score(one) for one in found if one.infeasible is None), default=None)
