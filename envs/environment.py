"""What an environment brings to its problem: an object each, in a file of `envs/environments`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from configs import catalog
from envs.evaluators import Constant, Evaluator
from envs.objectives import METRICS, Constraint, Objective
from envs.problem import Problem
from envs.problem_settings import ProblemSettings
from envs.space import SearchSpace

Bounds = tuple[Constraint, ...]


def _accuracy(env: Any, evaluator: Evaluator) -> Objective:  # noqa: ANN401 (any settings)
    del env, evaluator
    return Objective("accuracy")


def _constant(env: Any) -> Constant:  # noqa: ANN401 (likewise)
    del env
    return Constant()


def _as_it_is(env: Any, problem: Problem) -> Problem:  # noqa: ANN401 (likewise)
    del env
    return problem


@dataclass(frozen=True, kw_only=True)
class Environment:
    """The first argument of every function are the settings of the group ``env``.

    Attributes:
        name: ``env.name`` of those settings.
        space: What may be decided; takes no cost model.
        evaluator: What measures a design within bounds; not asked for if it is ``constant``.
        references: Of each cost, the value that counts as 1: what most designs stay below.
        constant: What measures nothing.
        quality: The objective that is no cost.
        costs: The other objectives.
        complete: Adds what this environment's agents need besides.
        slack: References in targets, where a reward leaves targets open.
    """

    name: str
    space: Callable[[Any, ProblemSettings], SearchSpace]
    evaluator: Callable[[Any, ProblemSettings, Bounds], Evaluator]
    references: Callable[[Any, ProblemSettings], Mapping[str, float]]
    constant: Callable[[Any], Evaluator] = _constant
    quality: Callable[[Any, Evaluator], Objective] = _accuracy
    costs: tuple[str, ...] = METRICS[1:]
    complete: Callable[[Any, Problem], Problem] = _as_it_is
    slack: float = 1.0


@cache
def environments() -> dict[str, Environment]:
    """All environments by name."""
    import envs.environments  # noqa: PLC0415 (its modules import this one)

    return catalog.discover(envs.environments, Environment)
