"""What the settings of agents that go by moves have in common."""

from typing import Annotated

from pydantic import Field

from agents.base import AgentError, AgentSettings
from envs.ancoef_problem import AncoefProblem
from envs.problem import Problem
from envs.settings_types import Natural
from envs.space import SearchSpace

Imagined = Annotated[Natural, Field(le=100_000)]


class MoveSettings(AgentSettings):
    """Settings of an agent that goes from design to design by moves."""

    def check(self, env: str, space: SearchSpace) -> None:
        """Refuse an environment without moves."""
        del space
        check_moves(env, self.name)


def check_moves(env: str, agent: str) -> None:
    """Refuse an environment without moves.

    Raises:
        AgentError: If it has none.
    """
    if env != "ancoef":
        raise AgentError(
            f"agent: {agent} goes from design to design by moves, and env={env} has none; "
            "take env=ancoef, or agent=reinforce"
        )


def moved_problem(problem: Problem) -> AncoefProblem:
    """A problem that has moves.

    Raises:
        AgentError: If it has none.
    """
    if not isinstance(problem, AncoefProblem):
        raise AgentError(f"agent: the problem {problem.name} has no moves")
    return problem
