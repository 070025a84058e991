"""Networks of a supernet, each on asynchronous hardware of its own (ANCoEF)."""

from envs.ancoef_problem import SLACK
from envs.ancoef_reward import ancoef_reward
from envs.ancoef_settings import AncoefRewardSettings
from envs.coexplore import coexplore_space, target_references
from envs.coexplore_evaluator import CoexploreEvaluator
from envs.coexplore_evaluator import constant as constant_metrics
from envs.coexplore_settings import CoexploreSettings
from envs.environment import Bounds, Environment
from envs.evaluators import Constant
from envs.problem_settings import ProblemSettings
from envs.space import SearchSpace


def _space(env: CoexploreSettings, settings: ProblemSettings) -> SearchSpace:
    del settings
    return coexplore_space(env)


def _evaluator(
    env: CoexploreSettings, settings: ProblemSettings, bounds: Bounds
) -> CoexploreEvaluator:
    """As long as nobody searches hardware, every network runs on its first design."""
    targets = target_references(settings.reward)
    assert isinstance(settings.reward, AncoefRewardSettings)  # noqa: S101 (it has targets)
    reward = ancoef_reward(settings.reward, targets, SLACK)
    return CoexploreEvaluator(env, settings.dataset, reward, bounds)


def _references(env: CoexploreSettings, settings: ProblemSettings) -> dict[str, float]:
    del env
    return target_references(settings.reward)


def _constant(env: CoexploreSettings) -> Constant:
    del env
    return constant_metrics()


COEXPLORE = Environment(
    name="coexplore",
    space=_space,
    evaluator=_evaluator,
    references=_references,
    constant=_constant,
    slack=SLACK,
)
