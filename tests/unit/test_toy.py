from itertools import product

import pytest

from envs.assembly import make_problem
from envs.default_settings import settings_of
from envs.service import EvaluationService
from envs.store import EvaluationStore

TOY = make_problem(settings_of("toy", {}))
DESIGNS = list(product(range(8), repeat=3))  # width - 1, waste, error


def metrics(actions: tuple[int, ...]) -> dict[str, float]:
    return dict(TOY.evaluator(TOY.space.decode(actions), 0))


def is_no_worse(one: dict[str, float], other: dict[str, float]) -> bool:
    costs = ("energy_j", "latency_s", "area_m2")
    no_dearer = all(one[cost] <= other[cost] for cost in costs)
    return one["accuracy"] >= other["accuracy"] and no_dearer


def test_the_front_is_exactly_eight_designs_by_the_definition() -> None:
    """By hand, without `envs.pareto` and `Objective`: 512 designs against 512."""
    measured = {actions: metrics(actions) for actions in DESIGNS}
    front = {
        one
        for one in DESIGNS
        if not any(
            is_no_worse(measured[other], measured[one]) and measured[other] != measured[one]
            for other in DESIGNS
        )
    }
    assert front == {(width, 0, 0) for width in range(8)}


def test_no_two_designs_measure_the_same() -> None:
    assert len({tuple(metrics(actions).values()) for actions in DESIGNS}) == 512


def test_the_figures_of_one_design() -> None:
    assert metrics((5, 3, 2)) == {  # width 6, waste 3, error 2
        "accuracy": 6 / 8 - 2 / 64,
        "energy_j": 9 / 16,
        "latency_s": 6 / 16,
        "area_m2": 9 / 16,
    }


def test_the_seed_changes_nothing() -> None:
    choices = TOY.space.decode((1, 2, 3))
    assert TOY.evaluator(choices, 0) == TOY.evaluator(choices, 1)


def test_a_stored_design_is_not_computed_again() -> None:
    service = EvaluationService(TOY.evaluator, EvaluationStore())
    heard = []
    for _ in range(2):
        for actions in DESIGNS[:5]:
            service.evaluate_many([TOY.space.decode(actions)], heard.append)
    assert len(heard) == len(service.store) == 5


def test_all_vector_rewards_lie_in_the_unit_cube() -> None:
    service = EvaluationService(TOY.evaluator, EvaluationStore())
    for actions in DESIGNS[::17]:
        scores = TOY.score_vector(service.evaluate(TOY.space.decode(actions)))
        assert scores.shape == (4,)
        assert 0 <= scores.min() <= scores.max() <= 1


@pytest.mark.parametrize("metric", ["accuracy", "energy_j", "latency_s", "area_m2"])
def test_every_bound_is_kept_and_is_part_of_the_context(metric: str) -> None:
    bounded = make_problem(settings_of("toy", {"constraints": {metric: 0.5}}))
    assert bounded.evaluator.context != TOY.evaluator.context
    service = EvaluationService(bounded.evaluator, EvaluationStore())
    for actions in DESIGNS[::5]:
        value = metrics(actions)[metric]
        is_broken = value < 0.5 if metric == "accuracy" else value > 0.5
        found = service.evaluate(bounded.space.decode(actions)).infeasible
        assert (found is not None) == is_broken
