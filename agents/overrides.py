"""What is typed on the command line, as Hydra reads it; every mistake is one line."""

import copy
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

from hydra import compose, initialize_config_dir
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import HydraException
from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException
from yaml import YAMLError

from agents.exits import UsageError
from configs import catalog
from configs.keys import inside

GROUPS = ("env", "agent", "reward", "hardware", "dataset", "search", "ray", "experiment")
CONFIG_DIR = "--config-dir"
PATHS = ("run_dir", "resume", "replay", "store", "dataset.path")  # taken as they are typed
SHORT = {
    "accuracy": "env.accuracy",
    "space.network": "env.network",
    "spikenas_bench.path": "env.spikenas_bench.path",
    "spikenas_bench.dataset": "env.spikenas_bench.dataset",
    "rnas.start": "env.start.run",
    "rnas.rank": "env.start.rank",
}


def own_folder(arguments: Sequence[str]) -> tuple[str | None, list[str]]:
    """Take ``--config-dir DIR`` or ``--config-dir=DIR`` out of the arguments.

    Raises:
        UsageError: If it names no folder.
    """
    folder, rest, left = None, [], list(arguments)
    while left:
        option, equals, value = (one := left.pop(0)).partition("=")
        if option != CONFIG_DIR:
            rest.append(one)
            continue
        folder = value if equals else left.pop(0) if left else ""
        if not folder:
            raise UsageError(f"{CONFIG_DIR}: names no folder")
    return folder, rest


@contextmanager
def own_configs(folder: str | None) -> Iterator[None]:
    """Have the user's own files of groups.

    Raises:
        UsageError: If the folder cannot be used.
    """
    try:
        stack = ExitStack()
        stack.enter_context(catalog.added(folder))
    except ValueError as error:
        where = CONFIG_DIR if folder else catalog.OWN
        raise UsageError(f"{where}: {error}") from error
    with stack:
        yield


def run_with_own(
    arguments: Sequence[str], told: Callable[[], str], run: Callable[[Sequence[str]], int]
) -> int:
    """Run a command with the user's own folder of groups, or tell its help; the exit code.

    Raises:
        UsageError: If the folder cannot be used.
    """
    folder, rest = own_folder(arguments)
    with own_configs(folder):
        if {"-h", "--help"} & set(rest):
            sys.stdout.write(told())
            return 0
        return run(rest)


def key_and_value(argument: str) -> tuple[str, str]:
    """Split ``key=value``; Hydra's ``+`` before it makes no difference here.

    Raises:
        UsageError: If it is nothing of this form.
    """
    key, equals, value = argument.lstrip("+").partition("=")
    if not key or not equals or key.startswith("~") or "@" in key:
        raise UsageError(f"'{argument}' is not of the form key=value; --help shows examples")
    return key, value


def split_overrides(arguments: Sequence[str]) -> tuple[dict[str, str], dict[str, str]]:
    """Split ``key=value`` arguments into group choices and values.

    Raises:
        UsageError: If one has no ``=``, or names no file of its group.
    """
    groups: dict[str, str] = {}
    values: dict[str, str] = {}
    for argument in arguments:
        key, value = key_and_value(argument)
        _check_key(key, value)
        if key not in GROUPS:
            values[SHORT.get(key, key)] = value
            continue
        if value not in catalog.names(key):
            raise UsageError(str(catalog.UnknownNameError(key, value, catalog.names(key))))
        groups[key] = value
    own = f"{groups.get('env')}_{values.get('env.network')}"
    if own in catalog.names("env"):  # a family of networks with a space of its own
        groups["env"] = own
    return groups, values


def _check_key(key: str, value: str) -> None:
    if re.match(r"hydra\b", key):
        raise UsageError(f"{key}: no settings of Hydra itself; --help shows what can be set")
    for path in PATHS:
        if key.startswith(f"{path}."):
            raise UsageError(f"{key}: no such key; {path} is one value")
    group = key.removesuffix(".name")
    if group != key and value in _names(group):
        raise UsageError(f"{key}: is chosen by {group}={value}, with all that belongs to it")
    check_begin(key)


def check_begin(key: str, own: Sequence[str] = ()) -> None:
    """Refuse what no configuration has; a slip in a key that has a short form is told as that.

    Args:
        own: Keys that a command has besides.

    Raises:
        UsageError: With the nearest right key.
    """
    begin, known = key.partition(".")[0], (*own, *catalog.primary(), "experiment")
    if begin in known or key in SHORT:
        return
    close = catalog.nearest(key, SHORT)
    if close:
        raise UsageError(f"{key}: no such key; did you mean '{close}'?")
    raise UsageError(f"{begin}: no such key; {catalog.suggestion(begin, known)}")


def _names(group: str) -> list[str]:
    return catalog.names(group) if group in GROUPS else []


def composed(groups: Mapping[str, str], values: Mapping[str, str]) -> dict[str, Any]:
    """Let Hydra compose the configuration, as plain data.

    Raises:
        UsageError: If Hydra cannot read a value, or a file of a user's own.
    """
    try:
        return _composed(groups, values)
    except UsageError:
        raise
    except YAMLError as error:
        raise UsageError(f"{catalog.own_root()}: {' '.join(str(error).split())}") from error
    except (HydraException, OmegaConfBaseException, TypeError, ValueError) as error:
        if values:
            _check_entries(composed(groups, {}), values)
        if isinstance(error, TypeError):
            raise
        where = f"{key}: " if (key := getattr(error, "full_key", None)) else ""
        raise UsageError(f"{where}{first_line(error).replace('++', '')}") from error


