"""Command line -> validated settings; every mistake is one line."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from hydra import compose, initialize_config_dir
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import HydraException
from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

from agents.settings import RunSettings
from configs import catalog
from envs import mistakes

GROUPS = ("env", "agent", "reward", "hardware", "dataset")
PREFIXES = "+~"


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
        key = key.lstrip(PREFIXES)
        if not equals or not key:
            raise UsageError(f"'{argument}' is not of the form key=value; --help shows examples")
        if key not in GROUPS:
            values[key] = value
            continue
        if value not in catalog.names(key):
            raise UsageError(str(catalog.UnknownNameError(key, value, catalog.names(key))))
        groups[key] = value
    return groups, values


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
        raise UsageError(_first_line(error)) from error
    assert isinstance(plain, dict)  # noqa: S101 (what the primary config is)
    return {str(key): value for key, value in plain.items()}


def _check_syntax(override: str) -> None:
    try:
        OverridesParser.create().parse_override(override)
    except HydraException as error:
        typed = override.lstrip(PREFIXES)
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
    path = directory / "config.yaml"
    if not path.is_file():
        raise UsageError(f"resume: {directory} holds no run (there is no {path})")
    saved = _load(path)
    wanted = composed(groups, {k: v for k, v in values.items() if k not in ("resume", "run_dir")})
    changes = {key: wanted[key] for key in groups}
    changed = OmegaConf.create(saved | changes)
    for key in values:
        if key not in ("resume", "run_dir"):
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


def _load(path: Path) -> dict[str, Any]:
    try:
        content: Any = OmegaConf.to_container(OmegaConf.load(path))
    except Exception as error:  # any broken file, whatever the parser makes of it
        raise UsageError(f"resume: {path} cannot be read: {_first_line(error)}") from error
    return validated(content).model_dump(mode="json", by_alias=True)


def settings_from(arguments: Sequence[str]) -> RunSettings:
    """Turn the command line into settings.

    Raises:
        UsageError: With the first mistake.
    """
    groups, values = split_overrides(arguments)
    if values.get("resume") == "":
        raise UsageError("resume: names no run directory")
    if values.get("resume", "null") != "null":
        return resumed(groups, values)
    return validated(composed(groups, values))
