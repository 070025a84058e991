"""The NACIM problem: a convolutional network, its quantization, device and circuit."""

from collections.abc import Mapping

from envs.dataset_settings import DatasetSettings
from envs.evaluators import CimCost, Evaluator, Pipeline, TrainedAccuracy
from envs.nacim_builder import nacim_builder
from envs.nacim_space import nacim_space
from envs.objectives import Constraint, objectives
from envs.problem import Problem
from envs.rewards import Reward
from envs.settings import HardwareSettings, NacimSettings
from hwmodels.estimate import check_technology


def nacim_problem(
    settings: NacimSettings,
    hardware: HardwareSettings,
    evaluator: Evaluator,
    reward: Reward,
    references: Mapping[str, float],
) -> Problem:
    """Put the NACIM problem together.

    Raises:
        ValueError: If the given chip or the given choices are impossible.
    """
    space = nacim_space(settings, hardware)
    return Problem(
        name="nacim",
        space=space,
        evaluator=evaluator,
        reward=reward,
        objectives=objectives(references),
        infeasible_reward=settings.infeasible_reward,
    )


def nacim_evaluator(
    settings: NacimSettings,
    hardware: HardwareSettings,
    dataset: DatasetSettings,
    constraints: tuple[Constraint, ...],
) -> Evaluator:
    """The cost model, then training under variation, each stopping at a broken bound."""
    accuracy = TrainedAccuracy(
        dataset.model_dump(),
        settings.accuracy.model_dump(),
        settings.n_chips,
        hardware.variation,
    )
    return Pipeline(
        build=nacim_builder(settings, hardware, dataset),
        stages=(nacim_cost(settings, hardware), accuracy),
        constraints=constraints,
    )


def nacim_cost(settings: NacimSettings, hardware: HardwareSettings) -> CimCost:
    """The cost model, for the devices that the search can reach."""
    devices = nacim_space(settings, hardware).reachable("chip.device")
    technology = check_technology(hardware.model, hardware.technology)
    return CimCost(hardware.model, technology, tuple(map(str, devices)))