def _check_entries(whole: Mapping[str, Any], values: Mapping[str, str]) -> None:
    """Tell of a key that names an entry of a list which is not there: Hydra does so in riddles."""
    for key in values:
        content: Any = whole
        for above, part in enumerate(parts := key.split(".")):
            if not isinstance(content, list):
                content = inside(content, part)
            elif part.isdecimal() and int(part) < len(content):
                content = content[int(part)]
            else:
                told = f"is a list, with entries from 0 to {len(content) - 1}"
                raise UsageError(f"{key}: no such key; {'.'.join(parts[:above])} {told}")


def _composed(groups: Mapping[str, str], values: Mapping[str, str]) -> dict[str, Any]:
    # `++` adds or overrides: pydantic, not Hydra, refuses unknown keys, with a better message
    overrides = [f"{key}={value}" for key, value in _all_groups(groups).items()]
    for group in (
        one for one in catalog.OWN_CLASSES if f"{one}._target_" in values and one not in groups
    ):
        overrides = [one for one in overrides if not one.startswith(f"{group}=")]
        overrides.append(f"~{group}")  # a user's own class gets only what the user gives
    overrides += [f"hydra.searchpath=[{_quoted(own)}]" for own in [catalog.own_root()] if own]
    overrides += [f"++{key}={value}" for key, value in values.items()]
    if any("${" in one for one in values.values()):  # what it stands for may change
        return _read(tuple(overrides))
    return copy.deepcopy(_kept(tuple(overrides), catalog.files()))


@lru_cache(maxsize=256)
def _kept(overrides: tuple[str, ...], files: tuple[tuple[str, int, int], ...]) -> dict[str, Any]:
    del files  # what was read of others is no longer so
    return _read(overrides)


def _read(overrides: tuple[str, ...]) -> dict[str, Any]:
    for override in overrides:
        _check_syntax(override)
    with initialize_config_dir(str(catalog.ROOT), version_base="1.3"):
        config = compose("train", list(overrides))
    plain = OmegaConf.to_container(config, resolve=True)
    assert isinstance(plain, dict)  # noqa: S101 (what the primary config is)
    return {str(key): value for key, value in plain.items()}


def told_of_search(told: str, groups: Mapping[str, str], values: Mapping[str, str]) -> str:
    """A refused setting, or that the typed file of ``search``, which sets it, is of another env."""
    key, name = told.partition(": ")[0], groups.get("search")
    is_typed = any(f"{one}.".startswith(f"{key}.") for one in values)
    if name is None or is_typed or not key.startswith("env."):
        return told
    own = _keys({"env": catalog.read("search", name).get("env", {})})
    fit = [env for env in catalog.ours("env") if own <= _keys({"env": catalog.read("env", env)})]
    if key not in own or not fit:  # another's mistake, or a slip in a file of the user's own
        return told
    return (
        f"search={name}: is for env={' or '.join(fit)} (it sets {key}); here choose "
        "search=default, and search.budget=N"
    )


def _keys(content: Mapping[str, Any], above: str = "") -> set[str]:
    """All keys with dots, those that hold others too."""
    here = {f"{above}{key}": value for key, value in content.items()}
    below = (_keys(one, f"{key}.") for key, one in here.items() if isinstance(one, Mapping))
    return set(here).union(*below)


def _quoted(folder: Path) -> str:
    """A folder of any name as Hydra reads a search path."""
    escaped = str(folder).replace("\\", "\\\\").replace("'", "\\'")
    return f"'file://{escaped}'"


def _all_groups(groups: Mapping[str, str]) -> dict[str, str]:
    """The groups that are chosen, by an experiment too, and those that go with the environment."""
    try:
        found = _with_defaults(groups)
        for group, name in found.items():  # Hydra tells a broken file of one's own in many lines
            if name not in catalog.ours(group.lstrip("+")):
                catalog.read(group.lstrip("+"), name)
    except ValueError as error:  # what a file says
        raise UsageError(first_line(error)) from error
    return found


def _with_defaults(groups: Mapping[str, str]) -> dict[str, str]:
    chosen = dict(groups)
    experiment = chosen.pop("experiment", None)
    if experiment is not None:
        chosen = _experiment_groups(experiment) | chosen
    if "env" in chosen:
        own = (group for group in GROUPS if group not in ("env", "experiment"))
        chosen = {group: catalog.default_of(group, chosen["env"]) for group in own} | chosen
    return chosen if experiment is None else {**chosen, "+experiment": experiment}


def _experiment_groups(name: str) -> dict[str, str]:
    """The groups that an experiment chooses."""
    found = catalog.read("experiment", name).get("defaults", [])
    chosen = {str(key).rpartition("/")[2]: value for one in found if isinstance(one, dict)
              for key, value in one.items()}  # fmt: skip
    for group, value in chosen.items():
        if not isinstance(value, str):
            told = f"experiment={name}: defaults: {group} needs a name, got {value!r:.40}"
            raise ValueError(told)  # noqa: TRY004 (what a file says is wrong, not an argument)
    return chosen


def _check_syntax(override: str) -> None:
    typed = override.lstrip("+~")
    try:
        if OverridesParser.create().parse_override(override).is_sweep_override():
            raise UsageError(f"{typed}: needs one value; search several by several runs")
    except HydraException as error:
        raise UsageError(f"{typed}: cannot be read: {first_line(error)}") from error


def first_line(error: Exception) -> str:
    """The first line of a message that has something in it."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0] if lines else type(error).__name__
