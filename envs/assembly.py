"""Validated settings -> Problem; the one place that knows every environment and reward."""

import importlib
import inspect
import math
from collections.abc import Mapping
from typing import Any, cast

from pydantic import ConfigDict

from configs import catalog
from configs.catalog import suggestion
from envs.nacim import nacim_evaluator, nacim_problem, reference_costs
from envs.objectives import METRICS
from envs.problem import Problem
from envs.rewards import NacimReward, Reward
from envs.settings import (
    ConstraintSettings,
    CustomRewardSettings,
    DatasetSettings,
    EnvSettings,
    HardwareSettings,
    NacimRewardSettings,
    Strict,
    ToySettings,
)
from envs.toy import REFERENCES, toy_problem
from hwmodels.estimate import MODELS

DEFAULTS = {"reward": "nacim", "hardware": "cim", "dataset": "digits"}
TRAINED_METRICS = (
    *METRICS,
    "clean_accuracy",
    "accuracy_deviation",
    "worst_accuracy",
)
RewardSettings = NacimRewardSettings | CustomRewardSettings


class ProblemSettings(Strict):
    """The four groups that describe a problem, and its hard bounds."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
    env: EnvSettings
    reward: RewardSettings
    hardware: HardwareSettings
    dataset: DatasetSettings
    constraints: ConstraintSettings = ConstraintSettings()


class RewardError(ValueError):
    """A reward class that cannot be found or made."""


def make_problem(settings: ProblemSettings) -> Problem:
    """Build the problem, and resolve the references that are left open.

    Raises:
        ValueError: If the settings fit together nowhere; the message says where.
    """
    if settings.hardware.model not in MODELS:
        raise catalog.UnknownNameError("cost model", settings.hardware.model, MODELS)
    references = resolved_references(settings)
    reward = make_reward(settings.reward, references)
    bounds = settings.constraints.as_constraints()
    if isinstance(settings.env, ToySettings):
        return toy_problem(settings.env, bounds, reward, references)
    evaluator = nacim_evaluator(settings.env, settings.hardware, settings.dataset, bounds)
    return nacim_problem(settings.env, settings.hardware, evaluator, reward, references)


def resolved_references(settings: ProblemSettings) -> dict[str, float]:
    """The reference of each cost: as declared, else that of the space's reference design."""
    if isinstance(settings.env, ToySettings):
        defaults = REFERENCES
    else:
        defaults = reference_costs(settings.env, settings.hardware, settings.dataset)
    declared: dict[str, float | None] = {}
    if isinstance(settings.reward, NacimRewardSettings):
        declared = settings.reward.references.model_dump()
    return {metric: declared.get(metric) or default for metric, default in defaults.items()}


def make_reward(settings: RewardSettings, references: Mapping[str, float]) -> Reward:
    """Make NACIM's reward, or an instance of the user's class.

    Raises:
        RewardError: If the class cannot be imported, called, or knows no such argument.
    """
    if isinstance(settings, NacimRewardSettings):
        return NacimReward(settings.beta, settings.weights.model_dump(), references)
    return _custom_reward(settings.target, dict(settings.model_extra or {}))


def _custom_reward(target: str, arguments: dict[str, Any]) -> Reward:
    module_name, _, class_name = target.rpartition(".")
    try:
        made = getattr(importlib.import_module(module_name), class_name)
    except (ImportError, AttributeError) as error:
        raise RewardError(f"reward._target_: cannot import '{target}': {error}") from error
    known = inspect.signature(made).parameters
    takes_any = any(p.kind is inspect.Parameter.VAR_KEYWORD for p in known.values())
    defaults = catalog.read("reward", "nacim")
    for name in list(arguments):
        if name in known or takes_any:
            continue
        if name not in defaults:
            hint = suggestion(name, known) if known else "it takes none"
            raise RewardError(f"reward.{name}: {target} has no such argument; {hint}")
        del arguments[name]  # comes from the default reward, not from the user
    try:
        reward = cast("Reward", made(**arguments))
    except TypeError as error:
        raise RewardError(f"reward._target_: cannot make '{target}': {error}") from error
    _try_out(reward, target)
    return reward


def _try_out(reward: Reward, target: str) -> None:
    """Call a user's reward once, so that its mistakes show before the search and not in it."""
    metrics = dict.fromkeys(TRAINED_METRICS, 0.5)
    try:
        value = float(reward(metrics))
    except Exception as error:
        kind = type(error).__name__
        raise RewardError(
            f"reward._target_: '{target}' fails on metrics {', '.join(metrics)}: {kind}: {error}"
        ) from error
    if not math.isfinite(value):
        raise RewardError(f"reward._target_: '{target}' gives {value}, not a finite number")


def settings_of(env: str, changes: Mapping[str, Any]) -> ProblemSettings:
    """Default settings of an environment, with changes per group.

    Args:
        env: A name in ``configs/env``.
        changes: Keyword arguments of ``gym.make``: keys of the group ``env``, or one of ``reward``,
            ``hardware``, ``dataset``, ``constraints`` with a mapping (the first three
            may be names).
    """
    changes = dict(changes)
    data = {
        group: _group(group, default, changes.pop(group, {})) for group, default in DEFAULTS.items()
    }
    data["constraints"] = changes.pop("constraints", {})
    data["env"] = merge(catalog.read("env", env), changes)
    return ProblemSettings.model_validate(data)


def _group(group: str, default: str, change: str | Mapping[str, Any]) -> dict[str, Any]:
    """A group's file, chosen by name or (a dataset) by the name among its keys, with changes."""
    if isinstance(change, str):
        return catalog.read(group, change)
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
