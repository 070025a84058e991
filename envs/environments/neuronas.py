"""Cells of spiking networks under budgets (NeuroNAS, SpikeNAS)."""

from collections.abc import Mapping

from envs.cell_evaluator import CellEvaluator
from envs.cell_space import CellSpace
from envs.environment import Bounds, Environment
from envs.neuronas import COSTS, constant, dearest, neuronas_evaluator, quality
from envs.neuronas_settings import NeuronasSettings
from envs.problem_settings import ProblemSettings
from envs.space import SearchSpace


def _space(env: NeuronasSettings, settings: ProblemSettings) -> SearchSpace:
    del settings
    return CellSpace.of(env).space()


def _evaluator(env: NeuronasSettings, settings: ProblemSettings, bounds: Bounds) -> CellEvaluator:
    return neuronas_evaluator(env, settings.hardware, bounds)


def _references(env: NeuronasSettings, settings: ProblemSettings) -> Mapping[str, float]:
    return dearest(env, settings.hardware)


NEURONAS = Environment(
    name="neuronas",
    space=_space,
    evaluator=_evaluator,
    references=_references,
    constant=constant,
    quality=quality,
    costs=COSTS,
)
