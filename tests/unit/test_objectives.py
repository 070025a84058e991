import pytest

from envs.evaluation import InfeasibleError
from envs.evaluators import check_constraints
from envs.objectives import METRICS, Constraint, Objective, losses, objectives

COSTS = ("energy_j", "latency_s", "area_m2")


def test_the_four_objectives_are_in_the_order_of_the_metrics() -> None:
    assert tuple(one.metric for one in objectives({})) == METRICS == ("accuracy", *COSTS)


def test_losses_follow_the_objectives() -> None:
    wanted = objectives({"energy_j": 2.0, "latency_s": 4.0, "area_m2": 8.0})
    found = losses(wanted, {"area_m2": 2.0, "accuracy": 0.75, "latency_s": 1.0, "energy_j": 3.0})
    assert found.tolist() == [0.25, 1.5, 0.25, 0.25]


@pytest.mark.parametrize("cost", COSTS)
def test_a_cost_at_its_reference_is_a_loss_of_one(cost: str) -> None:
    assert Objective(cost, 7.0).loss({cost: 7.0}) == 1
    assert Objective(cost, 7.0).loss({cost: 0.0}) == 0


def test_accuracy_needs_no_reference() -> None:
    assert Objective("accuracy", 5.0).loss({"accuracy": 1.0}) == 0
    assert Objective("accuracy", 5.0).loss({"accuracy": 0.0}) == 1


def test_a_fitness_runs_from_its_floor_to_its_top() -> None:
    fitness = Objective("fitness", floor=200.0, top=300.0)
    assert [fitness.loss({"fitness": value}) for value in (200.0, 225.0, 300.0)] == [1, 0.75, 0]
    assert fitness.gain({"fitness": 225.0}) == 0.25


@pytest.mark.parametrize("cost", COSTS)
def test_a_cost_has_a_ceiling(cost: str) -> None:
    assert Constraint(cost, 1.0).violation({cost: 0.5}) is None
    assert Constraint(cost, 1.0).violation({cost: 1.5}) == f"{cost} 1.5 > 1"


def test_what_is_not_measured_yet_breaks_nothing() -> None:
    assert all(Constraint(metric, 0.0).violation({}) is None for metric in METRICS)


def test_every_broken_bound_is_told_with_what_was_measured() -> None:
    metrics = {"accuracy": 0.5, "area_m2": 3.0, "energy_j": 1.0}
    bounds = (
        Constraint("accuracy", 0.6),
        Constraint("area_m2", 2.0),
        Constraint("energy_j", 1.0),
    )
    with pytest.raises(InfeasibleError) as caught:
        check_constraints(bounds, metrics)
    assert str(caught.value) == "accuracy 0.5 < 0.6; area_m2 3 > 2"
    assert caught.value.metrics == metrics


def test_bounds_that_hold_are_silent() -> None:
    check_constraints((Constraint("area_m2", 2.0),), {"area_m2": 2.0})
    check_constraints((), {})


def test_an_excess_is_a_share_of_the_bound() -> None:
    ceiling, floor = Constraint("area_m2", 2.0), Constraint("accuracy", 0.8)
    assert [ceiling.excess({"area_m2": value}) for value in (1.0, 2.0, 5.0)] == [0, 0, 1.5]
    assert floor.excess({"accuracy": 0.6}) == pytest.approx(0.25)
    assert ceiling.excess({}) == floor.excess({"accuracy": 0.9}) == 0
