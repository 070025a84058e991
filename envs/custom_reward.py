"""A user's own reward: found by its path, made, and tried out once before the search."""

import importlib
import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from configs.catalog import suggestion
from envs.rewards import Reward, RewardError, rewarded, told


def custom_reward(
    target: str, arguments: Mapping[str, Any], references: Mapping[str, float]
) -> Reward:
    """Make an instance of a user's class, whatever that class does wrong.

    Args:
        arguments: What the user gave, and nothing else ...
        references: ... but the cost that counts as 1, by metric, if the class has an argument of
            this name that the user left open.

    Raises:
        RewardError: If it cannot be imported or made, or knows no such argument.
    """
    made = _imported(target)
    known = _parameters(made)
    _check_arguments(target, arguments, known)
    if "references" in known:
        arguments = {"references": dict(references), **arguments}
    try:
        reward: Reward = made(**arguments)
    except Exception as error:
        raise RewardError(f"reward._target_: cannot make '{target}': {told(error)}") from error
    return reward


def _imported(target: str) -> Callable[..., Any]:
    module, _, name = target.rpartition(".")
    try:
        found: Any = getattr(importlib.import_module(module), name)
    except (Exception, SystemExit) as error:  # whatever a user's module does when it is run
        raise RewardError(f"reward._target_: cannot import '{target}': {told(error)}") from error
    if not callable(found):
        raise RewardError(f"reward._target_: '{target}' is no class but {found!r}")
    made: Callable[..., Any] = found
    return made


def _parameters(made: Callable[..., Any]) -> Mapping[str, inspect.Parameter]:
    try:
        return inspect.signature(made).parameters
    except ValueError:  # a class written in C; it will tell itself
        return {"arguments": inspect.Parameter("arguments", inspect.Parameter.VAR_KEYWORD)}


def _check_arguments(
    target: str, arguments: Iterable[str], known: Mapping[str, inspect.Parameter]
) -> None:
    if any(one.kind is inspect.Parameter.VAR_KEYWORD for one in known.values()):
        return
    for name in arguments:
        if name not in known:
            hint = suggestion(name, known) if known else "it takes none"
            raise RewardError(f"reward.{name}: {target} has no such argument; {hint}")


def try_out(reward: Reward, target: str, names: Iterable[str]) -> None:
    """Call a user's reward once, so that its mistakes show before the search and not in it.

    Args:
        names: The metrics that the evaluator yields.

    Raises:
        RewardError: If it fails on them.
    """
    try:
        rewarded(reward, dict.fromkeys(names, 0.5))
    except RewardError as error:
        raise RewardError(f"reward._target_: '{target}': {error}") from error
