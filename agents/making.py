"""Settings -> agent; what an agent needs of a problem is checked before torch is loaded."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from agents.base import Agent, AgentError
from agents.driver import Driver
from agents.loop import Observer, Search
from agents.settings import OPEN_END, RunSettings
from agents.transfer import check_source
from agents.usage import UsageError
from configs.imports import told
from envs.problem import Problem
from envs.service import EvaluationService
from envs.space import SearchSpace

if TYPE_CHECKING:
    from agents.driven import DrivenSearch

OWED = ("batch_size", "ask", "tell", "state_dict", "load_state_dict")


def check_agent(settings: RunSettings, space: SearchSpace) -> None:
    """Refuse an agent that cannot search an environment.

    Raises:
        UsageError: With the reason.
    """
    try:
        settings.agent.check(settings.env.name, space)
        if not settings.resume:  # its checkpoint holds what it began with
            check_source(getattr(settings.agent, "init", None))
    except AgentError as error:
        raise UsageError(str(error)) from error


def make_agent(settings: RunSettings, problem: Problem) -> Agent:
    """Make an agent that is asked for designs, with its own stream of the seed.

    Raises:
        UsageError: If it cannot search the problem, or begin with what it is to begin with.
    """
    made = make_searcher(settings, problem)
    if isinstance(made, Driver):
        raise UsageError(f"agent={made.name}: drives an environment of its own, and is not asked")
    return made


def make_searcher(settings: RunSettings, problem: Problem) -> Agent | Driver[Any]:
    """Make the agent that the settings name, whether it is asked or drives environments itself.

    Raises:
        UsageError: If it cannot search the problem, or begin with what it is to begin with.
    """
    check_agent(settings, problem.space)
    seed = int(np.random.SeedSequence(settings.seed).generate_state(1)[0])
    made = _made(settings, problem, seed)
    lacking = [] if isinstance(made, Driver) else [one for one in OWED if not hasattr(made, one)]
    if lacking:
        kind = type(made).__name__
        raise UsageError(f"agent: {kind} lacks {', '.join(lacking)}, which every agent has")
    return made


def _made(settings: RunSettings, problem: Problem, seed: int) -> Agent | Driver[Any]:
    target = settings.agent.target
    try:
        made: Agent | Driver[Any] = settings.resolved.agent.make(problem, seed)
    except AgentError as error:
        raise UsageError(str(error)) from error
    except Exception as error:  # whatever a user's own class does then
        if target is None or isinstance(error, UsageError):
            raise
        raise UsageError(f"agent._target_: '{target}' makes no agent: {told(error)}") from error
    return made


def search_with(
    problem: Problem,
    agent: Agent | Driver[Any],
    service: EvaluationService,
    budget: int,
    observers: Sequence[Observer] = (),
) -> "Search | DrivenSearch[Any]":
    """The search of an agent: it is asked for designs, or drives environments itself."""
    if isinstance(agent, Driver):
        return agent.search(problem, service, budget, observers)
    return Search(problem, agent, service, budget, observers)


def taken_up(settings: RunSettings) -> RunSettings:
    """Settings of an agent whose state comes from a checkpoint, with what it had learnt before."""
    if not settings.resume or getattr(settings.agent, "init", None) is None:
        return settings
    return settings.model_copy(update={"agent": settings.agent.model_copy(update={"init": None})})


def budget_of(settings: RunSettings, agent: Agent | Driver[Any]) -> int:
    """Designs to search: as asked for, else all that the agent tries."""
    tries: int | None = getattr(agent, "n_designs", None)
    return settings.search.budget or tries or OPEN_END
