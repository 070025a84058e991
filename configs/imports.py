"""Finds a class, function or object of a user's own by its path."""

import importlib
import pkgutil
import sys
from pathlib import Path
from typing import Any

from configs.catalog import nearest


class OwnClassError(ValueError):
    """A class that cannot be imported or made; the message says why."""


def imported(path: str) -> Any:  # noqa: ANN401 (a user's own)
    """Import what a path such as ``my_module.MyClass`` names; it may lie where the user stands.

    Raises:
        OwnClassError: If there is no such thing, or its module cannot be run.
    """
    module, _, name = path.rpartition(".")
    try:
        here = str(Path.cwd())
        if here != sys.path[0]:
            sys.path.insert(0, here)
        return getattr(importlib.import_module(module), name)
    except (Exception, SystemExit) as error:  # whatever a user's module does when it is run
        raise OwnClassError(f"cannot import '{path}': {told(error)}{_hint(error)}") from error


def _hint(error: BaseException) -> str:
    """The nearest right name of what is not there."""
    close = None
    if isinstance(error, AttributeError) and error.name is not None:
        close = nearest(error.name, [one for one in dir(error.obj) if not one.startswith("_")])
    elif isinstance(error, ModuleNotFoundError) and error.name is not None:
        close = _nearest_module(error.name)
    return f"; did you mean '{close}'?" if close else ""


def _nearest_module(path: str) -> str | None:
    """Of the modules that lie where the one of this path was looked for."""
    package, _, name = path.rpartition(".")
    places = getattr(sys.modules.get(package), "__path__", ()) if package else [str(Path.cwd())]
    close = nearest(name, [one.name for one in pkgutil.iter_modules(places)])
    return f"{package}.{close}" if close and package else close


def told(error: BaseException) -> str:
    """Kind and first line of an error."""
    lines = str(error).strip().splitlines()
    return ": ".join([type(error).__name__, *lines[:1]])
