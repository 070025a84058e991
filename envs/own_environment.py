"""An environment of a user's own: made, and what it lacks told in one line that names its class."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, ParamSpec, TypeVar

from configs.imports import told
from envs.environment import Environment
from envs.settings import OwnEnvSettings

Taken = ParamSpec("Taken")
Made = TypeVar("Made")


def own_environment(settings: OwnEnvSettings) -> Environment:
    """What a user's own settings bring.

    Its functions raise `ValueError` if they fail, or bring no reference of one of its costs.

    Raises:
        ValueError: If that is nothing, or their class fails.
    """
    found: object = _guarded(settings, settings.environment)()
    if not isinstance(found, Environment):
        raise ValueError(  # noqa: TRY004 (of a setting)
            f"{_where(settings)}: environment() must return an "
            f"envs.environment.Environment, got {found!r:.60}"
        )
    referred, costs = _guarded(settings, found.references), found.costs

    def references(*given: Any) -> Mapping[str, float]:  # noqa: ANN401 (any settings)
        return _checked(settings, referred(*given), costs)

    return replace(
        found,
        space=_guarded(settings, found.space),
        evaluator=_guarded(settings, found.evaluator),
        quality=_guarded(settings, found.quality),
        references=references,
    )


def check_evaluator(settings: OwnEnvSettings, evaluator: object) -> None:
    """Refuse what measures nothing.

    Raises:
        ValueError: With what it lacks.
    """
    lacking = [name for name in ("context", "is_cheap", "__call__") if not hasattr(evaluator, name)]
    if lacking:
        kind = type(evaluator).__name__
        raise ValueError(f"{_where(settings)}: {kind} lacks {', '.join(lacking)}")


def check_yields(settings: OwnEnvSettings, evaluator: object, judged: Iterable[str]) -> None:
    """Refuse an evaluator that tells what it yields, and lacks what is to be judged.

    Raises:
        ValueError: With the metrics that are missing.
    """
    yields = getattr(evaluator, "yields", None)
    lacking = [name for name in judged if yields is not None and name not in yields]
    if lacking:
        raise ValueError(
            f"{_where(settings)}: {type(evaluator).__name__} yields no {', '.join(lacking)}, which "
            f"is to be judged; it yields: {', '.join(yields or ())}"
        )


def _where(settings: OwnEnvSettings) -> str:
    return f"env._target_: '{settings.target}'"


def _guarded(settings: OwnEnvSettings, function: Callable[Taken, Made]) -> Callable[Taken, Made]:
    """The function, whose failures are told as those of the user's class."""

    def guarded(*given: Taken.args, **named: Taken.kwargs) -> Made:
        try:
            return function(*given, **named)
        except ValueError:  # which it may say of a setting
            raise
        except Exception as error:  # whatever a user's own class does then
            raise ValueError(f"{_where(settings)} fails: {told(error)}") from error

    return guarded


def _checked(
    settings: OwnEnvSettings, references: object, costs: Iterable[str]
) -> Mapping[str, float]:
    if not isinstance(references, Mapping):
        raise ValueError(  # noqa: TRY004 (of a setting)
            f"{_where(settings)}: references must be numbers by cost, got {references!r:.60}"
        )
    lacking = [cost for cost in costs if cost not in references]
    if lacking:
        which = "one of its costs" if len(lacking) == 1 else "costs of its"
        raise ValueError(f"{_where(settings)}: references lack {', '.join(lacking)}, {which}")
    for cost, value in references.items():
        if not isinstance(value, int | float) or not value > 0:
            raise ValueError(
                f"{_where(settings)}: the reference of {cost} needs to be a number above 0, "
                f"got {value!r:.60}"
            )
    return references
