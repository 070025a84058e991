"""What a joint design takes at least is never more than what it takes."""

from functools import cache
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.problems import problem_of
from agents.usage import settings_from
from envs.ancoef_design import hardware_of
from envs.joint_bounds import LEAST, least_cores_of, least_figures, silence, smallest
from envs.joint_choices import cores_of, flat_choices
from envs.joint_cores import CoreWork, CrossbarChip, Stored
from envs.joint_evaluator import JointEvaluator
from envs.joint_family import Measured
from envs.problem import Problem
from hwmodels.chip import Circuit
from hwmodels.devices import load_device
from snn.spike_graph import SpikeRecord
from snn.spikes import generated

FEW = settings(max_examples=60, deadline=None)


@cache
def problem() -> Problem:
    return problem_of(settings_from(["env=joint"]))


@FEW
@given(st.integers(0, 2**32 - 1), st.floats(0.01, 0.9), st.floats(0.02, 0.6))
def test_no_spikes_take_more_than_any(seed: int, rate: float, sigma_ratio: float) -> None:
    """Whatever fires, however weights spread: by area, latency and energy."""
    evaluator = problem().evaluator
    assert isinstance(evaluator, JointEvaluator)
    random = np.random.default_rng(seed)
    choices = problem().space.decode(problem().space.sample(random))
    least = least_figures(evaluator, choices)
    found = measured_with(evaluator, choices, (rate, sigma_ratio), random)
    for name in LEAST:
        assert 0 < least[name] <= found[name] * (1 + 1e-12), name
    if choices["mesh.dealing"] == "in-order":
        assert least["area_m2"] == found["area_m2"]


def measured_with(
    evaluator: JointEvaluator,
    choices: Any,
    drawn: tuple[float, float],
    random: np.random.Generator,
) -> dict[str, float]:
    """Figures with drawn spikes and weights, of one frame."""
    rate, sigma_ratio = drawn
    graph = evaluator.family.graph(choices)
    rates = random.uniform(0, rate, len(graph.layers))
    n_timesteps = int(choices["network.timesteps"])
    trace = generated(graph.layer_sizes, tuple(rates.clip(1e-3)), n_timesteps, random)
    bits = evaluator.family.weight_bits(choices)
    stored = {name: Stored(n, sigma_ratio) for name, n in bits.items()}
    measured = Measured({}, SpikeRecord(graph, trace, 1), stored)
    network = evaluator.network(measured, evaluator.chip(choices))
    return network.metrics(hardware_of(flat_choices(choices), network.plain))


@FEW
@given(st.integers(0, 2**32 - 1), st.floats(0.01, 0.5))
def test_no_core_is_fuller_than_the_fullest_has_to_be(seed: int, rate: float) -> None:
    """Places and channels of the fullest core, dealt by load, against those that it has."""
    evaluator = problem().evaluator
    assert isinstance(evaluator, JointEvaluator)
    random = np.random.default_rng(seed)
    choices = problem().space.decode(problem().space.sample(random)) | {"mesh.dealing": "by-load"}
    graph = evaluator.family.graph(choices)
    trace = generated(graph.layer_sizes, (rate,) * len(graph.layers), 4, random)
    measured = Measured({}, SpikeRecord(graph, trace, 1), evaluator.assumed(choices))
    n_cores = cores_of(graph.layer_sizes, choices)
    works = evaluator.network(measured, evaluator.chip(choices)).works(n_cores, "by-load")
    for work, layer, n in zip(works, graph.layers, n_cores, strict=True):
        if work is not None:
            least = smallest(work, layer, n)
            assert least.n_positions <= work.n_positions
            assert least.n_channels <= work.n_channels


def test_fewer_channels_may_take_longer_so_that_cores_dealt_by_load_count_as_instant() -> None:
    device, circuit = load_device("sram_1b_neurosim_2019"), Circuit(32, 3, 4)
    chip = CrossbarChip(device, circuit, None, "physical")
    few, many = (
        CoreWork("layer", 200, 2, n, 1, 0.0, Stored(5, 0.3)).figures(chip) for n in (48, 64)
    )
    assert few.sweep_ps > many.sweep_ps  # a smaller core, which is slower
    evaluator = problem().evaluator
    assert isinstance(evaluator, JointEvaluator)
    given = problem().space.decode(problem().space.sample(np.random.default_rng(0)))
    for dealing, is_told in (("in-order", True), ("by-load", False)):
        choices = given | {"mesh.dealing": dealing}
        graph = evaluator.family.graph(choices)
        measured = Measured({}, SpikeRecord(graph, silence(graph), 1), evaluator.assumed(choices))
        cores = least_cores_of(evaluator, choices, measured, evaluator.chip(choices))
        assert any(one.sweep_ps for one in cores if one) is is_told
