"""Searches hardware for one network of a co-exploration, and drops what is hopeless."""

from dataclasses import dataclass
from typing import Any

from agents.learner import NAMES as LEARNERS
from agents.loop import Search, SearchState, fresh
from agents.making import make_agent
from agents.morl import NAMES as MORL_LEARNERS
from agents.settings import RunSettings
from agents.usage import UsageError, validated
from configs import catalog
from envs.ancoef_problem import AncoefProblem
from envs.ancoef_reward import AncoefReward
from envs.coexplore_evaluator import FoundHardware
from envs.coexplore_settings import CoexploreSettings
from envs.evaluation import Metrics
from envs.service import EvaluationService
from envs.store import EvaluationStore

NOT_OF_HARDWARE = ("neuronas", "spikenas", "snasnet")  # agents that search cells


@dataclass(frozen=True)
class InnerSearch:
    """A budget of simulations, spent by an agent.

    Attributes:
        settings: Of a search with ``env=ancoef``, without its application.
        drop_after: Simulations after which a network is dropped ...
        drop_factor: ... if no design so far takes less than so many times its targets.
    """

    settings: RunSettings
    drop_after: int
    drop_factor: float

    @property
    def budget(self) -> int:
        """Simulations."""
        assert self.settings.search.budget is not None  # noqa: S101 (set by `inner_search`)
        return self.settings.search.budget

    @property
    def context(self) -> dict[str, Any]:
        """Agent, budget, and when a network is dropped."""
        return {
            "agent": self.settings.agent.model_dump(mode="json"),
            "budget": self.budget,
            "drop": [self.drop_after, self.drop_factor],
        }

    def __call__(self, problem: AncoefProblem, seed: int) -> FoundHardware:
        """Search; the same seed gives the same hardware."""
        service = EvaluationService(problem.evaluator, EvaluationStore(), seed)
        agent = make_agent(self.settings.model_copy(update={"seed": seed}), problem)
        state = fresh(problem)
        if self.drop_after:
            Search(problem, agent, service, self.drop_after).run(state)
            if reason := self._hopeless(problem, state):
                return _found(state, reason)
        Search(problem, agent, service, self.budget).run(state)
        return _found(state)

    def _hopeless(self, problem: AncoefProblem, state: SearchState) -> str | None:
        """Why it makes no sense to go on; None if it may."""
        if state.best is None:
            return f"dropped after {len(state.seen)} simulations: no design could be"
        cost, ratio = worst(problem, state.best[1].metrics)
        if ratio <= self.drop_factor:
            return None
        target = targets_of(problem)[cost]
        return (
            f"dropped after {len(state.seen)} of {self.budget} simulations: {cost} is {ratio:.3g} "
            f"times its target of {target:.3g} ({self.drop_factor:g} times are allowed)"
        )


def inner_search(settings: RunSettings) -> InnerSearch:
    """The search for hardware that a co-exploration asks for.

    Raises:
        UsageError: If its agent has no such option, or searches no hardware.
    """
    env = settings.env
    assert isinstance(env, CoexploreSettings)  # noqa: S101 (asked by the caller)
    inner = env.inner
    if inner.agent in NOT_OF_HARDWARE:
        raise UsageError(f"env.inner.agent: {inner.agent} searches cells, no hardware")
    if inner.agent in (*LEARNERS, *MORL_LEARNERS):
        raise UsageError(
            f"env.inner.agent: {inner.agent} drives an environment of its own; take qlearning, "
            "or another agent that is asked for designs"
        )
    own = {
        "agent": catalog.read("agent", inner.agent) | inner.options,
        "search": {"budget": inner.budget, "workers": 1},
    }
    try:
        checked = validated(settings.model_dump(mode="json", by_alias=True) | own)
    except UsageError as error:
        told = str(error).removeprefix("agent.")
        raise UsageError(f"env.inner.options.{told}") from error
    changes = {
        "env": env.hardware,
        "agent": checked.agent,
        "search": checked.search,
    }
    return InnerSearch(settings.model_copy(update=changes), inner.drop_after, inner.drop_factor)


def targets_of(problem: AncoefProblem) -> dict[str, float]:
    """Targets of the reward, by metric."""
    assert isinstance(problem.reward, AncoefReward)  # noqa: S101 (that of a co-exploration)
    return dict(problem.reward.targets)


def worst(problem: AncoefProblem, metrics: Metrics) -> tuple[str, float]:
    """The cost that is furthest from its target, and how many times it that is."""
    ratios = {cost: metrics[cost] / target for cost, target in targets_of(problem).items()}
    cost = max(ratios, key=lambda one: ratios[one])
    return cost, ratios[cost]


def _found(state: SearchState, dropped: str | None = None) -> FoundHardware:
    best = state.best[1] if state.best else None
    return FoundHardware(best, len(state.seen), dropped)
