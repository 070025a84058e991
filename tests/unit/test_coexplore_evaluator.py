"""A network of a supernet, measured on hardware that is searched for it."""

from dataclasses import replace
from pathlib import Path

import pytest
from coexploration import LARGEST, SMALLEST, evaluator

from async_sim.application import Application
from envs.ancoef_design import hardware_of
from envs.coexplore_evaluator import FixedHardware
from envs.evaluation import InfeasibleError


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a supernet that was trained for an epoch."""
    folder = tmp_path_factory.mktemp("run")
    evaluator().networks.train(folder, lambda _epoch: None)
    return folder


def test_it_yields_what_it_promises_and_the_same_again(place: Path) -> None:
    made = evaluator(place=place)
    metrics = made(SMALLEST, 3)
    assert tuple(metrics) == made.yields
    assert metrics["n_simulations"] == 4
    assert metrics["edp_js"] == metrics["energy_j"] * metrics["latency_s"]
    assert made(SMALLEST, 3) == metrics


def test_the_best_design_is_kept_and_fits_the_spikes_that_are_kept(place: Path) -> None:
    made = evaluator(place=place)
    metrics = made(SMALLEST, 3)
    kept = made.design_of(SMALLEST)
    application = Application.load(place / "spikes" / "skip-skip-skip.npz")
    hardware_of(kept["design"], application)
    assert kept["metrics"]["latency_s"] == metrics["latency_s"]
    for damage in ("", "[1]", "{}", '{"design": 1}'):
        (place / "designs" / "skip-skip-skip.json").write_text(damage, "utf-8")
        with pytest.raises(ValueError, match="no design that can be read"):
            made.design_of(SMALLEST)


def test_searched_hardware_is_never_worse_than_fixed(place: Path) -> None:
    made = evaluator(place=place)
    fixed = replace(made, search=FixedHardware(), designs="fixed")
    found = {one: each(SMALLEST, 3) for one, each in (("searched", made), ("fixed", fixed))}
    assert found["fixed"]["n_simulations"] == 1
    assert found["fixed"]["accuracy"] == found["searched"]["accuracy"]
    assert made.reward(found["searched"]) >= made.reward(found["fixed"])
    assert fixed.context != made.context


def test_a_network_far_from_a_target_is_dropped_with_the_reason(place: Path) -> None:
    made = evaluator("reward.targets.area_m2=1e-7", place=place)
    with pytest.raises(InfeasibleError, match=r"^dropped after 2 of 4 .*area_m2 is .* times its"):
        made(SMALLEST, 3)
    with pytest.raises(InfeasibleError) as refused:
        made(SMALLEST, 3)
    assert refused.value.metrics["n_simulations"] == 2
    assert refused.value.metrics["area_m2"] > 1e-7


def test_what_is_too_large_is_refused_before_anything_runs() -> None:
    """There is no supernet: running anything would fail otherwise."""
    bounded = evaluator("constraints.n_parameters=20000")
    with pytest.raises(InfeasibleError, match="n_parameters 1"):
        bounded(LARGEST, 0)
    meshed = evaluator("env.hardware.start.mesh=4x4")
    with pytest.raises(InfeasibleError, match="needs 23 cores, and the mesh has 16 nodes"):
        meshed(LARGEST, 0)
    with pytest.raises(RuntimeError, match="not trained"):
        meshed(SMALLEST, 0)


def test_an_accuracy_below_its_bound_is_refused_before_hardware_is_searched(place: Path) -> None:
    with pytest.raises(InfeasibleError, match="accuracy") as refused:
        evaluator("constraints.accuracy=1", place=place)(SMALLEST, 0)
    assert "n_simulations" not in refused.value.metrics


def test_the_store_tells_apart_what_changes_results_and_nothing_else(place: Path) -> None:
    context = evaluator().context
    assert evaluator(place=place).context == context
    assert evaluator("env.n_survivors=1", "env.full.epochs=7").context == context
    for typed in (
        "seed=1", "env.partial.epochs=2", "env.inner.budget=5", "env.inner.agent=annealing",
        "reward.targets.energy_j=1", "env.hardware.start.depth=4", "env.n_samples=2",
    ):  # fmt: skip
        assert evaluator(typed).context != context, typed
