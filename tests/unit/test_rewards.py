from pathlib import Path
from typing import Any

import pytest

from envs.assembly import make_problem
from envs.default_settings import settings_of
from envs.rewards import NacimReward, RewardError

REFERENCES = {"latency_s": 2.0, "energy_j": 4.0, "area_m2": 8.0}
THIRDS = dict.fromkeys(("latency", "energy", "area"), 1 / 3)
METRICS = {"accuracy": 0.5, "latency_s": 1.0, "energy_j": 2.0, "area_m2": 4.0}


def rewarded(beta: float = 0.5, weights: dict[str, float] | None = None, **changes: float) -> float:
    return NacimReward(beta, weights or THIRDS, REFERENCES)(METRICS | changes)


def test_beta_of_one_sees_accuracy_alone() -> None:
    assert rewarded(beta=1.0) == rewarded(beta=1.0, energy_j=99.0) == 0.5


def test_beta_of_zero_sees_the_costs_alone() -> None:
    assert rewarded(beta=0.0, accuracy=0.1) == rewarded(beta=0.0) == pytest.approx(0.5)


@pytest.mark.parametrize("cost", ["latency_s", "energy_j", "area_m2"])
def test_a_cheaper_design_is_rewarded_more_by_its_own_share(cost: str) -> None:
    gain = rewarded(**{cost: 0.0}) - rewarded()
    assert gain == pytest.approx(0.5 * (1 / 3) * 0.5)  # (1 - beta) * weight * half a reference


@pytest.mark.parametrize("cost", ["latency_s", "energy_j", "area_m2"])
def test_beyond_its_reference_a_cost_does_no_more_harm(cost: str) -> None:
    at = rewarded(**{cost: REFERENCES[cost]})
    assert rewarded(**{cost: 100 * REFERENCES[cost]}) == at < rewarded()


def test_a_weight_of_zero_forgets_a_cost() -> None:
    only = {"latency": 1.0, "energy": 0.0, "area": 0.0}
    assert rewarded(weights=only, area_m2=0.0) == rewarded(weights=only)
    assert rewarded(weights=only, latency_s=0.0) > rewarded(weights=only)


def test_the_best_reward_is_one_and_the_worst_is_zero() -> None:
    free = dict.fromkeys(REFERENCES, 0.0)
    assert rewarded(accuracy=1.0, **free) == pytest.approx(1)
    assert rewarded(accuracy=0.0, **REFERENCES) == 0


@pytest.fixture
def theirs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A module of a user's own rewards."""
    (tmp_path / "their_rewards.py").write_text(
        "class Frugal:\n"
        "    def __init__(self, scale=1.0):\n"
        "        self.scale = scale\n"
        "    def __call__(self, metrics):\n"
        "        return -self.scale * metrics['energy_j']\n"
        "class Broken:\n"
        "    def __call__(self, metrics):\n"
        "        return metrics['beauty']\n"
        "class Endless:\n"
        "    def __call__(self, metrics):\n"
        "        return float('inf')\n"
        "class Anything:\n"
        "    def __init__(self, **arguments):\n"
        "        self.arguments = arguments\n"
        "    def __call__(self, metrics):\n"
        "        return 0.0\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))


def made(target: str, **arguments: Any) -> Any:
    reward = {"_target_": f"their_rewards.{target}", **arguments}
    return make_problem(settings_of("toy", {"reward": reward})).reward


@pytest.mark.usefixtures("theirs")
def test_a_reward_of_ones_own_is_used_with_its_arguments() -> None:
    assert made("Frugal", scale=3.0)(METRICS) == -6.0
    assert made("Frugal")(METRICS) == -2.0
    assert made("Anything", colour="red").arguments["colour"] == "red"


@pytest.mark.usefixtures("theirs")
def test_a_reward_that_cannot_be_is_told_in_one_line() -> None:
    for target, arguments, message in (
        ("Frugl", {}, r"reward\._target_: cannot import 'their_rewards\.Frugl'"),
        ("Frugal", {"scal": 1}, r"reward\.scal: .* has no such argument; did you mean 'scale'"),
        ("Broken", {}, r"fails on metrics accuracy, .*: KeyError: 'beauty'"),
        ("Endless", {}, "gives inf, not a finite number"),
        ("Broken", {"scale": 1}, "has no such argument; it takes none"),
    ):
        with pytest.raises(RewardError, match=message):
            made(target, **arguments)
