"""The joint problem: its space, how a design is judged, and what rewards go by."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import gymnasium as gym
import jointly
import noc_applications
import numpy as np
import pytest
import torch
from rich.console import Console

from agents.coexploring import prepared
from agents.problems import problem_of
from agents.rundir import RunDirectory
from agents.targets import told_targets
from agents.usage import UsageError, settings_from
from async_sim.core_figures import FREE
from async_sim.execution import FIGURES
from configs import catalog
from envs import joint_evaluator
from envs.assembly import make_problem
from envs.default_settings import settings_of
from envs.evaluation import InfeasibleError
from envs.joint import FAMILIES
from envs.joint_blocks import BlocksFamily
from envs.joint_bounds import LEAST
from envs.joint_chain import ChainFamily
from envs.joint_chips import accuracies, bits_of_modules, stored_layers
from envs.joint_evaluator import JointEvaluator
from envs.joint_family import ACCURACIES, Chips
from envs.joint_settings import JointSettings
from envs.joint_shares import AREAS, ENERGIES
from envs.rewards import RewardError
from hwmodels.devices import load_device
from snn.block_evaluation import recalibrated
from snn.weight_formats import weight_layers


def metrics(**changed: float) -> dict[str, float]:
    ones = dict.fromkeys(JointEvaluator.yields, 1.0)
    return ones | {"accuracy": 0.8, "worst_accuracy": 0.6, "latency_s": 1e-6} | changed


def rewarded(preset: str, **changed: float) -> float:
    settings = settings_of("joint", {"evaluator": "constant", "reward": preset})
    return make_problem(settings).reward(metrics(energy_j=1e-7, area_m2=1e-7, **changed))


@pytest.mark.parametrize("network", FAMILIES)
@pytest.mark.parametrize("switch", ["SA", "SQ", "SD", "SC", "SM"])
def test_each_switch_freezes_its_group(switch: str, network: str) -> None:
    group = {"SA": "architecture", "SQ": "quantization", "SD": "device", "SC": "circuit"}
    switches = dict.fromkeys(("SA", "SQ", "SD", "SC", "SM"), True) | {switch: False}
    changes = {"network": network, "evaluator": "constant", "switches": switches}
    space = make_problem(settings_of("joint", changes)).space
    assert {one.group for one in space.decisions} - {one.group for one in space.open} == {
        group.get(switch, "mapping")
    }


def test_a_frozen_chip_is_that_of_the_hardware_and_may_be_any() -> None:
    settings = settings_from(
        [
            "env=joint", "env.evaluator=constant", "env.switches.SD=false", "env.switches.SC=false",
            "hardware.device=sttmram_1b_nvsim_2012", "hardware.circuit.crossbar_size=256",
        ]
    )  # fmt: skip
    given = {one.name: one.given for one in make_problem(settings).space.decisions}
    assert given["chip.device"] == "sttmram_1b_nvsim_2012"
    assert given["chip.crossbar_size"] == 256


def changed_space(part: str, decision: str, **body: object) -> list[dict[str, object]]:
    space = catalog.read("env", "joint")["space"]
    for block in space:
        if part in block["for_each"]:
            if body:
                block["decisions"].setdefault(decision, {}).update(body)
            else:
                del block["decisions"][decision]
    return list(space)


@pytest.mark.parametrize(
    ("space", "said"),
    [
        (
            changed_space("block0", "operation", choices=["scb7"], given="scb7"),
            r"env\.space: block0\.operation: no choice 'scb7'; did you mean 'scb",
        ),
        (changed_space("mesh", "depth"), r"env\.space: mesh\.depth is missing"),
        (
            changed_space("mesh", "depth", group="circuit"),
            r"mesh\.depth belongs to the group 'mapping', not 'circuit'",
        ),
        (
            changed_space("mesh", "neurons_per_core", choices=[48], given=48),
            r"mesh\.neurons_per_core: needs a power of two up to \d+, got 48",
        ),
        (
            changed_space("mesh", "shape", choices=["round"], given="round"),
            r"env\.space: mesh\.shape: .*round",
        ),
        (
            changed_space("network", "timesteps", choices=[0], given=0),
            r"network\.timesteps: needs a whole number from 1 to 64, got 0",
        ),
    ],
)
def test_a_space_that_cannot_be_is_told_in_one_line(
    space: list[dict[str, object]], said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        make_problem(settings_of("joint", {"evaluator": "constant", "space": space}))


def test_robust_goes_by_the_worst_chip_and_edge_by_energy_alone() -> None:
    assert rewarded("robust", worst_accuracy=0.7) > rewarded("robust")
    assert rewarded("robust", accuracy=0.9) == rewarded("robust")
    assert rewarded("joint", worst_accuracy=0.7) == rewarded("joint")
    assert rewarded("edge", latency_s=2e-6) == rewarded("edge")
    assert rewarded("realtime", latency_s=2e-6) < rewarded("realtime")


def test_an_edge_design_beyond_its_area_is_worth_a_fourth_of_one_at_it() -> None:
    typed = ("env=joint", "env.evaluator=constant", "reward=edge", "reward.targets.area_m2=1e-5")
    made = make_problem(settings_from(typed)).reward
    at, within, beyond = (made(metrics(area_m2=area)) for area in (1e-5, 1e-6, 2e-5))
    assert at == within
    assert beyond == pytest.approx(at / 4)


def test_targets_that_nobody_has_set_are_told_as_what_they_are() -> None:
    settings = settings_from(
        ["env=joint", "env.evaluator=constant", "reward=edge", "reward.targets.area_m2=2e-5"]
    )
    assert told_targets(settings, make_problem(settings)) == (
        "targets: latency_s 0.00025 (a fourth of the reference), "
        "energy_j 2.5e-07 (a fourth of the reference), area_m2 2e-05"
    )


def test_a_reward_that_goes_by_what_nobody_measures_is_refused() -> None:
    settings = settings_of(
        "ancoef", {"evaluator": "constant", "reward": {"quality": "worst_accuracy"}}
    )
    with pytest.raises((ValueError, RewardError), match="env=ancoef measures no worst_accuracy"):
        make_problem(settings)


def test_weights_have_their_layers_bits_and_chips_their_devices_errors() -> None:
    evaluator = jointly.evaluator("env.evaluator=real")
    networks = evaluator.family.networks  # type: ignore[attr-defined]
    choices = jointly.given(jointly.problem(), block1__weight_bits=2)
    module = networks.module(choices, None)
    bits = bits_of_modules(module, evaluator.family.weight_bits(choices))  # type: ignore[arg-type]
    assert {bits[name] for name in bits if name.startswith("stages.2.")} == {2}
    layers = stored_layers(module, bits)
    assert {name: one.bits for name, one in layers.items()} == bits
    for name, layer in weight_layers(module).items():
        steps = layer.weight / layers[name].range_ratio * 2 ** (bits[name] - 1)
        torch.testing.assert_close(steps, steps.round())
        assert len(layer.weight.unique()) <= 2 ** bits[name]
    images = networks.held_out
    exact = Chips(2, load_device("sram_1b_neurosim_2019"), None)
    noisy = Chips(3, load_device("rram_4b_zhao_iedm_2017"), None)
    with recalibrated(module, images, 64):
        found = accuracies(module, images, layers, exact, seed=0)
        one, again, other = (accuracies(module, images, layers, noisy, s) for s in (1, 1, 2))
    assert found["accuracy"] == pytest.approx(found["clean_accuracy"])
    assert one == again != other
    assert one["worst_accuracy"] <= one["accuracy"]


def test_a_design_is_measured_by_all_three_and_the_same_every_time() -> None:
    problem = jointly.problem()
    choices = jointly.given(problem)
    found = []
    for _ in range(2):
        joint_evaluator._MEASURED.clear()
        found.append(jointly.evaluator()(choices, 5))  # type: ignore[arg-type]
    first, again = found
    assert first == again
    assert set(first) == set(JointEvaluator.yields)
    assert set(ACCURACIES) | set(FIGURES) <= set(first)
    assert sum(first[name] for name in ENERGIES) == pytest.approx(first["energy_j"])
    assert sum(first[name] for name in AREAS) == pytest.approx(first["area_m2"])
    assert 0 < first["converter_energy_j"] < first["energy_j"]


def test_circuit_and_mapping_leave_the_accuracy_as_it_is_and_measure_nothing_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    problem, evaluator = jointly.problem("seed=9"), jointly.evaluator("seed=9")
    n_measured = []
    measured = BlocksFamily.measured

    def counted(*arguments: Any) -> Any:
        n_measured.append(1)
        return measured(*arguments)

    monkeypatch.setattr(BlocksFamily, "measured", counted)
    first, other, third = (
        evaluator(jointly.given(problem, **changed), number)  # type: ignore[arg-type]
        for number, changed in enumerate(
            ({}, {"mesh__depth": 2, "chip__crossbar_size": 128}, {"chip__device": SRAM})
        )
    )
    assert len(n_measured) == 2
    assert {name: first[name] for name in ACCURACIES} == {name: other[name] for name in ACCURACIES}
    assert first["area_m2"] != other["area_m2"]
    assert third["accuracy"] != first["accuracy"]


def test_fewer_time_steps_take_less_and_another_device_other_figures() -> None:
    problem, evaluator = jointly.problem(), jointly.evaluator()
    plain, short, other = (
        evaluator(jointly.given(problem, **changed), 5)  # type: ignore[arg-type]
        for changed in (
            {},
            {"network__timesteps": 2},
            {"chip__device": "sram_1b_neurosim_2019"},
        )
    )
    assert short["latency_s"] < plain["latency_s"]
    assert short["energy_j"] < plain["energy_j"]
    assert other["core_energy_j"] > plain["core_energy_j"]
    assert other["spikes"] == plain["spikes"]


def test_what_is_too_large_is_told_before_anything_is_trained(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    problem = jointly.problem("constraints.area_m2=1e-6")
    evaluator = problem.evaluator
    monkeypatch.setattr(type(evaluator.family), "measured", None)  # type: ignore[attr-defined]
    with pytest.raises(InfeasibleError, match=r"^area_m2 .* > 1e-06$") as refused:
        evaluator(jointly.given(problem), 0)  # type: ignore[arg-type]
    assert refused.value.metrics["n_cores"] > 0
    crowded = jointly.given(problem, mesh__shape="1x2")
    with pytest.raises(InfeasibleError, match="cores, and the mesh has 2 nodes"):
        evaluator(crowded, 0)  # type: ignore[arg-type]


def test_the_area_of_neurons_dealt_in_order_is_known_before_the_simulation() -> None:
    problem, evaluator = jointly.problem(), jointly.evaluator()
    choices = jointly.given(problem)
    area_m2 = evaluator(choices, 0)["area_m2"]  # type: ignore[arg-type]
    strict = jointly.evaluator(f"constraints.area_m2={area_m2 / 2}")
    with pytest.raises(InfeasibleError, match="area_m2") as refused:
        strict(choices, 0)  # type: ignore[arg-type]
    known = {"n_cores", "memory_bits"}
    assert set(refused.value.metrics) == known | {f"least_{name}" for name in LEAST}
    assert refused.value.metrics["least_area_m2"] == area_m2


def test_a_file_keeps_no_figures_of_cores(tmp_path: Path) -> None:
    application = noc_applications.dense()
    own = replace(application, cores=(FREE,) * len(application.layer_sizes))
    with pytest.raises(ValueError, match="keeps no figures of cores"):
        own.save(tmp_path / "own.npz")
    with pytest.raises(ValueError, match="cores of 1 layers, not 4"):
        replace(application, cores=(FREE,))


def test_an_environment_made_by_gymnasium_judges_a_design() -> None:
    env = gym.make("coexplore/Joint-oneshot-v0", evaluator="constant", reward={"merge": "product"})
    env.reset(seed=0)
    *_, info = env.step(np.zeros(21, np.int64))
    assert info["design"]["network.timesteps"] == 2


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("env.given.mesh.depth=4", "freeze its group: env.switches.SM=false"),
        ("space.network=block", "env.network"),
        ("env.pixel_bits=0", "env.pixel_bits"),
        ("env.blocks.supernet=digit", "did you mean 'digits'"),
    ],
)
def test_a_wrong_setting_is_one_line(typed: str, said: str) -> None:
    with pytest.raises((UsageError, ValueError), match=said) as refused:
        make_problem(settings_from(["env=joint", "env.evaluator=constant", typed]))
    assert "\n" not in str(refused.value)


SRAM = "sram_1b_neurosim_2019"
CHAIN = {"network": "chain", "evaluator": "constant"}


@pytest.mark.parametrize(
    ("network", "decision"), [("chain", "conv3.kernel"), ("cells", "cell2.c23")]
)
def test_a_family_with_a_space_of_its_own_is_taken_with_it(network: str, decision: str) -> None:
    typed = settings_from(["env=joint", f"space.network={network}", "env.evaluator=constant"])
    changed = settings_of("joint", {"network": network, "evaluator": "constant"})
    spaces = [make_problem(one).space.decisions for one in (typed, changed)]
    assert spaces[0] == spaces[1]
    assert decision in {one.name for one in spaces[0]}


def test_a_chain_pools_behind_every_second_convolution_and_has_bits_by_layer() -> None:
    settings = settings_of("joint", CHAIN)
    assert isinstance(settings.env, JointSettings)
    family = ChainFamily(settings.env, settings.dataset)
    changed = {"conv2__weight_bits": 3, "classifier__weight_bits": 2, "conv3__channels": 24}
    choices: Any = jointly.given(make_problem(settings), **changed)
    network = family.network(choices)
    assert [str(network.stem), *map(str, network.stages)] == [
        "conv3 16", "conv3 16", "max_pool", "conv3 24",
    ]  # fmt: skip
    assert list(family.weight_bits(choices).values()) == [8, 3, 8, 2]
    assert network.neuron.kind == "lif"


@pytest.mark.parametrize("network", ["chain", "cells"])
def test_a_network_that_is_trained_by_itself_is_measured_the_same_every_time(network: str) -> None:
    problem = jointly.problem(f"space.network={network}", f"env.{network}.training.epochs=1")
    choices: Any = jointly.given(problem)
    joint_evaluator._MEASURED.clear()
    first = problem.evaluator(choices, 3)
    joint_evaluator._MEASURED.clear()
    assert problem.evaluator(choices, 3) == first
    assert set(first) == set(JointEvaluator.yields)


@pytest.mark.parametrize("env", ["joint", "coexplore"])
def test_a_supernet_that_cannot_be_read_stops_a_search_and_refuses_no_design(
    env: str, tmp_path: Path
) -> None:
    made = problem_of(settings_from([f"env={env}"]))
    (tmp_path / "supernet.pt").write_text("no network")
    with pytest.raises(UsageError, match=r"supernet.pt: no network that can be read; without"):
        prepared(made, RunDirectory(tmp_path), Console())
