"""Finds a class, function or object of a user's own by its path."""

import importlib
import sys
from pathlib import Path
from typing import Any


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
        raise OwnClassError(f"cannot import '{path}': {told(error)}") from error


def told(error: BaseException) -> str:
    """Kind and first line of an error."""
    lines = str(error).strip().splitlines()
    return ": ".join([type(error).__name__, *lines[:1]])
