"""Validated settings -> Problem; the one place that knows every environment and reward."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, cast

from configs import catalog
from configs.mistakes import SettingsError, validated
from envs.ancoef_evaluator import constant as ancoef_constant
from envs.ancoef_problem import SLACK, ancoef_evaluator, ancoef_problem, first_costs, flat_space
from envs.ancoef_reward import AncoefReward, powers_beyond
from envs.ancoef_settings import AncoefRewardSettings, AncoefSettings
from envs.cell_space import CellSpace
from envs.coexplore import coexplore_problem, coexplore_space, target_references
from envs.coexplore_evaluator import CoexploreEvaluator
from envs.coexplore_evaluator import constant as coexplore_constant
from envs.coexplore_settings import CoexploreSettings
from envs.custom_evaluator import OwnStage
from envs.custom_reward import custom_reward, try_out
from envs.evaluators import Constant, Evaluator
from envs.further_objectives import further_objectives
from envs.joint import joint_evaluator, joint_problem
from envs.joint import reference_costs as joint_references
from envs.joint import space_of as joint_space_of
from envs.joint_evaluator import constant as joint_constant
from envs.joint_settings import JointSettings
from envs.nacim import (
    check_own,
    nacim_evaluator,
    nacim_problem,
    own_stages,
)
from envs.nacim_space import nacim_space
from envs.neuronas import (
    COSTS,
    constant,
    dearest,
    neuronas_evaluator,
    neuronas_problem,
    quality,
)
from envs.neuronas_settings import NeuronasSettings
from envs.objectives import Constraint, Objective
from envs.problem import Problem
from envs.problem_settings import ProblemSettings
from envs.references import reference_costs
from envs.rewards import NacimReward, Reward
from envs.settings import (
    ConstraintSettings,
    CustomRewardSettings,
    EnvSettings,
    NacimRewardSettings,
    NacimSettings,
    ToySettings,
)
from envs.space import SearchSpace
from envs.toy import REFERENCES, ToyEvaluator, toy_problem, toy_space

GROUPS = ("reward", "hardware", "dataset")


def make_problem(settings: ProblemSettings, own: Evaluator | None = None) -> Problem:
    """Build the problem, and resolve the references that are left open.

    Args:
        own: A user's own evaluator, instead of the one that the settings name.

    Raises:
        ValueError: If the settings fit together nowhere; the message says where.
    """
    defaults = default_references(settings)
    references = resolved_references(settings, defaults)
    evaluator = own or make_evaluator(settings)
    problem = _problem(settings, evaluator, references, defaults)
    further = further_objectives(settings.objectives, evaluator, problem.objectives)
    return replace(problem, objectives=(*problem.objectives, *further)) if further else problem


def _problem(
    settings: ProblemSettings,
    evaluator: Evaluator,
    references: dict[str, float],
    defaults: Mapping[str, float],
) -> Problem:
    quality = quality_of(settings, evaluator)
    yields = getattr(evaluator, "yields", None)
    _check_quality(settings, yields)
    if isinstance(settings.reward, AncoefRewardSettings):
        reward: Reward = _ancoef_reward(settings.reward, settings.env, defaults)
    else:
        reward = make_reward(settings.reward, references, yields, quality)
    if isinstance(settings.env, AncoefSettings):
        return ancoef_problem(settings.env, evaluator, reward, references)
    if isinstance(settings.env, CoexploreSettings):
        return coexplore_problem(settings.env, evaluator, reward, references)
    if isinstance(settings.env, JointSettings):
        space = make_space(settings)
        return joint_problem(settings.env, space, evaluator, reward, references)
    if isinstance(settings.env, ToySettings):
        return toy_problem(settings.env, evaluator, reward, references)
    if isinstance(settings.env, NeuronasSettings):
        wanted = (quality, *(Objective(metric, references[metric]) for metric in COSTS))
        return neuronas_problem(settings.env, evaluator, reward, wanted)
    return nacim_problem(settings.env, settings.hardware, evaluator, reward, references)


def make_space(settings: ProblemSettings) -> SearchSpace:
    """Make the search space alone, which takes no cost model.

    Raises:
        ValueError: If the given choices are impossible.
    """
    if isinstance(settings.env, ToySettings):
        return toy_space(settings.env)
    if isinstance(settings.env, NeuronasSettings):
        return CellSpace.of(settings.env).space()
    if isinstance(settings.env, AncoefSettings):
        return flat_space(settings.env.space, settings.env.start.model_dump())
    if isinstance(settings.env, CoexploreSettings):
        return coexplore_space(settings.env)
    if isinstance(settings.env, JointSettings):
        return joint_space_of(settings.env, settings.hardware, settings.dataset)
    return nacim_space(settings.env, settings.hardware)


def make_evaluator(settings: ProblemSettings) -> Evaluator:
    """Make what measures a design of the environment.

    Raises:
        ValueError: If a bound is on a metric that it does not measure, or that nothing can meet.
    """
    own = own_stages(settings.env) if isinstance(settings.env, NacimSettings) else ()
    maximized = frozenset(name for one in own for name in one.maximized)
    bounds = settings.constraints.as_constraints(maximized)
    made = _evaluator(settings, bounds, own)
    if isinstance(settings.env, NacimSettings):
        check_own(made, settings.env, settings.hardware)
    for bound in bounds:
        yields: Iterable[str] = getattr(made, "yields", (bound.metric,))
        if bound.metric not in yields:
            raise ValueError(
                f"constraints.{bound.metric}: env={settings.env.name} does not measure it while "
                f"it searches; there are: {', '.join(yields)}"
            )
    return made


def _evaluator(
    settings: ProblemSettings, bounds: tuple[Constraint, ...], own: tuple[OwnStage, ...]
) -> Evaluator:
    env = settings.env
    if env.evaluator == "constant" and not own:
        return _constant(env)
    if isinstance(env, ToySettings):
        return ToyEvaluator(bounds)
    if isinstance(env, NeuronasSettings):
        return neuronas_evaluator(env, settings.hardware, bounds)
    if isinstance(env, AncoefSettings):
        return ancoef_evaluator(env, bounds)
    if isinstance(env, CoexploreSettings):
        return _coexplore(settings, env, bounds)
    return _of_crossbars(settings, env, bounds, own)


def _of_crossbars(
    settings: ProblemSettings,
    env: NacimSettings | JointSettings,
    bounds: tuple[Constraint, ...],
    own: tuple[OwnStage, ...],
) -> Evaluator:
    if isinstance(env, JointSettings):
        return joint_evaluator(env, settings.hardware, settings.dataset, bounds)
    return nacim_evaluator(env, settings.hardware, settings.dataset, bounds, own)


def _coexplore(
    settings: ProblemSettings, env: CoexploreSettings, bounds: tuple[Constraint, ...]
) -> CoexploreEvaluator:
    """As long as nobody searches hardware, every network runs on its first design."""
    references = target_references(settings.reward)
    assert isinstance(settings.reward, AncoefRewardSettings)  # noqa: S101 (it has targets)
    reward = _ancoef_reward(settings.reward, env, references)
    return CoexploreEvaluator(env, settings.dataset, reward, bounds)


def _constant(env: EnvSettings) -> Constant:
    if isinstance(env, AncoefSettings):
        return ancoef_constant()
    if isinstance(env, CoexploreSettings):
        return coexplore_constant()
    if isinstance(env, JointSettings):
        return joint_constant()
    return constant(env) if isinstance(env, NeuronasSettings) else Constant()


def _check_quality(settings: ProblemSettings, yields: Iterable[str] | None) -> None:
    """Refuse a reward that goes by an accuracy which nobody measures."""
    wanted = getattr(settings.reward, "quality", "accuracy")
    if wanted != "accuracy" and yields is not None and wanted not in yields:
        raise ValueError(f"reward.quality: env={settings.env.name} measures no {wanted}")


def quality_of(settings: ProblemSettings, evaluator: Evaluator) -> Objective:
    """The objective that is not a cost."""
    if isinstance(settings.env, NeuronasSettings):
        return quality(settings.env, evaluator)
    return Objective("accuracy")


def resolved_references(
    settings: ProblemSettings, defaults: Mapping[str, float]
) -> dict[str, float]:
    """The reference of each cost: as declared, else the environment's."""
    declared: dict[str, float | None] = {}
    if isinstance(settings.reward, NacimRewardSettings | AncoefRewardSettings):
        declared = settings.reward.references.model_dump()
    return {metric: declared.get(metric) or default for metric, default in defaults.items()}


