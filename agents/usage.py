"""Command line or saved run -> validated settings; every mistake is one line."""

import copy
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from omegaconf import OmegaConf

from agents.exits import UsageError as UsageError  # noqa: PLC0414 (where others look for it)
from agents.overrides import composed, first_line, split_overrides, told_of_search
from agents.settings import RunSettings
from configs import catalog, mistakes

INNER_PLACES = (
    "dataset.path",
    "ray.working_dir",
    "ray.token_file",
    "env.spikenas_bench.path",
    "env.start.run",
    "replay",
    "store",
)
PLACES = ("run_dir", "resume", *INNER_PLACES)  # paths: taken as typed, not read by Hydra
# what no evaluation depends on may be changed on resume: where data lie; and of a search for cells,
# which are scored untrained or by a table, how and on what is trained what it finds
WITHOUT_EFFECT = (
    "search",
    "ray",
    "store",
    "logger",
    "run_dir",
    "resume",
)  # on what a design is worth
CHANGEABLE = ("dataset.path",)
CHANGEABLE_OF_CELLS = ("dataset", "env.training", "env.spikenas_bench")


def validated(config: Mapping[str, Any]) -> RunSettings:
    """Check a composed configuration.

    Raises:
        UsageError: With the first mistake: where, what, and the nearest right name.
    """
    try:
        return mistakes.validated(RunSettings, config).resolved
    except mistakes.SettingsError as error:
        raise UsageError(str(error)) from error


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
    """Read the settings of the run to continue, with what may be changed.

    Raises:
        UsageError: If there is no run, or something else is asked for than was run.
    """
    directory = Path(values["resume"])
    if "experiment" in groups:
        raise UsageError("resume: takes no experiment: the run has its own configuration")
    if "search" in groups:
        raise UsageError("resume: takes no search=NAME; only search.budget and search.workers")
    saved = saved_config(directory, "resume")
    settings = validated(_laid_over(saved, groups, values))
    here = settings.model_dump(mode="json", by_alias=True)
    different = differences(problem_of_run(saved), problem_of_run(here))
    if different:
        told = ", ".join(key if key.endswith(".path") else f"{key}.*" for key in changeable(saved))
        raise UsageError(
            f"resume: {directory} is a run of another configuration: {different[0]}; only "
            f"search.*, ray.*, store, logger, {told} can be changed"
        )
    return settings.model_copy(update={"resume": str(directory), "run_dir": str(directory)})


def _laid_over(
    saved: Mapping[str, Any], groups: Mapping[str, str], values: Mapping[str, str]
) -> dict[str, Any]:
    """A saved configuration with the groups and values that are typed."""
    typed = without_places(values)
    wanted = composed(groups, typed)
    laid = copy.deepcopy({**saved, **{key: wanted[key] for key in groups}})
    for key in changeable(saved):
        if _has(saved, key) and _is_same_choice(saved, laid, key):
            _put(laid, key, copy.deepcopy(_value(saved, key)))  # not of a group that is typed again
    if "env.training.recipe" in typed:
        _forget_recipe(laid)
    changed = OmegaConf.create(laid)
    for key in typed:
        value = OmegaConf.select(OmegaConf.create(wanted), key)
        OmegaConf.update(changed, key, value, force_add=True)
    config: Any = OmegaConf.to_container(changed)
    for key, place in _places(values).items():
        if key in INNER_PLACES:
            _put(config, key, place)
    return config  # type: ignore[no-any-return]


def _is_same_choice(saved: Mapping[str, Any], laid: Mapping[str, Any], key: str) -> bool:
    """Whether the group that a key is of has its name still."""
    group = key.partition(".")[0]
    return bool(_value(saved, f"{group}.name") == _value(laid, f"{group}.name"))


def _forget_recipe(config: Mapping[str, Any]) -> None:
    """Leave out what another recipe is to say."""
    training = _value(config, "env.training") or {}
    for key in catalog.read("recipe", training["recipe"]) if "recipe" in training else ():
        training.pop(key, None)


def changeable(config: Mapping[str, Any]) -> tuple[str, ...]:
    """What may be changed on resume, besides ``search.*``."""
    return CHANGEABLE_OF_CELLS if _value(config, "env.name") == "neuronas" else CHANGEABLE


def problem_of_run(config: Mapping[str, Any]) -> dict[str, Any]:
    """What an evaluation depends on: neither the search's length nor what may be changed."""
    found = copy.deepcopy(without_search(config))
    for key in changeable(config):
        if _has(found, key):
            above, _, last = key.rpartition(".")
            del (_value(found, above) if above else found)[last]
    return found


def _value(config: Mapping[str, Any], key: str) -> Any:  # noqa: ANN401 (settings hold anything)
    """What stands under a dotted key; None if nothing does."""
    below: Any = config
    for name in key.split("."):
        below = below.get(name) if isinstance(below, Mapping) else None
    return below


def _has(config: Mapping[str, Any], key: str) -> bool:
    above, _, last = key.rpartition(".")
    below = _value(config, above) if above else config
    return isinstance(below, Mapping) and last in below


def _put(config: dict[str, Any], key: str, value: object) -> None:
    *above, last = key.split(".")
    below = config
    for name in above:
        below = below.setdefault(name, {})
    below[last] = value


def without_search(config: Mapping[str, Any]) -> dict[str, Any]:
    """What a result depends on: all but the length of the search, its workers and its places."""
    return {key: value for key, value in config.items() if key not in WITHOUT_EFFECT}


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
        raise UsageError(f"{whose}: {path} cannot be read: {first_line(error)}") from error
    if not isinstance(content, dict):
        raise UsageError(f"{whose}: {path} cannot be read: it holds no settings")
    try:
        return validated(content).model_dump(mode="json", by_alias=True)
    except UsageError as error:
        raise UsageError(f"{whose}: {path}: {error}") from error


def _place(key: str, value: str) -> str | None:
    """A path as it was typed; None for ``null``."""
    if not value.strip():
        raise UsageError(f"{key}: names no {'database' if key == 'store' else 'directory'}")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise UsageError(f"{key}: cannot be written in UTF-8: {value!a}") from error
    return None if value == "null" else value


def _places(values: Mapping[str, str]) -> dict[str, str | None]:
    return {key: _place(key, values[key]) for key in PLACES if key in values}


def settings_from(arguments: Sequence[str]) -> RunSettings:
    """Turn the command line into settings.

    Raises:
        UsageError: With the first mistake.
    """
    groups, values = split_overrides(arguments)
    places = _places(values)
    if places.get("resume") is not None:
        return resumed(groups, values)
    config = composed(groups, without_places(values))
    for key, place in places.items():
        _put(config, key, place)
    try:
        return validated(config)
    except UsageError as error:
        raise UsageError(told_of_search(str(error), groups, values)) from error
