"""ANCoEF's equations 3 and 4."""

import pytest

from configs.mistakes import SettingsError
from envs.ancoef_reward import AncoefReward
from envs.assembly import make_problem
from envs.default_settings import settings_of
from envs.rewards import RewardError, rewarded

TARGETS = {"latency_s": 2e-6, "energy_j": 4e-6, "area_m2": 1e-6}
EVEN = dict.fromkeys(("latency", "energy", "area"), -0.07)


def reward(p: dict[str, float] = EVEN, q: dict[str, float] = EVEN, **changes: float) -> float:
    metrics = {"accuracy": 0.9, **TARGETS, **changes}
    return AncoefReward(TARGETS, p, q)(metrics)


def test_at_its_targets_a_design_gets_its_accuracy() -> None:
    assert reward() == pytest.approx(0.9)


@pytest.mark.parametrize("cost", TARGETS)
def test_a_cost_counts_as_a_power_of_its_share_of_the_target(cost: str) -> None:
    assert reward(**{cost: 2 * TARGETS[cost]}) == pytest.approx(0.9 * 2**-0.07)
    assert reward(**{cost: TARGETS[cost] / 4}) == pytest.approx(0.9 * 4**0.07)


def test_with_p_of_0_a_target_that_is_met_counts_no_more_and_one_that_is_not_costs() -> None:
    p, q = EVEN | {"latency": 0.0}, EVEN | {"latency": -1.0}
    assert reward(p, q, latency_s=1e-9) == pytest.approx(0.9)
    assert reward(p, q, latency_s=2e-6) == pytest.approx(0.9)
    assert reward(p, q, latency_s=4e-6) == pytest.approx(0.45)


def test_costs_multiply() -> None:
    assert reward(latency_s=4e-6, energy_j=8e-6) == pytest.approx(0.9 * 4**-0.07)


def test_a_cost_of_nothing_has_no_reward() -> None:
    with pytest.raises(RewardError, match="energy_j is 0"):
        rewarded(AncoefReward(TARGETS, EVEN, EVEN), {"accuracy": 1, **TARGETS, "energy_j": 0})


def test_targets_left_open_are_what_the_first_design_takes() -> None:
    problem = make_problem(settings_of("ancoef", {"reward": {"targets": {"energy_j": 1.0}}}))
    assert isinstance(problem.reward, AncoefReward)
    first = problem.evaluator(problem.start, 0)  # type: ignore[attr-defined]
    assert problem.reward.targets == {
        "latency_s": first["latency_s"],
        "energy_j": 1.0,
        "area_m2": first["area_m2"],
    }
    references = {one.metric: one.reference for one in problem.objectives}
    assert references["area_m2"] == 4 * first["area_m2"]


def test_another_environment_may_take_it_with_its_references_as_targets() -> None:
    settings = settings_of("toy", {"reward": "ancoef"})
    found = make_problem(settings).reward
    assert isinstance(found, AncoefReward)
    assert found.targets == {"latency_s": 1.0, "energy_j": 1.0, "area_m2": 1.0}


def test_the_steepest_exponents_overflow_for_no_cost_that_a_design_could_have() -> None:
    steepest = dict.fromkeys(EVEN, -20.0)
    assert powers(p=steepest).p == steepest
    for factor in (1e-5, 1e5):
        costs = {cost: factor * target for cost, target in TARGETS.items()}
        assert rewarded(AncoefReward(TARGETS, steepest, steepest), {"accuracy": 1.0, **costs}) > 0


@pytest.mark.parametrize("value", [0.1, "much", -21])
def test_an_exponent_that_would_reward_costs_or_overflow_is_refused(value: object) -> None:
    with pytest.raises(SettingsError, match=r"reward\.p\.latency: needs "):
        settings_of("ancoef", {"reward": {"p": {"latency": value}}})


def powers(**reward: object) -> AncoefReward:
    found = make_problem(settings_of("ancoef", {"evaluator": "constant", "reward": reward})).reward
    assert isinstance(found, AncoefReward)
    return found


def test_a_target_that_is_set_makes_its_cost_count_beyond_it() -> None:
    found = powers(targets={"latency_s": 1e-4})
    assert found.q == {"latency": -1.0, "energy": -0.07, "area": -0.07}
    assert found.p == EVEN


def test_without_targets_p_and_q_are_alike_as_in_the_paper() -> None:
    assert powers().q == powers().p == EVEN
    assert powers(p={"latency": -1.0}).q["latency"] == -1.0


def test_a_q_that_is_given_is_kept() -> None:
    found = powers(targets={"latency_s": 1e-4, "area_m2": 1e-5}, q={"latency": -0.5, "area": 0.0})
    assert found.q == {"latency": -0.5, "energy": -0.07, "area": 0.0}


def test_a_cost_counts_no_less_beyond_its_target_than_within() -> None:
    found = powers(targets={"latency_s": 1e-4}, p={"latency": -2.0})
    assert found.q["latency"] == -2.0


def test_the_design_that_meets_the_targets_is_better_than_a_cheaper_one_that_does_not() -> None:
    """With p = q the second would win: a target alone scales both rewards alike."""
    targets = {"latency_s": 1.6e-4, "area_m2": 3.4e-5}
    first = {"accuracy": 1.0, "latency_s": 1.5e-4, "energy_j": 1.6e-5, "area_m2": 3.3e-5}
    large = first | {"latency_s": 0.2e-4, "area_m2": 2.28 * 3.4e-5}
    found, even = powers(targets=targets), powers(targets=targets, q=EVEN)
    assert found(first) > found(large)
    assert even(first) < even(large)
