"""Dataclasses made of what a file says, whatever that is."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, fields
from typing import Any, TypeVar, cast, get_type_hints

from configs.catalog import suggestion

Made = TypeVar("Made")
KINDS: dict[Any, str] = {
    int: "a whole number", float: "a number", bool: "true or false", str: "a name",
}  # fmt: skip


def made(kind: type[Made], content: object) -> Made:
    """Make a dataclass of the settings that a file holds; ``source`` is passed over.

    Raises:
        ValueError: In one line, if a field is unknown, missing or of another type, or a value is
            not allowed.
    """
    if not isinstance(content, Mapping):
        raise ValueError(f"needs settings, got {content!r:.40}")  # noqa: TRY004 (a file's)
    given = {key: value for key, value in content.items() if key != "source"}
    known = fields(cast("Any", kind))
    names = [one.name for one in known]
    for key in given:
        if key not in names:
            raise ValueError(f"{key}: no such setting; {suggestion(key, names)}")
    for one in known:
        if one.name not in given and one.default is MISSING and one.default_factory is MISSING:
            raise ValueError(f"{one.name}: is missing")
    check(kind, given)
    return kind(**given)


def check(kind: type, content: Mapping[str, Any]) -> None:
    """Refuse a value of another type than that of the field, where that is a plain one.

    Raises:
        ValueError: In one line.
    """
    hints = get_type_hints(kind)
    for key, value in content.items():
        wanted = hints.get(key)
        if not fits(value, wanted):
            raise ValueError(f"{key}: needs {KINDS.get(wanted, 'a name')}, got {value!r:.40}")


def fits(value: object, wanted: Any) -> bool:  # noqa: ANN401 (whatever a field is of)
    """Whether a value is of a type; of one that is not plain, whatever it is."""
    if wanted is float:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return is_number and math.isfinite(cast("float", value))
    if wanted in KINDS:
        return type(value) is wanted
    names = getattr(wanted, "__args__", ())
    return type(value) is str or not (names and all(isinstance(one, str) for one in names))


def whole_numbers(key: str, found: object) -> tuple[int, ...]:
    """A list of whole numbers.

    Raises:
        ValueError: If it is none.
    """
    if not isinstance(found, Iterable) or isinstance(found, str | bytes | Mapping):
        raise ValueError(f"{key}: needs a list of whole numbers, got {found!r:.40}")  # noqa: TRY004 (a file's)
    listed = tuple(found)
    if not all(fits(one, int) for one in listed):
        raise ValueError(f"{key}: needs whole numbers, got {found!r:.40}")
    return listed
