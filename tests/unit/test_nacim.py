from collections import Counter
from itertools import product
from typing import Any

import numpy as np
import pytest

from configs.catalog import UnknownNameError
from envs.assembly import make_problem
from envs.default_settings import settings_of
from envs.design import Design
from envs.evaluators import Pipeline
from envs.space import Choices
from snn.quantization import FixedPoint

SIZES = {"SA": 6 * 2 + 2, "SQ": 6 * 4 + 2 * 4, "SD": 1, "SC": 3}
GROUPS = {"SA": "architecture", "SQ": "quantization", "SD": "device", "SC": "circuit"}


def problem(**changes: Any) -> Any:
    return make_problem(settings_of("nacim", changes))


PROBLEM = problem()
MIDDLE = {d.name: d.choices[1] for d in PROBLEM.space.decisions}


def built(choices: Choices, **changes: Any) -> Design:
    evaluator = (problem(**changes) if changes else PROBLEM).evaluator
    assert isinstance(evaluator, Pipeline)
    return evaluator.build(choices)


@pytest.mark.parametrize("decision", PROBLEM.space.decisions, ids=lambda decision: decision.name)
def test_every_decision_changes_the_design(decision: Any) -> None:
    designs = {built(MIDDLE | {decision.name: choice}) for choice in decision.choices}
    assert len(designs) == len(decision.choices)


def test_choices_reach_the_layer_that_they_name() -> None:
    design = built(
        MIDDLE
        | {"conv3.kernel": 7, "conv3.channels": 64, "fc2.neurons": 512}
        | {"conv3.weight_integer_bits": 3, "conv3.activation_fraction_bits": 5}
    )
    layers = {layer.name: layer for layer in design.network.layers}
    assert (layers["conv3"].kernel, layers["conv3"].out_channels) == (7, 64)
    assert layers["conv4"].in_channels == 64
    assert layers["fc2"].out_channels == layers["classifier"].in_channels == 512
    assert design.quantization.weights[2] == FixedPoint(3, MIDDLE["conv3.weight_fraction_bits"])
    assert design.quantization.activations[2].fraction_bits == 5


def test_the_classifier_is_not_searched() -> None:
    design = built(MIDDLE)
    assert [layer.name for layer in design.network.layers][-3:] == ["fc1", "fc2", "classifier"]
    assert design.quantization.weights[-1] == FixedPoint(1, 6)
    assert design.quantization.activations[-1] == FixedPoint(2, 6)
    other = built(MIDDLE, classifier={"weights": [0, 3]})
    assert other.quantization.weights[-1] == FixedPoint(0, 3)


def test_the_dataset_sets_the_image_and_the_classes() -> None:
    small, large = built(MIDDLE), built(MIDDLE, dataset="synthetic")
    assert (small.network.layers[0].in_channels, small.network.layers[0].in_side) == (1, 8)
    assert (large.network.layers[0].in_channels, large.network.layers[0].in_side) == (3, 32)
    assert small.network.n_classes == large.network.n_classes == 10


@pytest.mark.parametrize("open_", list(product([False, True], repeat=4))[1:])
def test_any_set_of_switches_freezes_its_groups(open_: tuple[bool, ...]) -> None:
    switches = dict(zip(SIZES, open_, strict=True))
    found = Counter(d.group for d in problem(switches=switches).space.open)
    assert found == {GROUPS[s]: SIZES[s] for s, is_open in switches.items() if is_open}


def test_nothing_to_search_is_refused() -> None:
    with pytest.raises(ValueError, match="nothing is left to search; open a switch"):
        problem(switches=dict.fromkeys(SIZES, False))


def test_an_open_chip_ignores_what_the_hardware_says() -> None:
    found = problem(hardware={"circuit": {"crossbar_size": 48}}).space
    (decision,) = (d for d in found.decisions if d.name == "chip.crossbar_size")
    assert decision.choices == (32, 64, 128, 256)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"conv7": {"kernel": 3}}, r"no decision called 'conv7\.kernel'; did you mean"),
        ({"conv1": {"kernl": 3}}, r"did you mean 'conv1\.kernel'"),
        ({"chip": {"devise": "x"}}, r"did you mean 'chip\.device'"),
    ],
)
def test_an_unknown_name_is_answered_with_the_nearest(given: Any, message: str) -> None:
    with pytest.raises(UnknownNameError, match=message):
        problem(given=given)


def without_rules() -> list[dict[str, Any]]:
    space: list[dict[str, Any]] = settings_of("nacim", {}).env.model_dump()["space"]
    for block in space:
        for body in block["decisions"].values():
            body.pop("at_least", None)
    return space


@pytest.mark.parametrize("space", [None, without_rules()], ids=["our space", "one's own"])
@pytest.mark.parametrize("kind", ["weight", "activation"])
def test_a_format_without_bits_is_neither_given_nor_proposed(kind: str, space: Any) -> None:
    own = {"space": space} if space else {}
    given = {"conv1": {f"{kind}_integer_bits": 0, f"{kind}_fraction_bits": 0}}
    with pytest.raises(ValueError, match=rf"conv1\.{kind}_fraction_bits: 0 is given, but with"):
        problem(switches={"SQ": False}, given=given, **own)
    searched = problem(**own).space
    assert not searched.contains([0] * searched.n_decisions)


def test_an_unknown_device_is_answered_with_the_nearest() -> None:
    with pytest.raises(ValueError, match="did you mean 'pcm_2b_neurosim_2019'"):
        problem(hardware={"device": "pcm_2b_neurosim"})


def test_a_circuit_that_cannot_be_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="8 does not divide 60"):
        problem(switches={"SC": False}, hardware={"circuit": {"crossbar_size": 60}})


def test_nine_in_ten_designs_cost_less_than_a_reference() -> None:
    """500 designs: 5 standard deviations of a share of 0.9 are 0.067, of a reference's 0.094."""
    costs, random = PROBLEM.evaluator.stages[0], np.random.default_rng(1)
    found = [
        costs(built(PROBLEM.space.decode(PROBLEM.space.sample(random))), 0) for _ in range(500)
    ]
    for objective in PROBLEM.objectives:
        if objective.metric != "accuracy":
            below = np.mean([metrics[objective.metric] < objective.reference for metrics in found])
            assert 0.78 < below < 0.99


def test_a_space_in_which_nothing_can_be_built_says_why() -> None:
    with pytest.raises(ValueError, match=r"no design of this space can be built.*no converter"):
        problem(hardware={"technology": "cmos_130nm_lstp"})
