"""A refused setting as one line: where, what was wrong, what is allowed, the nearest right name."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from configs import catalog
from configs.arguments import one_line
from configs.keys import inside, keys_at

Model = TypeVar("Model", bound=BaseModel)
Config = Mapping[str, Any]
Saying = Callable[[ErrorDetails, Sequence[str | int]], str]


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
        raise SettingsError(_explained(error, model, config)) from error


def _explained(error: ValidationError, model: type[BaseModel], config: Config) -> str:
    """Say the first mistake in one line."""
    first = _first(error.errors())
    location = _location(first["loc"], config)
    where = ".".join(str(part) for part in location)
    if first["type"] == "extra_forbidden":
        told = _no_such_key(str(location[-1]), keys_at(model, location[:-1], config))
    else:
        told = SAYINGS.get(first["type"], _message)(first, location)
    return one_line(f"{where}{told}".removeprefix(": "))


def _first(found: Sequence[ErrorDetails]) -> ErrorDetails:
    """The first mistake; where a key is missing, one beside it that there is not: it was meant."""
    first = found[0]
    beside = (
        one
        for one in found
        if one["type"] == "extra_forbidden" and one["loc"][:-1] == first["loc"][:-1]
    )
    return next(beside, first) if first["type"] == "missing" else first


def _no_such_key(key: str, known: Sequence[str]) -> str:
    return f": no such key; {catalog.suggestion(key, known)}"


def _message(first: ErrorDetails, _location: Sequence[str | int]) -> str:
    message = first["msg"].removeprefix("Value error, ")
    if first["type"] == "value_error":
        return f": {message}"
    return f": {message[0].lower()}{message[1:]}, got {shown(first['input'])}"


def _no_such_name(first: ErrorDetails, location: Sequence[str | int]) -> str:
    tags = re.findall(r"'([^']*)'", first["ctx"]["expected_tags"])
    known = [tag for tag in tags if tag != "custom"]
    return f".name: {_unknown(str(location[0]), str(first['ctx']['tag']), known)}"


def _no_such_choice(first: ErrorDetails, location: Sequence[str | int]) -> str:
    known, given = re.findall(r"'([^']*)'", first["ctx"]["expected"]), first["input"]
    match location:
        case [str(group), "name"] if catalog.names(group):
            return f": {_unknown(group, str(given), catalog.ours(group))}"
    return f": no choice {shown(given)}; {catalog.suggestion(str(given), known)}"


def _unknown(group: str, name: str, known: Sequence[str]) -> str:
    """A name that a group has not, be it that of a user's own file."""
    if group not in catalog.OWN_CLASSES:
        return str(catalog.UnknownNameError(group, name, known))
    if name in catalog.names(group) and name not in catalog.ours(group):
        return f"{name}.yaml names no class: _target_ is missing, such as my_module.MyClass"
    hint = catalog.suggestion(name, known)
    if not catalog.nearest(name, known):
        hint += f"; {group}._target_ names a class of your own"
    return f"no {group} called '{name}'; {hint}"


def _missing(_first: ErrorDetails, location: Sequence[str | int]) -> str:
    match location:
        case [str(group), "name"] if group in catalog.OWN_CLASSES:
            return f": {NAMELESS}"
    return ": is missing"


def _no_tag(first: ErrorDetails, location: Sequence[str | int]) -> str:
    return f".name{_missing(first, [*location, 'name'])}"


NAMELESS = "is missing, and so is _target_, the path of a class of your own"


def _needs(what: str) -> Saying:
    """Say what a value must be; bounds and sizes are filled in from the error."""

    def say(first: ErrorDetails, _location: Sequence[str | int]) -> str:
        bounds = {name: bound_told(value) for name, value in first.get("ctx", {}).items()}
        needed = what.format(**bounds)
        return f": needs {needed}, got {shown(first['input'])}"

    return say


SAYINGS: dict[str, Saying] = {
    "union_tag_invalid": _no_such_name,
    "union_tag_not_found": _no_tag,
    "literal_error": _no_such_choice,
    "missing": _missing,
} | {
    kind: _needs(what)
    for what, kinds in {
        "true or false": ("bool_parsing", "bool_type"),
        "keys with values": ("model_type", "model_attributes_type", "dict_type"),
        "a whole number": ("int_parsing", "int_type", "int_from_float", "int_parsing_size"),
        "a number": ("float_parsing", "float_type"),
        "a finite number": ("finite_number",),
        "a name": ("string_type",),
        "a path such as my.module.MyClass": ("string_pattern_mismatch",),
        "a list": ("list_type", "tuple_type"),
        "{min_length} or more entries": ("too_short",),
        "{max_length} or fewer entries": ("too_long",),
        "at least {ge}": ("greater_than_equal",),
        "at most {le}": ("less_than_equal",),
        "more than {gt}": ("greater_than",),
        "less than {lt}": ("less_than",),
    }.items()
    for kind in kinds
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
        if isinstance(part, str) and part.endswith("]") and not is_key:
            continue  # a branch of a union
        if isinstance(part, int) and (below is None or isinstance(below, str | int | float)):
            continue  # a value that was to stand for a list of one
        location.append(part)
        below = inside(below, part)
    return location


def shown(value: object) -> str:
    """A value as a file would have it, shortened."""
    if value is None or isinstance(value, bool):
        return "null" if value is None else str(value).lower()
    if isinstance(value, int) and abs(value) >= LARGEST_IN_DIGITS:
        return f"{value:g}"
    text = repr(value)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 4]} ..."


def bound_told(value: object) -> str:
    """A bound as a user would type it: whole numbers in digits."""
    if isinstance(value, float) and not (value.is_integer() and abs(value) < LARGEST_IN_DIGITS):
        return f"{value:g}"
    return f"{value:.0f}" if isinstance(value, int | float) else str(value)


LARGEST_IN_DIGITS = 10**20
LONGEST = 60
