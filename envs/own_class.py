"""A class of a user's own: found by its path and made, every mistake told in one line."""

import importlib
import inspect
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from configs.catalog import suggestion
from envs.rewards import told


class OwnClassError(ValueError):
    """A class that cannot be imported or made; the message says why."""


def made_of(
    where: str, target: str, arguments: Mapping[str, Any], offered: Mapping[str, Any]
) -> Any:  # noqa: ANN401 (a user's own)
    """Make an instance of a user's class, whatever that class does wrong.

    Args:
        where: The key of the configuration, for the message.
        arguments: What the user gave, and nothing else ...
        offered: ... but what the class has an argument for that the user left open.

    Raises:
        OwnClassError: If it cannot be imported or made, or knows no such argument.
    """
    made = imported(where, target)
    known = _parameters(made)
    _check_arguments(where, target, arguments, known)
    taken = {name: value for name, value in offered.items() if name in known}
    try:
        return made(**{**taken, **arguments})
    except Exception as error:
        message = f"{where}._target_: cannot make '{target}': {told(error)}"
        raise OwnClassError(message) from error


def imported(where: str, target: str) -> Callable[..., Any]:
    """Import a class by its path; it may lie in the folder where the user stands.

    Args:
        where: The key of the configuration, for the message.

    Raises:
        OwnClassError: If there is none, or its module cannot be run.
    """
    module, _, name = target.rpartition(".")
    here = str(Path.cwd())
    if here != sys.path[0]:
        sys.path.insert(0, here)
    try:
        found: Any = getattr(importlib.import_module(module), name)
    except (Exception, SystemExit) as error:  # whatever a user's module does when it is run
        message = f"{where}._target_: cannot import '{target}': {told(error)}"
        raise OwnClassError(message) from error
    if not callable(found):
        raise OwnClassError(f"{where}._target_: '{target}' is no class but {found!r}")
    made: Callable[..., Any] = found
    return made


def _parameters(made: Callable[..., Any]) -> Mapping[str, inspect.Parameter]:
    try:
        return inspect.signature(made).parameters
    except ValueError:  # a class written in C; it will tell itself
        return {"arguments": inspect.Parameter("arguments", inspect.Parameter.VAR_KEYWORD)}


def _check_arguments(
    where: str, target: str, arguments: Iterable[str], known: Mapping[str, inspect.Parameter]
) -> None:
    if any(one.kind is inspect.Parameter.VAR_KEYWORD for one in known.values()):
        return
    for name in arguments:
        if name not in known:
            hint = suggestion(name, known) if known else "it takes none"
            raise OwnClassError(f"{where}.{name}: {target} has no such argument; {hint}")
