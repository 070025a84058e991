"""The joint problem: a spiking network, its bits, the cells and circuits of its cores, the mesh."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from envs.ancoef_design import hardware_of
from envs.ancoef_problem import COSTS
from envs.dataset_settings import DatasetSettings
from envs.evaluators import Constant
from envs.hardware_settings import HardwareSettings
from envs.joint_blocks import BlocksFamily
from envs.joint_cells import CellsFamily
from envs.joint_chain import ChainFamily
from envs.joint_choices import flat_choices
from envs.joint_evaluator import JointEvaluator
from envs.joint_family import Measured, NetworkFamily
from envs.joint_settings import JointSettings
from envs.joint_space import joint_space
from envs.joint_two_level import TwoLevelEvaluator
from envs.objectives import Constraint
from envs.references import UnbuildableError, dear
from envs.space import Choices, SearchSpace
from hwmodels.estimate import check_technology
from hwmodels.workload import load_activity
from snn.spike_graph import SpikeRecord
from snn.spikes import generated

FAMILIES: dict[str, Callable[[JointSettings, DatasetSettings, int], NetworkFamily]] = {
    "blocks": BlocksFamily,
    "chain": ChainFamily,
    "cells": CellsFamily,
}
N_DESIGNS = 16  # drawn evenly, always the same ones, to tell what is dear


def family_of(settings: JointSettings, dataset: DatasetSettings, seed: int = 0) -> NetworkFamily:
    """The family of networks that is searched."""
    return FAMILIES[settings.network](settings, dataset, seed)


def space_of(
    settings: JointSettings, hardware: HardwareSettings, dataset: DatasetSettings
) -> SearchSpace:
    """What may be decided.

    Raises:
        ValueError: In one line, if the space or what is given cannot be.
    """
    return joint_space(settings, hardware, family_of(settings, dataset))


def joint_evaluator(
    settings: JointSettings,
    hardware: HardwareSettings,
    dataset: DatasetSettings,
    constraints: tuple[Constraint, ...],
) -> JointEvaluator:
    """Make what measures designs.

    Raises:
        ValueError: In one line, if the space cannot be, or the technology is none of the model's.
    """
    space = space_of(settings, hardware, dataset)
    technology = check_technology(hardware.model, hardware.technology)
    kind = TwoLevelEvaluator if settings.inner.budget else JointEvaluator
    return kind(
        settings,
        hardware.model_copy(update={"technology": technology}),
        family_of(settings, dataset),
        tuple(map(str, space.reachable("chip.device"))),
        dataset,
        constraints,
    )


def with_seed(evaluator: JointEvaluator, seed: int) -> JointEvaluator:
    """The same, with another seed of what is trained, and of which images are held out."""
    family = family_of(evaluator.settings, evaluator.dataset, seed)
    return replace(evaluator, family=family, seed=seed)


def reference_costs(
    settings: JointSettings, hardware: HardwareSettings, dataset: DatasetSettings
) -> dict[str, float]:
    """The cost that nine in ten designs of the space stay below, for each cost by itself.

    Nothing has to be trained: spikes are drawn, as many as networks fire on average.

    Raises:
        ValueError: If none of the designs drawn can be built.
    """
    if settings.evaluator == "constant":
        return {cost: Constant().metrics[cost] for cost in COSTS}
    evaluator = joint_evaluator(settings, hardware, dataset, ())
    space = space_of(settings, hardware, dataset)
    try:
        return dear(space, lambda choices: _expected_costs(evaluator, choices), N_DESIGNS)
    except UnbuildableError as error:
        raise ValueError(f"no design of this space can be built: {error}") from error


def _expected_costs(evaluator: JointEvaluator, choices: Choices) -> dict[str, float]:
    """What one frame takes with drawn spikes: so many times what one of its time steps takes."""
    graph, rate = evaluator.family.graph(choices), load_activity().density_ratio
    rates = (rate,) * len(graph.layers)
    trace = generated(graph.layer_sizes, rates, 1, np.random.default_rng(0))
    measured = Measured({}, SpikeRecord(graph, trace, 1), evaluator.assumed(choices))
    network = evaluator.network(measured, evaluator.chip(choices))
    step = network.metrics(hardware_of(flat_choices(choices), network.plain))
    n = int(choices["network.timesteps"])
    return {**step, "latency_s": n * step["latency_s"], "energy_j": n * step["energy_j"]}
