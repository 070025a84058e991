"""NeuroNAS's cells in the joint problem: their space, their networks, and how one is measured."""

from typing import Any

import jointly
import pytest

from configs import catalog
from envs import joint_trained_networks
from envs.assembly import make_problem
from envs.default_settings import settings_of
from envs.evaluation import InfeasibleError
from envs.joint_cells import CellsFamily
from envs.joint_evaluator import JointEvaluator
from envs.joint_family import Chips
from envs.joint_settings import JointSettings
from hwmodels.devices import load_device
from snn.cell_recipe import CellRecipe

CELLS = {"network": "cells", "evaluator": "constant"}
EDGES = ("c01", "c02", "c03", "c12", "c13", "c23")


def family(**changed: Any) -> CellsFamily:
    settings = settings_of("joint", CELLS | changed)
    assert isinstance(settings.env, JointSettings)
    return CellsFamily(settings.env, settings.dataset)


def choices(**changed: object) -> dict[str, Any]:
    """The design that is given, with some choices changed."""
    return jointly.given(make_problem(settings_of("joint", CELLS)), **changed)


def cell(name: str, *operations: str) -> dict[str, str]:
    return dict(zip((f"{name}__{edge}" for edge in EDGES), operations, strict=True))


def test_edges_are_decided_as_in_neuronas_cell_by_cell() -> None:
    space = make_problem(settings_of("joint", CELLS)).space
    theirs = make_problem(settings_of("neuronas", {"evaluator": "constant"})).space
    edges = {one.name: one.choices for one in space.decisions if one.name[:4] == "cell"}
    edges = {name: one for name, one in edges.items() if name.rpartition(".")[2] in EDGES}
    assert edges == {one.name: one.choices for one in theirs.decisions}


def test_a_network_is_cells_with_reductions_between_them_and_one_behind_a_single_cell() -> None:
    chain = "cell:conv3x3,skip,skip,conv3x3,skip,conv3x3"
    two, one = (family(cells={"n_cells": n}).network(choices()) for n in (2, 1))
    assert [str(two.stem), *map(str, two.stages)] == ["conv3 16", chain, "reduction 32", chain]
    assert list(map(str, one.stages)) == [chain, "reduction 32"]
    assert two.timesteps == 4
    assert two.graph.layers[-2].shape == (4, 4, 32)
    assert len(two.graph.layers) == 1 + 3 + 1 + 3 + 1


def test_bits_are_those_of_the_cell_and_of_the_cell_before_a_reduction() -> None:
    changed = {"cell1__weight_bits": 3, "cell2__weight_bits": 5, "classifier__weight_bits": 2}
    found = family().weight_bits(choices(**changed, cell2__c12="avgpool3x3"))
    assert found == {
        "stem.neuron1": 8,
        **{f"stages.0.neuron{i}": 3 for i in (1, 2, 3)},
        "stages.1.neuron1": 3,
        **{f"stages.2.neuron{i}": 5 for i in (1, 3)},  # node 2 takes a mean and a skip
        "classifier.neuron": 2,
    }


def test_a_cell_that_lets_nothing_through_is_infeasible() -> None:
    problem = jointly.problem("space.network=cells")
    nothing: Any = jointly.given(
        problem, **cell("cell2", "conv3x3", "zeroize", "zeroize", "skip", "zeroize", "zeroize")
    )
    with pytest.raises(InfeasibleError, match="nothing gets through from its input"):
        problem.evaluator(nothing, 0)


@pytest.mark.parametrize(
    ("edge", "body", "said"),
    [
        ("c02", {"choices": ["conv3x3@0.5"], "given": "conv3x3@0.5"}, "no choice 'conv3x3@0.5'"),
        ("c23", {"choices": ["avgpool"], "given": "avgpool"}, "did you mean 'avgpool3x3'"),
        ("c32", {"group": "architecture", "choices": ["skip"]}, "no such decision; did you mean"),
    ],
)
def test_an_edge_that_cannot_be_is_one_line(edge: str, body: dict[str, Any], said: str) -> None:
    space = catalog.read("env", "joint_cells")["space"]
    cells = next(one for one in space if "cell1" in one["for_each"])
    cells["decisions"][edge] = cells["decisions"].get(edge, {}) | body
    with pytest.raises(ValueError, match=said) as refused:
        make_problem(settings_of("joint", CELLS | {"space": space}))
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("network", ["chain", "cells"])
def test_weights_vary_in_the_training_as_those_of_most_error_do_on_the_device(
    network: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipes: list[CellRecipe] = []

    def kept(_network: object, _images: object, recipe: CellRecipe, _seed: int) -> None:
        recipes.append(recipe)
        raise ValueError("not trained")

    monkeypatch.setattr(joint_trained_networks, "train_network", kept)
    problem = jointly.problem(f"space.network={network}")
    device = load_device("fefet_2b_neurosim_2019")
    chosen: Any = jointly.given(problem, classifier__weight_bits=3)
    evaluator = problem.evaluator
    assert isinstance(evaluator, JointEvaluator)
    with pytest.raises(ValueError, match="not trained"):
        evaluator.family.measured(chosen, Chips(1, device, None), None, 0)
    bits = evaluator.family.weight_bits(chosen).values()
    expected = max(device.weight_deviation_ratio(n) for n in bits)
    assert [one.deviation_ratio for one in recipes] == [expected]
    assert expected > 0
