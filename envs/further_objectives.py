"""Objectives that a user adds to those of the environment."""

from collections.abc import Iterable, Mapping

from configs import catalog
from envs.custom_evaluator import OwnStage
from envs.evaluators import Evaluator
from envs.objectives import Objective


def further_objectives(
    wanted: Mapping[str, float], evaluator: Evaluator, known: Iterable[str]
) -> tuple[Objective, ...]:
    """The objectives of ``objectives.*``.

    Args:
        wanted: By metric, the reference: the value at which a cost counts as 1, or at which a
            maximised metric of a user's own counts as 0 and nothing more is gained.
        known: Metrics of those of the environment.

    Raises:
        ValueError: If one of them is not measured, or an objective already.
    """
    yields: Iterable[str] = getattr(evaluator, "yields", tuple(wanted))
    there = set(known)
    for name in wanted:
        if name not in yields:
            hint = catalog.suggestion(name, yields)
            raise ValueError(f"objectives.{name}: nothing of this search measures it; {hint}")
        if name in there:
            raise ValueError(f"objectives.{name}: is an objective already")
    maximized = maximized_of(evaluator)
    return tuple(
        Objective(name, reference, top=reference, is_maximized=name in maximized)
        for name, reference in wanted.items()
    )


def maximized_of(evaluator: Evaluator) -> frozenset[str]:
    """Metrics of a user's own evaluators of which more is better."""
    own = [one for one in getattr(evaluator, "own", ()) if isinstance(one, OwnStage)]
    return frozenset(name for one in own for name in one.maximized)
