"""Finds named data files and named objects, and answers an unknown name with the nearest one."""

import difflib
import importlib
import itertools
import math
import pkgutil
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

import yaml

Found = TypeVar("Found")
ROOT = Path(__file__).parent
SHORTEST_BEGINNING = 3  # letters that say which name was meant


class UnknownNameError(ValueError):
    """A name that no file of its group carries."""

    def __init__(self, kind: str, name: str, allowed: Iterable[str]) -> None:
        allowed = sorted(allowed)
        super().__init__(f"no {kind} called '{name}'; {suggestion(name, allowed)}")


def nearest(name: str, allowed: Iterable[str]) -> str | None:
    """Return the allowed name that looks, or at least begins, most like ``name``, if any does."""
    allowed = list(allowed)
    close = difflib.get_close_matches(name, allowed, n=1, cutoff=0.6)
    if close:
        return close[0]
    begun = name[: max(SHORTEST_BEGINNING, math.ceil(len(name) / 2))]
    is_telling = len(begun) >= SHORTEST_BEGINNING
    likely = [known for known in allowed if is_telling and known.startswith(begun)]
    return max(likely, key=lambda known: _n_shared(name, known), default=None)


def _n_shared(one: str, other: str) -> int:
    """Number of letters that two names begin with."""
    alike = itertools.takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False))
    return sum(1 for _ in alike)


def suggestion(name: str, allowed: Iterable[str]) -> str:
    """Say which name was probably meant, or else which names there are."""
    allowed = list(allowed)
    close = nearest(name, allowed)
    return f"did you mean '{close}'?" if close else f"there are: {', '.join(allowed)}"


def names(group: str) -> list[str]:
    """List the names of a group, in alphabetical order."""
    return sorted(path.stem for path in (ROOT / group).glob("*.yaml"))


def read(group: str, name: str) -> dict[str, Any]:
    """Read ``configs/<group>/<name>.yaml``, with what it takes in of its group.

    It does so as Hydra has it: ``defaults: [NAME@KEY]`` puts another file under a key.

    Raises:
        UnknownNameError: If there is no such file; the message holds the nearest name.
    """
    if name not in names(group):
        raise UnknownNameError(group, name, names(group))
    content: dict[str, Any] = yaml.safe_load((ROOT / group / f"{name}.yaml").read_text("utf-8"))
    taken = [str(one).split("@") for one in content.get("defaults", []) if "@" in str(one)]
    if not taken:
        return content
    del content["defaults"]
    return {key: read(group, other) for other, key in taken} | content


def discover(package: ModuleType, kind: type[Found]) -> dict[str, Found]:
    """Find the objects of a kind that the modules of a package define, by their ``name``.

    Raises:
        ValueError: If two of them carry one name.
    """
    found: dict[str, Found] = {}
    for module in sorted(pkgutil.iter_modules(package.__path__), key=lambda one: one.name):
        members = vars(importlib.import_module(f"{package.__name__}.{module.name}")).values()
        for member in (one for one in members if isinstance(one, kind)):
            name: str = member.name  # type: ignore[attr-defined]
            if found.setdefault(name, member) is not member:
                raise ValueError(f"{package.__name__} defines '{name}' twice")
    return found


def primary() -> list[str]:
    """The keys of a configuration, from ``configs/train.yaml``: its groups and its own."""
    return [*defaults(), *(key for key in _primary_config() if key != "defaults")]


def _primary_config() -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((ROOT / "train.yaml").read_text("utf-8"))
    return content


def defaults() -> dict[str, str]:
    """The name that each group has where none is chosen, from ``configs/train.yaml``."""
    content = _primary_config()
    chosen = [one for one in content["defaults"] if isinstance(one, dict)]
    return {group: name for one in chosen for group, name in one.items()}


def default_of(group: str, env: str) -> str:
    """The name that a group has with an environment.

    It is that of the environment's file, or of its kind (an agent's only that of the file), or as
    ``configs/defaults.yaml`` says, where the group has such a file; else that of
    ``configs/train.yaml``.
    """
    own = [env] if group == "agent" else [env, str(read("env", env)["name"])]
    paired = yaml.safe_load((ROOT / "defaults.yaml").read_text("utf-8"))
    own += [name for key, name in paired.get(group, {}).items() if key == env]
    return next((name for name in own if name in names(group)), defaults()[group])
