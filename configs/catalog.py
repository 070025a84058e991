"""Finds named data files and named objects, and answers an unknown name with the nearest one."""

import difflib
import importlib
import itertools
import math
import os
import pkgutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

import yaml

Found = TypeVar("Found")
ROOT = Path(__file__).parent
OWN = "COEXPLORE_CONFIG_DIR"  # names a user's folder of groups; worker processes have it too
OWN_CLASSES = ("agent", "env", "reward")  # groups that may be a user's own: `agent._target_=...`
MEANT = {"gpu": "cuda"}  # words that look like another than they mean
SHORTEST_BEGINNING = 3  # letters that say which name was meant


class UnknownNameError(ValueError):
    """A name that no file of its group carries."""

    def __init__(self, kind: str, name: str, allowed: Iterable[str]) -> None:
        allowed = sorted(allowed)
        super().__init__(f"no {kind} called '{name}'; {suggestion(name, allowed)}")


def nearest(name: str, allowed: Iterable[str]) -> str | None:
    """Return the allowed name that looks, or at least begins, most like ``name``, if any does."""
    allowed = list(allowed)
    meant = MEANT.get(name.lower())
    if meant in allowed:
        return meant
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
    close = nearest(str(name), allowed)  # a file may say a number
    return f"did you mean '{close}'?" if close else f"there are: {', '.join(allowed)}"


def own_root() -> Path | None:
    """The folder of groups that a user adds to ours, if there is one."""
    folder = os.environ.get(OWN)
    return Path(folder).absolute() if folder else None


@contextmanager
def added(folder: str | None) -> Iterator[None]:
    """Have a user's own folder of groups for as long as this lasts, in worker processes too.

    Args:
        folder: None for the one that the environment variable names, if it names one.

    Raises:
        ValueError: If it is none, holds a group that nobody reads, or a name of ours.
    """
    before = os.environ.get(OWN)
    if folder is not None:
        os.environ[OWN] = str(Path(folder).absolute())
    try:
        _check_own()
        yield
    finally:
        os.environ.pop(OWN, None)
        if before is not None:
            os.environ[OWN] = before


def _check_own() -> None:
    own, groups = own_root(), [path.name for path in ROOT.iterdir() if path.is_dir()]
    if own is None:
        return
    if not own.is_dir():
        raise ValueError(f"{own} is no folder")
    for path in sorted(own.glob("*.yaml")):
        raise ValueError(
            f"{path}: lies in no folder of a group; name the folder above, {own.parent}"
            if own.name in groups
            else f"{path}: lies in no folder of a group, such as {own / 'agent'}"
        )
    for path in sorted(own.glob("*/*.yaml")):
        if path.parent.name not in groups:
            raise ValueError(f"{path}: {UnknownNameError('group', path.parent.name, groups)}")
        if (ROOT / path.parent.name / path.name).is_file():
            raise ValueError(
                f"{path}: configs/{path.parent.name} has '{path.stem}' already; rename it"
            )


def names(group: str) -> list[str]:
    """List the names of a group, in alphabetical order."""
    return sorted(_files(group))


def _files(group: str) -> dict[str, Path]:
    """Ours, and those of the user's own folder; of two of one name ours."""
    folders = [root / group for root in (own_root(), ROOT) if root]
    return {path.stem: path for folder in folders for path in folder.glob("*.yaml")}


def files() -> tuple[tuple[str, int, int], ...]:
    """All files that there are, ours and the user's own, with their last change and their size."""
    roots = [root for root in (ROOT, own_root()) if root]
    found = [path for root in roots for at in ("*.yaml", "*/*.yaml") for path in root.glob(at)]
    stats = [(str(path), path.stat()) for path in sorted(found) if path.exists()]  # no lock links
    return tuple((name, stat.st_mtime_ns, stat.st_size) for name, stat in stats)


def ours(group: str) -> list[str]:
    """The names of a group without those of a user's own folder."""
    return sorted(path.stem for path in (ROOT / group).glob("*.yaml"))


def target_of(group: str, name: str) -> str | None:
    """The class that one of our files names; None if it names none, or there is no such file."""
    path = ROOT / group / f"{name}.yaml"
    return _content(path).get("_target_") if name in names(group) and path.is_file() else None


@lru_cache(maxsize=512)
def _parsed(text: str) -> object:
    """What a file says; by its text, since that may change under us."""
    return yaml.safe_load(text)


def _content(path: Path) -> dict[str, Any]:
    try:
        content = deepcopy(_parsed(path.read_text("utf-8")))
    except (OSError, ValueError, RecursionError, yaml.YAMLError) as error:
        raise ValueError(f"{path} cannot be read: {' '.join(str(error).split())}") from error
    if not isinstance(content, dict):
        raise ValueError(f"{path} holds no settings, but {content!r:.40}")  # noqa: TRY004 (a file)
    return content


def read(group: str, name: str) -> dict[str, Any]:
    """Read ``configs/<group>/<name>.yaml``, with what it takes in of its group.

    It does so as Hydra has it: ``defaults: [NAME@KEY]`` puts another file under a key. A user's
    own folder (`own_root`) holds further files.

    Raises:
        UnknownNameError: If there is no such file; the message holds the nearest name.
    """
    files = _files(group)
    if name not in files:
        raise UnknownNameError(group, name, files)
    content = _content(files[name])
    if not isinstance(content.get("defaults", []), list):
        raise ValueError(f"{files[name]}: 'defaults' needs a list")  # noqa: TRY004 (a file)
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
    return _content(ROOT / "train.yaml")


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
    own = [env] if group == "agent" else [env, str(read("env", env).get("name", env))]
    paired = _content(ROOT / "defaults.yaml")
    own += [name for key, name in paired.get(group, {}).items() if key == env]
    return next((name for name in own if name in names(group)), defaults()[group])
