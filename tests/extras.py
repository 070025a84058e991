"""Extras of pyproject.toml that `make setup` leaves out."""

from importlib.util import find_spec

import pytest

from agents.morl import PACKAGES

NEEDED = {"morl": PACKAGES}


def is_there(extra: str) -> bool:
    """Whether all that an extra needs is installed."""
    return all(find_spec(package) is not None for package in NEEDED[extra])


def skip_unless_there(extra: str) -> None:
    """Skip a test where an extra is not installed."""
    if not is_there(extra):
        pytest.skip(f"pip install 'coexplore[{extra}]' has it run")
