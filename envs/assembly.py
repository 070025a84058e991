"""Validated settings -> Problem, for any environment and reward."""

from collections.abc import Iterable, Mapping

from envs.ancoef_reward import ancoef_reward
from envs.ancoef_settings import AncoefRewardSettings
from envs.custom_reward import custom_reward, try_out
from envs.environment import Bounds, Environment, environments
from envs.evaluators import Evaluator
from envs.further_objectives import further_objectives
from envs.nacim import own_stages
from envs.objectives import Objective
from envs.own_environment import check_evaluator, check_yields, own_environment
from envs.problem import Problem
from envs.problem_settings import ProblemSettings
from envs.replay import Replay, replay
from envs.reward_settings import CustomRewardSettings, NacimRewardSettings
from envs.rewards import METRIC_OF, NacimReward, Reward
from envs.settings import NacimSettings, OwnEnvSettings
from envs.space import SearchSpace


def make_problem(settings: ProblemSettings, own: Evaluator | None = None) -> Problem:
    """Build the problem, and resolve the references that are left open.

    Args:
        own: A user's own evaluator, instead of the one that the settings name.

    Raises:
        ValueError: If the settings fit together nowhere; the message says where.
    """
    kind, env = environment_of(settings), settings.env
    evaluator = own or make_evaluator(settings)
    quality = kind.quality(env, evaluator)
    if settings.replay is not None and quality.metric != "accuracy":  # whose ends are measured
        quality = kind.quality(env, kind.evaluator(env, settings, ()))
    judged = (quality.metric, *kind.costs)
    if isinstance(env, OwnEnvSettings) and not isinstance(evaluator, Replay):
        check_yields(env, evaluator, judged)
    further = further_objectives(settings.objectives, evaluator, judged)
    defaults = kind.references(env, settings)  # here at the latest a cost model is compiled
    references = resolved_references(settings, defaults)
    costs = (Objective(cost, references[cost]) for cost in kind.costs)
    problem = Problem(
        name=env.name,
        space=kind.space(env, settings),
        evaluator=evaluator,
        reward=_reward(settings, evaluator, references, defaults, quality),
        objectives=(quality, *costs, *further),
        infeasible_reward=env.infeasible_reward,
    )
    problem = kind.complete(env, problem)
    if isinstance(evaluator, Replay):
        evaluator.check(problem)
    return problem


def environment_of(settings: ProblemSettings) -> Environment:
    """What is particular to the environment."""
    if isinstance(settings.env, OwnEnvSettings):
        return own_environment(settings.env)
    return environments()[settings.env.name]


def make_space(settings: ProblemSettings) -> SearchSpace:
    """Make the search space alone, which takes no cost model.

    Raises:
        ValueError: If the given choices are impossible.
    """
    return environment_of(settings).space(settings.env, settings)


def make_evaluator(settings: ProblemSettings) -> Evaluator:
    """Make what measures a design of the environment.

    Raises:
        ValueError: If a bound is on a metric that it does not measure, or that nothing can meet.
    """
    own = own_stages(settings.env) if isinstance(settings.env, NacimSettings) else ()
    maximized = frozenset(name for one in own for name in one.maximized)
    bounds = settings.constraints.as_constraints(maximized)
    made = _evaluator(settings, bounds, has_own=bool(own))
    for bound in bounds:
        yields: Iterable[str] = getattr(made, "yields", (bound.metric,))
        if bound.metric not in yields:
            raise ValueError(
                f"constraints.{bound.metric}: env={settings.env.name} does not measure it while "
                f"it searches; there are: {', '.join(yields)}"
            )
    return made


def _evaluator(settings: ProblemSettings, bounds: Bounds, *, has_own: bool) -> Evaluator:
    kind, env = environment_of(settings), settings.env
    if settings.replay is not None:
        return replay(settings.replay, bounds)
    if env.evaluator == "constant" and not has_own:
        return kind.constant(env)
    made = kind.evaluator(env, settings, bounds)
    if isinstance(env, OwnEnvSettings):
        check_evaluator(env, made)
    return made


def resolved_references(
    settings: ProblemSettings, defaults: Mapping[str, float]
) -> dict[str, float]:
    """The reference of each cost: as declared, else the environment's."""
    declared: dict[str, float | None] = {}
    if isinstance(settings.reward, NacimRewardSettings | AncoefRewardSettings):
        declared = settings.reward.references.model_dump()
    return {metric: declared.get(metric) or default for metric, default in defaults.items()}


def _reward(
    settings: ProblemSettings,
    evaluator: Evaluator,
    references: Mapping[str, float],
    defaults: Mapping[str, float],
    quality: Objective,
) -> Reward:
    yields = getattr(evaluator, "yields", None)
    wanted = getattr(settings.reward, "quality", "accuracy")
    if wanted != "accuracy" and yields is not None and wanted not in yields:
        raise ValueError(f"reward.quality: env={settings.env.name} measures no {wanted}")
    if isinstance(settings.reward, AncoefRewardSettings):
        return ancoef_reward(settings.reward, defaults, environment_of(settings).slack)
    return make_reward(settings.reward, references, yields, quality)


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
        weights = _weights(settings, references)
        goal = quality or Objective("accuracy")
        if settings.quality != "accuracy":
            goal = Objective(settings.quality)
        return NacimReward(settings.beta, weights, references, goal, settings.merge)
    reward = custom_reward(settings.target, settings.model_extra or {}, references)
    if yields is not None:
        try_out(reward, settings.target, yields)
    return reward


def _weights(settings: NacimRewardSettings, references: Mapping[str, float]) -> dict[str, float]:
    """The weight of each cost that there is.

    Raises:
        ValueError: If another has one.
    """
    given: dict[str, float] = settings.weights.model_dump()
    for cost, weight in given.items():
        if weight and METRIC_OF[cost] not in references:
            raise ValueError(f"reward.weights.{cost}: this environment has no such cost; needs 0")
    return {cost: one for cost, one in given.items() if METRIC_OF[cost] in references}
