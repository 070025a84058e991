"""Default settings of an environment, with changes: what `gym.make` and tests begin with."""

from collections.abc import Mapping
from typing import Any, cast

from configs import catalog
from configs.mistakes import SettingsError, validated
from envs.problem_settings import ProblemSettings
from envs.settings import ConstraintSettings

GROUPS = ("reward", "hardware", "dataset")


def settings_of(env: str, changes: Mapping[str, Any]) -> ProblemSettings:
    """Default settings of an environment, with changes per group.

    Args:
        env: A name in ``configs/env``.
        changes: Keyword arguments of ``gym.make``: keys of the group ``env``, or one of ``reward``,
            ``hardware``, ``dataset``, ``constraints``, ``objectives`` with a mapping (the first
            three may be names).

    Raises:
        SettingsError: If one of them is unknown or out of range.
    """
    own = f"{env}_{changes.get('network')}"  # a family of networks with a space of its own
    env = own if own in catalog.names("env") else env
    base = catalog.read("env", env)
    known = (*base, *GROUPS, "constraints", "objectives")
    for key in changes:
        if key not in known:
            raise SettingsError(f"env.{key}: no such key; {catalog.suggestion(key, known)}")
    default = {group: catalog.default_of(group, env) for group in GROUPS}
    data = {group: _group(group, default[group], changes.get(group, {})) for group in GROUPS}
    data["constraints"] = _all_constraints(changes.get("constraints", {}))
    data["objectives"] = changes.get("objectives", {})
    data["env"] = merge(base, {key: value for key, value in changes.items() if key in base})
    return validated(ProblemSettings, data)


def _all_constraints(changes: Any) -> Any:  # noqa: ANN401 (not checked yet)
    return (
        dict.fromkeys(ConstraintSettings.model_fields) | changes
        if isinstance(changes, dict)
        else changes
    )


def _group(group: str, default: str, change: Any) -> Any:  # noqa: ANN401 (not checked yet)
    """A group's file, chosen by name or (a dataset) by the name among its keys, with changes.

    A user's own reward has nothing of that file.
    """
    if isinstance(change, str):
        return catalog.read(group, change)
    if not isinstance(change, Mapping) or "_target_" in change:
        return change
    name = change.get("name", default) if group == "dataset" else default
    return merge(catalog.read(group, name), change)


def merge(base: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Lay changes over a tree of mappings; anything that is no mapping is replaced."""
    merged = dict(base)
    for key, value in changes.items():
        below = merged.get(key)
        both = isinstance(value, Mapping) and isinstance(below, Mapping)
        merged[key] = merge(cast("Mapping[str, Any]", below), value) if both else value
    return merged
