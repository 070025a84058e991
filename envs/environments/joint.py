"""Spiking networks on cores of crossbars over the asynchronous mesh, and all their decisions."""

from envs.ancoef_problem import SLACK
from envs.environment import Bounds, Environment
from envs.evaluators import Constant, Evaluator
from envs.joint import joint_evaluator, reference_costs, space_of
from envs.joint_evaluator import constant as constant_metrics
from envs.joint_settings import JointSettings
from envs.problem_settings import ProblemSettings
from envs.space import SearchSpace


def _space(env: JointSettings, settings: ProblemSettings) -> SearchSpace:
    return space_of(env, settings.hardware, settings.dataset)


def _evaluator(env: JointSettings, settings: ProblemSettings, bounds: Bounds) -> Evaluator:
    return joint_evaluator(env, settings.hardware, settings.dataset, bounds)


def _references(env: JointSettings, settings: ProblemSettings) -> dict[str, float]:
    return reference_costs(env, settings.hardware, settings.dataset)


def _constant(env: JointSettings) -> Constant:
    del env
    return constant_metrics()


JOINT = Environment(
    name="joint",
    space=_space,
    evaluator=_evaluator,
    references=_references,
    constant=_constant,
    slack=SLACK,
)
