"""What is said of targets that a search has not met."""

import pytest

from agents.targets import refuse_unmet
from agents.usage import UsageError

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
