"""Designs of asynchronous hardware as plain choices."""

from typing import Any

import pytest

from async_sim.application import Application
from async_sim.hardware import Hardware, laid_out
from async_sim.mesh import Mesh
from envs.ancoef_design import choices_of, hardware_of


@pytest.fixture(scope="module")
def application() -> Application:
    return Application.of_workload("s256")


FLAT: dict[str, Any] = {
    "neurons_per_core": 64,
    "mesh": "7x7",
    "placement": "snake",
    "dealing": "by-load",
    "arbitration": "age",
    "routing": "yx",
    "depth": 4,
    "n_channels": 2,
}


def exact(application: Application, **changes: Any) -> dict[str, Any]:
    return choices_of(laid_out(application, 64)) | changes


def test_a_design_is_what_its_choices_say(application: Application) -> None:
    nodes = tuple(reversed(range(laid_out(application, 64).mesh.n_nodes)))
    plain = laid_out(application, 64)
    hardware = Hardware(
        plain.mesh, 64, plain.cores, nodes[: sum(plain.cores)], "by-load", "age", "yx", 2, 3
    )
    assert hardware_of(choices_of(hardware), application) == hardware


def test_a_placement_by_name_lays_the_cores_out(application: Application) -> None:
    hardware = hardware_of(FLAT, application)
    expected = laid_out(
        application,
        64,
        Mesh(7, 7),
        "snake",
        dealing="by-load",
        arbitration="age",
        routing="yx",
        depth=4,
        n_channels=2,
    )
    assert hardware == expected


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"mesh": "2x2"}, "has 4 nodes, but the network needs"),
        ({"mesh": "2by2"}, "written as 8x8"),
        ({"neurons_per_core": 3}, "needs 1, 2, 4"),
        ({"neurons_per_core": "many"}, "neurons_per_core: needs a whole number"),
        ({"placement": "snail"}, "did you mean 'snake'"),
        ({"dealing": "by-chance"}, "in-order, by-load"),
        ({"arbitration": "aged"}, "did you mean 'age'"),
        ({"dept": 3}, "dept: no such choice; did you mean 'depth'"),
    ],
)
def test_an_impossible_choice_is_one_line(
    application: Application, changes: dict[str, Any], told: str
) -> None:
    with pytest.raises(ValueError, match=told) as caught:
        hardware_of(FLAT | changes, application)
    assert "\n" not in str(caught.value)


def test_cores_must_be_numbers_and_hold_the_network(application: Application) -> None:
    with pytest.raises(ValueError, match="cores: needs whole numbers between blanks"):
        hardware_of(exact(application, cores="a b"), application)
    with pytest.raises(ValueError, match="neurons need"):
        hardware_of(exact(application, cores="1 1 1 1", nodes="0 1 2 3"), application)
    lacking = exact(application)
    del lacking["depth"]
    with pytest.raises(ValueError, match="depth: is missing"):
        hardware_of(lacking, application)
