"""A refused setting as one line: where, what was wrong, what is allowed, the nearest right name."""

import re
import textwrap
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from configs import catalog

Model = TypeVar("Model", bound=BaseModel)
Config = Mapping[str, Any]


class SettingsError(ValueError):
    """A setting that is unknown or out of range; the message is one line."""


def validated(model: type[Model], config: Config) -> Model:
    """Check plain data against a model of settings.

    Raises:
        SettingsError: With the first mistake.
    """
    try:
        return model.model_validate(config)
    except ValidationError as error:
        raise SettingsError(explain(error, config)) from error


def explain(error: ValidationError, config: Config) -> str:
    """Say the first mistake in one line."""
    first = error.errors()[0]
    location = _location(first["loc"], config)
    where = ".".join(str(part) for part in location)
    say = SAYINGS.get(first["type"], _message)
    return f"{where}{say(first, location, config)}".removeprefix(": ")


def _message(first: ErrorDetails, _location: Sequence[str | int], _config: Config) -> str:
    message = first["msg"].removeprefix("Value error, ")
    if first["type"] == "value_error":
        return f": {message}"
    return f": {message[0].lower()}{message[1:]}, got {_shown(first['input'])}"


def _no_such_key(_first: ErrorDetails, location: Sequence[str | int], config: Config) -> str:
    siblings: Any = config
    for part in location[:-1]:
        siblings = siblings[part]
    known = [str(key) for key in siblings if key != location[-1]]
    return f": no such key; {catalog.suggestion(str(location[-1]), known)}"


def _no_such_name(first: ErrorDetails, location: Sequence[str | int], _config: Config) -> str:
    known = re.findall(r"'([^']*)'", first["ctx"]["expected_tags"])
    name = str(first["ctx"]["tag"])
    return f".name: no {location[0]} called '{name}'; {catalog.suggestion(name, known)}"


def _no_such_choice(first: ErrorDetails, _location: Sequence[str | int], _config: Config) -> str:
    known = re.findall(r"'([^']*)'", first["ctx"]["expected"])
    return f": no choice {_shown(first['input'])}; {catalog.suggestion(str(first['input']), known)}"


def _no_mapping(first: ErrorDetails, _location: Sequence[str | int], _config: Config) -> str:
    return f": needs keys with values, got {_shown(first['input'])}"


def _no_truth(first: ErrorDetails, _location: Sequence[str | int], _config: Config) -> str:
    return f": needs true or false, got {_shown(first['input'])}"


SAYINGS: dict[str, Callable[[ErrorDetails, Sequence[str | int], Config], str]] = {
    "extra_forbidden": _no_such_key,
    "union_tag_invalid": _no_such_name,
    "union_tag_not_found": lambda *_: ".name: is missing",
    "literal_error": _no_such_choice,
    "bool_parsing": _no_truth,
    "bool_type": _no_truth,
    "missing": lambda *_: ": is missing",
    "model_type": _no_mapping,
    "model_attributes_type": _no_mapping,
    "dict_type": _no_mapping,
}


def _location(raw: Sequence[str | int], config: Config) -> list[str | int]:
    """Drop the tags that pydantic puts into locations of unions."""
    location: list[str | int] = []
    below: Any = config
    for part in raw:
        is_key = isinstance(below, Mapping) and part in below
        if (
            len(location) == 1
            and not is_key
            and part in (*catalog.names(str(location[0])), "custom")
        ):
            continue
        location.append(part)
        below = below.get(part) if isinstance(below, Mapping) else None
    return location


def _shown(value: object) -> str:
    return textwrap.shorten(repr(value), 60, placeholder=" ...")
