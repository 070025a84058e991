"""Settings -> agent; what an agent needs of a problem is checked before torch is loaded."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from agents.anas import Anas, AnasOptions
from agents.annealing import Annealing, AnnealingOptions
from agents.autosnn import AutosnnOptions, AutosnnSearch
from agents.base import Actions, Agent, AgentError
from agents.cellwise import CellwiseSearch, cells_of
from agents.driver import DrivenSearch, Driver
from agents.learner import Learner, check_learner
from agents.learner_settings import LearnerSettings
from agents.linear_values import LinearValues
from agents.loop import Observer, Search
from agents.morl import MorlLearner, check_morl
from agents.morl_settings import MorlSettings
from agents.qlearning import QLearning, QLearningOptions
from agents.qtable import QTable
from agents.random_search import RandomSearch
from agents.random_walk import RandomWalk
from agents.regularized_evolution import RegularizedEvolution, RegularizedEvolutionOptions
from agents.settings import (
    OPEN_END,
    AnasSettings,
    AnnealingSettings,
    AutosnnSettings,
    CellwiseSettings,
    Nsga2Settings,
    QLearningLinearSettings,
    QLearningSettings,
    RandomSettings,
    RandomWalkSettings,
    RegularizedEvolutionSettings,
    ReinforceMoSettings,
    ReinforceSettings,
    RunSettings,
    SnasnetSettings,
    TpeSettings,
)
from agents.snasnet import SnasnetSearch, edges_of
from agents.transfer import check_source, take_over
from agents.usage import UsageError
from agents.walking import check_moves, moved_problem
from envs.nacim_space import started_from
from envs.problem import Problem
from envs.service import EvaluationService
from envs.settings import NacimSettings
from envs.space import SearchSpace

BY_MOVES = (
    QLearningSettings,
    QLearningLinearSettings,
    AnasSettings,
    AnnealingSettings,
    RandomWalkSettings,
)


def check_agent(settings: RunSettings, space: SearchSpace) -> None:
    """Refuse an agent that cannot search an environment.

    Raises:
        UsageError: With the reason.
    """
    try:
        if isinstance(settings.agent, CellwiseSettings):
            cells_of(space)
        if isinstance(settings.agent, SnasnetSettings):
            edges_of(space)
        if isinstance(settings.agent, BY_MOVES):
            check_moves(settings.env.name, settings.agent.name)
        if isinstance(settings.agent, LearnerSettings):
            check_learner(settings.agent, settings.agent.name)
        if isinstance(settings.agent, MorlSettings):
            check_morl(settings.agent.name, settings.env, space)
        if not settings.resume:  # its checkpoint holds what it began with
            check_source(getattr(settings.agent, "init", None))
    except AgentError as error:
        raise UsageError(str(error)) from error


def make_agent(settings: RunSettings, problem: Problem) -> Agent:
    """Make an agent that is asked for designs, with its own stream of the seed.

    Raises:
        UsageError: If it cannot search the problem, or begin with what it is to begin with.
    """
    check_agent(settings, problem.space)
    return MAKERS[type(settings.agent)](settings, problem, _seed(settings))


def make_searcher(settings: RunSettings, problem: Problem) -> Agent | Driver[Any]:
    """Make the agent that the settings name, whether it is asked or drives environments itself.

    Raises:
        UsageError: If it cannot search the problem, or begin with what it is to begin with.
    """
    if not isinstance(settings.agent, LearnerSettings | MorlSettings):
        return make_agent(settings, problem)
    check_agent(settings, problem.space)
    if isinstance(settings.agent, MorlSettings):
        return MorlLearner(settings.agent, settings.agent.name, _seed(settings))
    return Learner(settings.agent, settings.agent.name, _seed(settings))


def _seed(settings: RunSettings) -> int:
    return int(np.random.SeedSequence(settings.seed).generate_state(1)[0])


def search_with(
    problem: Problem,
    agent: Agent | Driver[Any],
    service: EvaluationService,
    budget: int,
    observers: Sequence[Observer] = (),
) -> Search | DrivenSearch:
    """The search of an agent: it is asked for designs, or drives environments itself."""
    if isinstance(agent, Driver):
        return agent.search(problem, service, budget, observers)
    return Search(problem, agent, service, budget, observers)


def taken_up(settings: RunSettings) -> RunSettings:
    """Settings of an agent whose state comes from a checkpoint, with what it had learnt before."""
    if not settings.resume or getattr(settings.agent, "init", None) is None:
        return settings
    return settings.model_copy(update={"agent": settings.agent.model_copy(update={"init": None})})


def _options(settings: RunSettings, *besides: str) -> dict[str, Any]:
    return settings.agent.model_dump(exclude={"name", *besides})


def _random(settings: RunSettings, problem: Problem, seed: int) -> Agent:
    assert isinstance(settings.agent, RandomSettings)  # noqa: S101 (by MAKERS)
    return RandomSearch(problem.space, settings.agent.batch_size, seed)


def _cellwise(settings: RunSettings, problem: Problem, seed: int) -> Agent:
    del seed
    return CellwiseSearch(problem.space, **_options(settings))


def _snasnet(settings: RunSettings, problem: Problem, seed: int) -> Agent:
    return SnasnetSearch(problem.space, seed=seed, **_options(settings))


def start_of(settings: RunSettings, space: SearchSpace) -> Actions | None:
    """The design whose weights are begun with, as the agent would propose it.

    Raises:
        UsageError: If it is none of the space.
    """
    if not isinstance(settings.env, NacimSettings) or settings.env.start.run is None:
        return None
    try:
        return space.encode(started_from(settings.env))
    except (LookupError, ValueError) as error:
        raise UsageError(f"env.start.run: its design is none of this space: {error}") from error


def _reinforce(settings: RunSettings, problem: Problem, seed: int) -> Agent:
    from agents.reinforce import Reinforce, ReinforceOptions  # noqa: PLC0415 (loads torch)

    options = ReinforceOptions(**_options(settings))
    return Reinforce(problem.space, options, seed, start_of(settings, problem.space))


def _qlearning(settings: RunSettings, problem: Problem, seed: int) -> Agent:
    agent, moved = settings.agent, moved_problem(problem)
    n_moves = len(moved.neighbourhood.moves)
    if isinstance(agent, QLearningSettings):
        own = ("learning_rate", "prior_weight")
        table = QTable(moved.bins, n_moves, agent.learning_rate, agent.prior_weight)
        options = QLearningOptions(**_options(settings, "init", *own))
        return take_over(QLearning(moved, table, options, seed), agent.init)
    assert isinstance(agent, QLearningLinearSettings)  # noqa: S101 (by MAKERS)
    weights = LinearValues(moved.bins, n_moves, agent.learning_rate)
    options = QLearningOptions(**_options(settings, "init", "learning_rate"))
    return take_over(QLearning(moved, weights, options, seed), agent.init)


def _anas(settings: RunSettings, problem: Problem, seed: int) -> Agent:
    return Anas(moved_problem(problem), AnasOptions(**_options(settings)), seed)


def _annealing(settings: RunSettings, problem: Problem, seed: int) -> Agent:
    options = AnnealingOptions(**_options(settings.resolved))
    return Annealing(moved_problem(problem), options, seed)


def _random_walk(settings: RunSettings, problem: Problem, seed: int) -> Agent:
    return RandomWalk(moved_problem(problem), seed=seed, **_options(settings))


def _autosnn(settings: RunSettings, problem: Problem, seed: int) -> Agent:
    return AutosnnSearch(problem.space, AutosnnOptions(**_options(settings)), seed)


def _regularized_evolution(settings: RunSettings, problem: Problem, seed: int) -> Agent:
    options = RegularizedEvolutionOptions(**_options(settings))
    return RegularizedEvolution(problem.space, options, seed)


def _nsga2(settings: RunSettings, problem: Problem, seed: int) -> Agent:
    from agents.nsga2 import Nsga2, Nsga2Options  # noqa: PLC0415 (loads pymoo)

    return Nsga2(problem.space, Nsga2Options(**_options(settings)), seed)


def _reinforce_mo(settings: RunSettings, problem: Problem, seed: int) -> Agent:
    from agents.reinforce_mo import ReinforceMo, ReinforceMoOptions  # noqa: PLC0415 (loads torch)

    options = ReinforceMoOptions(**_options(settings))
    return ReinforceMo(problem.space, options, len(problem.objectives), seed)


def _tpe(settings: RunSettings, problem: Problem, seed: int) -> Agent:
    from agents.tpe import Tpe, TpeOptions  # noqa: PLC0415 (loads optuna)

    return Tpe(problem.space, TpeOptions(**_options(settings)), seed)


MAKERS: dict[type, Callable[[RunSettings, Problem, int], Agent]] = {
    RandomSettings: _random,
    CellwiseSettings: _cellwise,
    SnasnetSettings: _snasnet,
    ReinforceSettings: _reinforce,
    QLearningSettings: _qlearning,
    QLearningLinearSettings: _qlearning,
    AnasSettings: _anas,
    AnnealingSettings: _annealing,
    RandomWalkSettings: _random_walk,
    AutosnnSettings: _autosnn,
    RegularizedEvolutionSettings: _regularized_evolution,
    Nsga2Settings: _nsga2,
    TpeSettings: _tpe,
    ReinforceMoSettings: _reinforce_mo,
}


def budget_of(settings: RunSettings, agent: Agent | Driver[Any]) -> int:
    """Designs to search: as asked for, else all that the agent tries."""
    tries: int | None = getattr(agent, "n_designs", None)
    return settings.search.budget or tries or OPEN_END
