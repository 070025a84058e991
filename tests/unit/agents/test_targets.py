"""What is said of targets that a search has not met."""

import pytest

from agents.targets import best_within, refuse_unmet, told_of_best
from agents.usage import UsageError
from envs.evaluation import Evaluation

FRONT = [
    {"latency_s": 1.0, "energy_j": 4.0, "area_m2": 1.0},
    {"latency_s": 3.0, "energy_j": 1.0, "area_m2": 1.0},
]


@pytest.mark.parametrize(
    "targets", [{}, {"latency_s": 1.0}, {"latency_s": 1.0, "energy_j": 4.0}, {"energy_j": 1.0}]
)
def test_targets_that_one_design_meets_are_met(targets: dict[str, float]) -> None:
    refuse_unmet(targets, FRONT)


def test_a_target_that_no_design_meets_is_told_with_the_least() -> None:
    with pytest.raises(UsageError, match=r"met latency_s 0\.5 \(least 1, 2 times it\)$"):
        refuse_unmet({"latency_s": 0.5, "energy_j": 4.0}, FRONT)


def test_targets_met_apart_but_not_together_are_told_with_the_nearest_design() -> None:
    with pytest.raises(UsageError, match=r"all together; .*: latency_s 1\.5, energy_j 0\.5$"):
        refuse_unmet({"latency_s": 2.0, "energy_j": 2.0}, FRONT)


def test_targets_are_not_met_by_a_search_that_found_nothing_feasible() -> None:
    with pytest.raises(UsageError, match=r"no design met latency_s 1: no feasible one was found$"):
        refuse_unmet({"latency_s": 1.0}, [])
    refuse_unmet({}, [])


def test_the_best_design_that_meets_all_targets_is_named_beside_a_best_one_that_does_not() -> None:
    front = [(reward, Evaluation({}, one)) for reward, one in zip((0.9, 0.8), FRONT, strict=True)]
    targets = {"latency_s": 3.0, "energy_j": 2.0}
    within = best_within(targets, front)
    assert within == front[1]
    assert told_of_best(targets, FRONT[0], within) == (
        "targets of the best design: latency_s met (0.333 of it), energy_j missed (2 of it)\n"
        "best design that meets all targets: reward 0.8000, latency_s 3, energy_j 1 "
        "(summary.json: best_within_targets)"
    )
    assert "best design that" not in told_of_best(targets, FRONT[1], within)


def test_of_several_designs_that_meet_all_targets_the_best_is_taken() -> None:
    front = [(reward, Evaluation({}, one)) for reward, one in zip((0.8, 0.9), FRONT, strict=True)]
    assert best_within({"area_m2": 1.0}, front) == front[1]
    assert best_within({"area_m2": 0.5}, front) is None
