"""The settings of a group, by the class that its ``_target_`` names, or the file of its name."""

import inspect
import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, TypeVar

from pydantic import BeforeValidator, Field, ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError

from configs import catalog
from configs.imports import OwnClassError, imported
from configs.keys import keys_at
from configs.mistakes import NAMELESS
from envs.settings_types import Strict

TARGET = "_target_"
NAME = r"^\w[\w.-]*$"
PATH = r"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)+$"


class Chosen(Strict):
    """Settings whose class is found when they are chosen, and no sooner.

    Attributes:
        target: Path of the class; None if its name is enough, as for those that come with us.
        name: What a run directory, a report or a table calls it.
    """

    target: str | None = Field(None, alias="_target_", exclude_if=lambda path: path is None)
    name: Annotated[str, Field(pattern=NAME, max_length=64)]  # part of a path


Kind = TypeVar("Kind", bound=Chosen)


def chosen(group: str, kind: type[Kind]) -> BeforeValidator:
    """Make the check of a group: its settings are those of the class that they name.

    Args:
        group: Of ``configs``.
        kind: What the class must be derived from.
    """

    def check(content: Any) -> Any:  # noqa: ANN401 (not checked yet)
        if not isinstance(content, Mapping):  # made already, or for pydantic to refuse
            return content
        path = _path(group, content)
        own = {} if path == catalog.target_of(group, str(content.get("name"))) else {TARGET: path}
        rest = {key: value for key, value in content.items() if key != TARGET}
        found = _class(kind, path)
        for key in rest:
            _check_key(key, keys_at(found, (), content))
        return found.model_validate({"name": path.rpartition(".")[2], **rest, **own})

    return BeforeValidator(check)


def _path(group: str, content: Mapping[str, Any]) -> str:
    """Path of the class: as it is given, else by the file of that name."""
    path, name = content.get(TARGET), content.get("name")
    if path is None and name is None:
        raise _refused("name", NAMELESS)
    if path is None:
        try:
            path = catalog.read(group, str(name)).get(TARGET)
        except catalog.UnknownNameError as error:
            raise _refused("name", str(error)) from error
    if path is None:
        raise _refused(TARGET, f"is missing: {name}.yaml names no class such as my_module.MyClass")
    if not re.match(PATH, str(path)):
        raise _refused(TARGET, f"needs a path such as my_module.MyClass, got {path!r:.60}")
    return str(path)


def _class(kind: type[Kind], path: str) -> type[Kind]:
    try:
        found = imported(path)
    except OwnClassError as error:
        raise _refused(TARGET, str(error)) from error
    if not inspect.isclass(found) or not issubclass(found, kind):
        wanted = f"{kind.__module__}.{kind.__name__}"
        raise _refused(TARGET, f"'{path}' is not derived from {wanted}")
    for name in sorted(getattr(found, "__abstractmethods__", ())):
        raise _refused(TARGET, f"'{path}' lacks the method '{name}'")
    return found


def _check_key(key: str, known: Sequence[str]) -> None:
    if key not in known:
        raise _refused(key, f"no such key; {catalog.suggestion(key, known)}")


def _refused(key: str, told: str) -> ValidationError:
    """An error that says where within the group it is."""
    error = PydanticCustomError("value_error", "{told}", {"told": told})
    details = InitErrorDetails(type=error, loc=(key,), input=None)
    return ValidationError.from_exception_data("chosen", [details])
