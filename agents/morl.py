"""Algorithms of MORL-Baselines as agents: they learn from a reward for each objective."""

import math
from collections.abc import Iterable
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from agents.base import AgentError
from agents.driver import Driver
from agents.morl_settings import MorlSettings
from envs.ancoef_problem import AncoefProblem
from envs.problem import Problem
from envs.space import SearchSpace

if TYPE_CHECKING:
    from agents.morl_search import MorlSearch

NAMES = ("pcn", "envelope", "pql", "eupg")
PACKAGES = ("morl_baselines", "mo_gymnasium", "wandb")  # the last is imported, and never called
MOST_VALUES = 250_000  # of Pareto Q-learning: half a kilobyte each


class MorlLearner(Driver[MorlSettings]):
    """An algorithm of MORL-Baselines, and once it has an environment its networks or tables.

    Attributes:
        model: None until it drives an environment.
    """

    def __init__(self, settings: MorlSettings, name: str, seed: int) -> None:
        super().__init__(settings, name, seed)
        self.model: Any = None

    @property
    def curves(self) -> dict[str, float]:
        """Steps, and the probability of a random action where there is one."""
        if self.model is None:
            return {}
        names = {"global_step": "n_steps", "epsilon": "epsilon", "homotopy_lambda": "homotopy"}
        return {
            f"train/{shown}": float(getattr(self.model, name))
            for name, shown in names.items()
            if hasattr(self.model, name)
        }

    def state_dict(self) -> dict[str, Any]:
        """Return what was learnt, as tensors and plain data; a resume searches again instead."""
        if self.model is None:
            return {}
        from agents.morl_library import learnt  # noqa: PLC0415 (loads torch)

        return {
            **learnt(self.name, self.model),
            "n_steps": self.model.global_step,
            "origins": dict(self.origins),
        }

    def search_class(self) -> "type[MorlSearch]":
        """What drives it; loads the library."""
        from agents.morl_search import MorlSearch  # noqa: PLC0415 (loads torch)

        return MorlSearch


def check_morl(name: str, env: str, space: SearchSpace) -> None:
    """Refuse what cannot be, before anything is loaded.

    Raises:
        AgentError: If the package is missing, or there are too many states for a table.
    """
    if any(find_spec(package) is None for package in PACKAGES):
        raise AgentError(
            f"agent={name}: the package morl-baselines is missing; pip install 'coexplore[morl]'"
        )
    if name == "pql" and env != "ancoef":  # which has states of its own
        _check_table(n_partial(space.n_choices) + 1, space.width)


def check_problem(name: str, problem: Problem) -> None:
    """Refuse moves between too many bins for a table.

    Raises:
        AgentError: With the number of states.
    """
    if name == "pql" and isinstance(problem, AncoefProblem):
        _check_table(math.prod(problem.bins.n_bins.tolist()), len(problem.neighbourhood.moves))


def n_partial(n_choices: Iterable[int]) -> int:
    """Designs of which some decisions are taken, from the first on, but not all."""
    sizes = [int(n) for n in n_choices]
    return sum(math.prod(sizes[:n]) for n in range(len(sizes)))


def _check_table(n_states: int, n_actions: int) -> None:
    if n_states * n_actions > MOST_VALUES:
        raise AgentError(
            f"agent=pql: keeps a table of states and actions, here {n_states:.3g} x {n_actions}, "
            f"and at most {MOST_VALUES:,} fit; take agent=pcn, or freeze decisions"
        )
