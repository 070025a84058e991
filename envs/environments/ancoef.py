"""Asynchronous hardware for a spiking network that does not change (ANCoEF)."""

from envs.ancoef_evaluator import AncoefEvaluator
from envs.ancoef_evaluator import constant as constant_metrics
from envs.ancoef_problem import SLACK, ancoef_evaluator, ancoef_problem, first_costs, flat_space
from envs.ancoef_settings import AncoefSettings
from envs.environment import Bounds, Environment
from envs.evaluators import Constant
from envs.problem_settings import ProblemSettings
from envs.space import SearchSpace


def _space(env: AncoefSettings, settings: ProblemSettings) -> SearchSpace:
    del settings
    return flat_space(env.space, env.start.model_dump())


def _evaluator(env: AncoefSettings, settings: ProblemSettings, bounds: Bounds) -> AncoefEvaluator:
    del settings
    return ancoef_evaluator(env, bounds)


def _references(env: AncoefSettings, settings: ProblemSettings) -> dict[str, float]:
    del settings
    return {cost: SLACK * value for cost, value in first_costs(env).items()}


def _constant(env: AncoefSettings) -> Constant:
    del env
    return constant_metrics()


ANCOEF = Environment(
    name="ancoef",
    space=_space,
    evaluator=_evaluator,
    references=_references,
    constant=_constant,
    complete=ancoef_problem,
    slack=SLACK,
)
