"""A class of a user's own: found by its path and made, every mistake told in one line."""

import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from configs.catalog import suggestion
from configs.imports import OwnClassError, imported, told


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
    made = _callable(where, target)
    known = _parameters(made)
    _check_arguments(where, target, arguments, known)
    taken = {name: value for name, value in offered.items() if name in known}
    try:
        return made(**{**taken, **arguments})
    except Exception as error:
        message = f"{where}._target_: cannot make '{target}': {told(error)}"
        raise OwnClassError(message) from error


def _callable(where: str, target: str) -> Callable[..., Any]:
    try:
        found = imported(target)
    except OwnClassError as error:
        raise OwnClassError(f"{where}._target_: {error}") from error
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
