"""A problem of arithmetic, for trying agents out."""

from envs.environment import Bounds, Environment
from envs.problem_settings import ProblemSettings
from envs.settings import ToySettings
from envs.space import SearchSpace
from envs.toy import REFERENCES, ToyEvaluator, toy_space


def _space(env: ToySettings, settings: ProblemSettings) -> SearchSpace:
    del settings
    return toy_space(env)


def _evaluator(env: ToySettings, settings: ProblemSettings, bounds: Bounds) -> ToyEvaluator:
    del env, settings
    return ToyEvaluator(bounds)


def _references(env: ToySettings, settings: ProblemSettings) -> dict[str, float]:
    del env, settings
    return dict(REFERENCES)


TOY = Environment(name="toy", space=_space, evaluator=_evaluator, references=_references)