def default_references(settings: ProblemSettings) -> Mapping[str, float]:
    """The cost that counts as 1: what most designs stay below."""
    if isinstance(settings.env, ToySettings):
        return REFERENCES
    if isinstance(settings.env, AncoefSettings):
        return {cost: SLACK * value for cost, value in first_costs(settings.env).items()}
    if isinstance(settings.env, CoexploreSettings):
        return target_references(settings.reward)
    if isinstance(settings.env, NeuronasSettings):
        return dearest(settings.env, settings.hardware)
    if isinstance(settings.env, JointSettings):
        return joint_references(settings.env, settings.hardware, settings.dataset)
    return reference_costs(settings.env, settings.hardware, settings.dataset)


def _ancoef_reward(
    settings: AncoefRewardSettings, env: EnvSettings, defaults: Mapping[str, float]
) -> AncoefReward:
    """Targets that are left open are the first design's costs; elsewhere the references.

    Of a joint search, where no design is the first, they are a part of the references.
    """
    is_slack = isinstance(env, AncoefSettings | CoexploreSettings | JointSettings)
    scale = SLACK if is_slack else 1.0
    wanted = settings.targets.model_dump()
    targets = {cost: wanted[cost] or defaults[cost] / scale for cost in wanted}
    p = settings.p.model_dump()
    q = powers_beyond(settings.q.model_dump(), p, wanted)
    return AncoefReward(targets, p, q, settings.quality)


def make_reward(
    settings: NacimRewardSettings | CustomRewardSettings,
    references: Mapping[str, float],
    yields: Iterable[str] | None,
    quality: Objective | None = None,
) -> Reward:
    """Make NACIM's reward, or an instance of the user's class, tried out.

    Args:
        yields: The metrics that the evaluator yields, if it tells: a user's own need not.
        quality: What NACIM's reward weighs against the costs; by default accuracy.

    Raises:
        RewardError: If the class cannot be imported, made or called, or knows no such argument.
    """
    if isinstance(settings, NacimRewardSettings):
        weights = settings.weights.model_dump()
        goal = quality or Objective("accuracy")
        if settings.quality != "accuracy":
            goal = Objective(settings.quality)
        return NacimReward(settings.beta, weights, references, goal, settings.merge)
    reward = custom_reward(settings.target, settings.model_extra or {}, references)
    if yields is not None:
        try_out(reward, settings.target, yields)
    return reward


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
