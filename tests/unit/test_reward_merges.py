"""The four ways to make one number of accuracy and costs."""

import math
from typing import get_args

import pytest

from agents.usage import UsageError, settings_from
from envs.rewards import Merge, NacimReward

REFERENCES = {"latency_s": 2.0, "energy_j": 4.0, "area_m2": 8.0}
WEIGHTS = {"latency": 0.5, "energy": 0.3, "area": 0.2}
METRICS = {"accuracy": 0.8, "latency_s": 1.0, "energy_j": 1.0, "area_m2": 6.0}  # c: 1/2, 1/4, 3/4
MERGES: tuple[Merge, ...] = get_args(Merge)


def rewarded(merge: Merge, weights: dict[str, float] | None = None, **changes: float) -> float:
    return NacimReward(0.6, weights or WEIGHTS, REFERENCES, merge=merge)(METRICS | changes)


def test_weighted_is_equation_1() -> None:
    assert rewarded("weighted") == pytest.approx(
        0.6 * 0.8 + 0.4 * (0.5 * 0.5 + 0.3 * 0.75 + 0.2 * 0.25)
    )


def test_product_is_a_weighted_geometric_mean() -> None:
    expected = 0.8**0.6 * 0.5 ** (0.4 * 0.5) * 0.75 ** (0.4 * 0.3) * 0.25 ** (0.4 * 0.2)
    assert rewarded("product") == pytest.approx(expected)
    assert rewarded("product", energy_j=4.0) == 0  # nothing makes up for a cost at its reference


def test_constraint_sees_a_cost_only_beyond_its_reference() -> None:
    assert rewarded("constraint") == rewarded("constraint", energy_j=4.0) == 0.8
    assert rewarded("constraint", energy_j=8.0) == pytest.approx(0.4)
    only = {"latency": 1.0, "energy": 0.0, "area": 0.0}
    assert rewarded("constraint", only, energy_j=8.0) == 0.8


def test_chebyshev_counts_the_worst_alone() -> None:
    assert rewarded("chebyshev") == pytest.approx(1 - 0.6 * 0.2)  # accuracy loses 0.12, latency 0.1
    assert rewarded("chebyshev", energy_j=3.9) == pytest.approx(1 - 0.6 * 0.2)
    assert rewarded("chebyshev", latency_s=1.6) == pytest.approx(1 - 0.4 * 0.5 * 0.8)


@pytest.mark.parametrize("merge", MERGES)
def test_with_one_cost_the_others_do_not_count(merge: Merge) -> None:
    only = {"latency": 0.0, "energy": 1.0, "area": 0.0}
    assert rewarded(merge, only) == rewarded(merge, only, area_m2=99.0, latency_s=99.0)
    assert rewarded(merge, only) > rewarded(merge, only, energy_j=8.0)


@pytest.mark.parametrize("merge", MERGES)
def test_every_reward_lies_between_nothing_and_one(merge: Merge) -> None:
    free = dict.fromkeys(REFERENCES, 0.0)
    assert rewarded(merge, accuracy=1.0, **free) == pytest.approx(1)
    worst = rewarded(merge, accuracy=0.0, **dict.fromkeys(REFERENCES, 99.0))
    assert 0 <= worst < 0.5
    assert not math.isnan(worst)


def test_the_merge_is_chosen_by_name_and_a_wrong_one_is_named_with_the_nearest() -> None:
    settings = settings_from(["env=nacim", "reward.merge=chebyshev"])
    assert settings.reward.model_dump()["merge"] == "chebyshev"
    with pytest.raises(UsageError, match=r"^reward\.merge: .*did you mean 'chebyshev'"):
        settings_from(["env=nacim", "reward.merge=chebychev"])
