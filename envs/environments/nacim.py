"""Architecture, quantization, device and circuit of a network on crossbars (NACIM)."""

from dataclasses import replace

from envs.environment import Bounds, Environment
from envs.evaluators import Evaluator
from envs.nacim import check_own, nacim_evaluator, own_stages
from envs.nacim_space import nacim_space, started_from
from envs.problem import Problem
from envs.problem_settings import ProblemSettings
from envs.references import reference_costs
from envs.settings import NacimSettings
from envs.space import SearchSpace


def _space(env: NacimSettings, settings: ProblemSettings) -> SearchSpace:
    return nacim_space(env, settings.hardware)


def _evaluator(env: NacimSettings, settings: ProblemSettings, bounds: Bounds) -> Evaluator:
    made = nacim_evaluator(env, settings.hardware, settings.dataset, bounds, own_stages(env))
    check_own(made, env, settings.hardware)
    return made


def _references(env: NacimSettings, settings: ProblemSettings) -> dict[str, float]:
    return reference_costs(env, settings.hardware, settings.dataset)


def _begun(env: NacimSettings, problem: Problem) -> Problem:
    return replace(problem, first=started_from(env) or None)


NACIM = Environment(
    name="nacim", space=_space, evaluator=_evaluator, references=_references, complete=_begun
)
