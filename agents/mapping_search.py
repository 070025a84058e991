"""Searches the mapping of one design of a joint search, by moves: the inner of two levels."""

import pickle
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from agents.annealing import AnnealingSettings
from agents.base import AgentError
from agents.loop import Search, fresh
from agents.making import make_agent
from agents.qlearning_settings import QLearningLinearSettings, QLearningSettings
from agents.random_walk import RandomWalkSettings
from agents.settings import RunSettings
from agents.usage import UsageError, validated
from configs import catalog
from configs.imports import told
from envs.ancoef_problem import AncoefProblem
from envs.coexplore_evaluator import FoundHardware
from envs.joint_settings import JointSettings
from envs.joint_two_level import MappingGoal, TwoLevelEvaluator
from envs.problem import Problem
from envs.service import EvaluationService
from envs.store import EvaluationStore

WALKERS = (  # they begin with the design that is given; others need never see it
    QLearningSettings,
    QLearningLinearSettings,
    AnnealingSettings,
    RandomWalkSettings,
)
NO_FORECASTS = {"n_imagined": 0}  # they know digital cores alone, and take longer than to simulate


@dataclass(frozen=True)
class MappingSearch:
    """A budget of simulations, spent by an agent that walks.

    Attributes:
        settings: Of a search with ``env=ancoef``, whose application nobody reads.
    """

    settings: RunSettings

    @property
    def budget(self) -> int:
        """Simulations."""
        assert self.settings.search.budget is not None  # noqa: S101 (set by `mapping_search`)
        return self.settings.search.budget

    @property
    def context(self) -> dict[str, Any]:
        """Agent and budget."""
        return {"agent": self.settings.agent.model_dump(mode="json"), "budget": self.budget}

    def __call__(self, problem: AncoefProblem, seed: int) -> FoundHardware:
        """Search; the same seed gives the same mapping."""
        service = EvaluationService(problem.evaluator, EvaluationStore(), seed)
        agent = make_agent(self.settings.model_copy(update={"seed": seed}), problem)
        state = fresh(problem)
        with suppress(AgentError):  # no move is left: the walk has seen all that it can
            Search(problem, agent, service, self.budget).run(state)
        return FoundHardware(state.best[1] if state.best else None, len(state.seen))


def with_mapping_search(settings: RunSettings, problem: Problem) -> Problem:
    """Have the mapping of each design searched, where that is asked for.

    Raises:
        UsageError: If the agent makes no moves, has no such option, or the reward cannot be handed
            to the processes that search.
    """
    evaluator = problem.evaluator
    if not isinstance(evaluator, TwoLevelEvaluator):
        return problem
    try:
        pickle.dumps(problem.reward)
    except Exception as error:  # whatever a user's own class does then
        raise UsageError(
            f"reward: env.inner.budget hands it to other processes, and it cannot be: {told(error)}"
        ) from error
    goal = MappingGoal(
        problem.reward,
        problem.infeasible_reward,
        {
            "reward": settings.reward.model_dump(mode="json", by_alias=True),
            "references": {one.metric: one.reference for one in problem.objectives},
        },
    )
    searched = replace(evaluator, search=mapping_search(settings), goal=goal)
    return replace(problem, evaluator=searched)


def mapping_search(settings: RunSettings) -> MappingSearch:
    """The search for mappings that a joint search asks for.

    Raises:
        UsageError: If its agent makes no moves, or has no such option.
    """
    env = settings.env
    assert isinstance(env, JointSettings)  # noqa: S101 (asked by the caller)
    inner = env.inner
    content = catalog.read("agent", inner.agent)
    unimagined = {key: value for key, value in NO_FORECASTS.items() if key in content}
    own = {
        "agent": content | unimagined | inner.options,
        "search": {"budget": inner.budget, "workers": 1},
    }
    try:
        checked = validated(settings.model_dump(mode="json", by_alias=True) | own)
    except UsageError as error:
        raise UsageError(f"env.inner.options.{str(error).removeprefix('agent.')}") from error
    if not isinstance(checked.agent, WALKERS):
        raise UsageError(
            f"env.inner.agent: {inner.agent} does not walk from the mapping that is given; take "
            "qlearning, qlearning_linear, annealing or random_walk"
        )
    if getattr(checked.agent, "n_imagined", 0):
        raise UsageError(
            "env.inner.options.n_imagined: needs 0: forecasts know the cores of digital hardware "
            "alone, and take about as long as to simulate so small a network"
        )
    changes = {"env": inner.ancoef, "agent": checked.agent, "search": checked.search}
    return MappingSearch(settings.model_copy(update=changes))
