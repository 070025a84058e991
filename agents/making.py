"""Settings -> agent; what an agent needs of a space is checked before torch is loaded."""

import numpy as np

from agents.base import Actions, Agent, AgentError
from agents.cellwise import CellwiseSearch, cells_of
from agents.random_search import RandomSearch
from agents.settings import (
    CellwiseSettings,
    RandomSettings,
    ReinforceSettings,
    RunSettings,
    SnasnetSettings,
)
from agents.snasnet import SnasnetSearch, edges_of
from agents.usage import UsageError
from envs.nacim_space import started_from
from envs.settings import NacimSettings
from envs.space import SearchSpace

OPEN_END = 32  # designs of a search that could go on for ever, unless search.budget says otherwise


def check_agent(settings: RunSettings, space: SearchSpace) -> None:
    """Refuse an agent that cannot search a space.

    Raises:
        UsageError: With the reason.
    """
    try:
        if isinstance(settings.agent, CellwiseSettings):
            cells_of(space)
        if isinstance(settings.agent, SnasnetSettings):
            edges_of(space)
    except AgentError as error:
        raise UsageError(str(error)) from error


def make_agent(settings: RunSettings, space: SearchSpace) -> Agent:
    """Make the agent that the settings name, with its own stream of the seed."""
    check_agent(settings, space)
    seed, agent = int(np.random.SeedSequence(settings.seed).generate_state(1)[0]), settings.agent
    if isinstance(agent, RandomSettings):
        return RandomSearch(space, agent.batch_size, seed)
    if isinstance(agent, CellwiseSettings):
        return CellwiseSearch(space, agent.first_budgets, agent.batch_size)
    if isinstance(agent, SnasnetSettings):
        return SnasnetSearch(space, agent.n_draws, agent.batch_size, seed)
    return _reinforce(agent, space, seed, start_of(settings, space))


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


def _reinforce(
    settings: ReinforceSettings, space: SearchSpace, seed: int, start: Actions | None
) -> Agent:
    from agents.reinforce import Reinforce, ReinforceOptions  # noqa: PLC0415 (loads torch)

    options = ReinforceOptions(**settings.model_dump(exclude={"name"}))
    return Reinforce(space, options, seed, start)


def budget_of(settings: RunSettings, agent: Agent) -> int:
    """Designs to search: as asked for, else all that the agent tries."""
    tries: int | None = getattr(agent, "n_designs", None)
    return settings.search.budget or tries or OPEN_END
