"""The NACIM problem: a convolutional network, its quantization, device and circuit."""

from collections.abc import Mapping

from envs.evaluators import CimCost, Evaluator, Pipeline, TrainedAccuracy
from envs.nacim_builder import nacim_builder
from envs.nacim_space import nacim_space
from envs.objectives import Constraint, objectives
from envs.problem import Problem
from envs.rewards import Reward
from envs.settings import DatasetSettings, HardwareSettings, NacimSettings
from hwmodels.chip import Circuit

CHIP_GROUPS = ("device", "circuit")


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
    Circuit(**hardware.circuit.model_dump())
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
        dataset.model_dump(), settings.accuracy.model_dump(), settings.n_chips
    )
    return Pipeline(
        build=nacim_builder(settings, dataset),
        stages=(CimCost(hardware.model, hardware.technology), accuracy),
        constraints=constraints,
    )


def reference_costs(
    settings: NacimSettings, hardware: HardwareSettings, dataset: DatasetSettings
) -> dict[str, float]:
    """Cost of the space's reference design: its largest network at full precision.

    Every number of a network takes its largest choice; the chip is that of ``hardware``.
    """
    choices = {
        decision.name: decision.given if decision.group in CHIP_GROUPS else max(decision.choices)
        for decision in nacim_space(settings, hardware).decisions
    }
    design = nacim_builder(settings, dataset)(choices)
    cost = CimCost(hardware.model, hardware.technology)(design, 0)
    return dict(cost)
