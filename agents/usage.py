"""Command line -> validated settings; every mistake is one line."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from hydra import compose, initialize_config_dir
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import HydraException
from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

from agents.settings import RunSettings
from configs import catalog
from envs import mistakes

GROUPS = ("env", "agent", "reward", "hardware", "dataset")
PLACES = ("run_dir", "resume")  # paths: taken as they are typed, not read by Hydra


class UsageError(ValueError):
    """What the user typed cannot be done; the message is one line that says why."""


def split_overrides(arguments: Sequence[str]) -> tuple[dict[str, str], dict[str, str]]:
    """Split ``key=value`` arguments into group choices and values.

    Raises:
        UsageError: If one has no ``=``, or names no file of its group.
    """
    groups: dict[str, str] = {}
    values: dict[str, str] = {}
    for argument in arguments:
        key, equals, value = argument.partition("=")
        key = key.lstrip("+")
        if not equals or not key or key.startswith("~") or "@" in key:
            raise UsageError(f"'{argument}' is not of the form key=value; --help shows examples")
        if re.match(r"hydra\b", key):
            raise UsageError(f"{key}: no settings of Hydra itself; --help shows what can be set")
        group = key.removesuffix(".name")
        if group != key and value in _names(group):
            raise UsageError(f"{key}: is chosen by {group}={value}, with all that belongs to it")
        if key not in GROUPS:
            values[key] = value
            continue
        if value not in catalog.names(key):
            raise UsageError(str(catalog.UnknownNameError(key, value, catalog.names(key))))
        groups[key] = value
    return groups, values


def _names(group: str) -> list[str]:
    return catalog.names(group) if group in GROUPS else []


def composed(groups: Mapping[str, str], values: Mapping[str, str]) -> dict[str, Any]:
    """Let Hydra compose the configuration, as plain data.

    Raises:
        UsageError: If Hydra cannot read a value.
    """
    # `++` adds or overrides: pydantic, not Hydra, refuses unknown keys, with a better message
    overrides = [f"{key}={value}" for key, value in groups.items()]
    if "reward._target_" in values and "reward" not in groups:
        overrides.append("~reward")  # a user's own class gets only what the user gives
    overrides += [f"++{key}={value}" for key, value in values.items()]
    for override in overrides:
        _check_syntax(override)
    try:
        with initialize_config_dir(str(catalog.ROOT), version_base="1.3"):
            config = compose("train", overrides)
        plain = OmegaConf.to_container(config, resolve=True)
    except (HydraException, OmegaConfBaseException) as error:
        where = f"{key}: " if (key := getattr(error, "full_key", None)) else ""
        raise UsageError(f"{where}{_first_line(error).replace('++', '')}") from error
    assert isinstance(plain, dict)  # noqa: S101 (what the primary config is)
    return {str(key): value for key, value in plain.items()}


def _check_syntax(override: str) -> None:
    typed = override.lstrip("+~")
    try:
        if OverridesParser.create().parse_override(override).is_sweep_override():
            raise UsageError(f"{typed}: needs one value; search several by several runs")
    except HydraException as error:
        raise UsageError(f"{typed}: cannot be read: {_first_line(error)}") from error


def validated(config: Mapping[str, Any]) -> RunSettings:
    """Check a composed configuration.

    Raises:
        UsageError: With the first mistake: where, what, and the nearest right name.
    """
    try:
        return mistakes.validated(RunSettings, config)
    except mistakes.SettingsError as error:
        raise UsageError(str(error)) from error


def _first_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0] if lines else type(error).__name__


def differences(there: Any, here: Any, path: str = "") -> list[str]:  # noqa: ANN401 (plain data)
    """List the keys whose values differ, each as ``key: there -> here``."""
    if isinstance(there, Mapping) and isinstance(here, Mapping):
        keys = [*there, *(key for key in here if key not in there)]
        found = (
            differences(there.get(key), here.get(key), f"{path}.{key}" if path else str(key))
            for key in keys
        )
        return [line for lines in found for line in lines]
    return [] if there == here else [f"{path} is {there!r} there and {here!r} here"]


def resumed(groups: Mapping[str, str], values: Mapping[str, str]) -> RunSettings:
    """Read the settings of the run to continue; only ``search.*`` may be changed.

    Raises:
        UsageError: If there is no run, or something else is asked for than was run.
    """
    directory = Path(values["resume"])
    saved = saved_config(directory, "resume")
    values = without_places(values)
    wanted = composed(groups, values)
    changes = {key: wanted[key] for key in groups}
    changed = OmegaConf.create(saved | changes)
    for key in values:
        value = OmegaConf.select(OmegaConf.create(wanted), key)
        OmegaConf.update(changed, key, value, force_add=True)
    config: Any = OmegaConf.to_container(changed)
    settings = validated(config)
    here = without_search(settings.model_dump(mode="json", by_alias=True))
    different = differences(without_search(saved), here)
    if different:
        raise UsageError(f"resume: {directory} is a run of another configuration: {different[0]}")
    return settings.model_copy(update={"resume": str(directory), "run_dir": str(directory)})


def without_search(config: Mapping[str, Any]) -> dict[str, Any]:
    """What a result depends on: all but the length of the search, its workers and its place."""
    return {k: v for k, v in config.items() if k not in ("search", "run_dir", "resume")}


def without_places(values: Mapping[str, str]) -> dict[str, str]:
    """All values but the paths."""
    return {key: value for key, value in values.items() if key not in PLACES}


def saved_config(directory: Path, whose: str) -> dict[str, Any]:
    """Read the configuration of a run, checked.

    Args:
        whose: What an error begins with.

    Raises:
        UsageError: If there is none, or none that can be read.
    """
    path = directory / "config.yaml"
    try:
        if not path.is_file():
            raise UsageError(f"{whose}: {directory} holds no run (there is no {path})")
        content = yaml.safe_load(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError, yaml.YAMLError) as error:
        if isinstance(error, UsageError):
            raise
        raise UsageError(f"{whose}: {path} cannot be read: {_first_line(error)}") from error
    if not isinstance(content, dict):
        raise UsageError(f"{whose}: {path} cannot be read: it holds no settings")
    try:
        return validated(content).model_dump(mode="json", by_alias=True)
    except UsageError as error:
        raise UsageError(f"{whose}: {path}: {error}") from error


def _place(key: str, value: str) -> str | None:
    """A path as it was typed; None for ``null``."""
    if not value.strip():
        raise UsageError(f"{key}: names no directory")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise UsageError(f"{key}: cannot be written in UTF-8: {value!a}") from error
    return None if value == "null" else value


def settings_from(arguments: Sequence[str]) -> RunSettings:
    """Turn the command line into settings.

    Raises:
        UsageError: With the first mistake.
    """
    groups, values = split_overrides(arguments)
    places = {key: _place(key, values[key]) for key in PLACES if key in values}
    if places.get("resume") is not None:
        return resumed(groups, values)
    return validated(composed(groups, without_places(values)) | places)
