"""Evaluation in other processes: the same results, heard as they arrive."""

from contextlib import closing
from typing import Any

import pytest

from envs.assembly import make_problem
from envs.default_settings import settings_of
from envs.evaluation import Evaluation
from envs.service import EvaluationService
from envs.store import EvaluationStore

SMALL: dict[str, Any] = {
    "accuracy": {"epochs": 1},
    "n_chips": 2,
    "switches": {"SA": False, "SQ": False},
    "given": {f"conv{i}": {"kernel": 3, "channels": 24} for i in range(1, 7)},
}
PROBLEM = make_problem(settings_of("nacim", SMALL))


def designs() -> list[dict[str, Any]]:
    """One that trains and one whose columns do not divide its crossbar, with the reason."""
    space = PROBLEM.space
    good = dict(space.decode([0] * space.n_decisions))
    return [good, good | {"chip.columns_per_converter": 7}]


@pytest.fixture(scope="module")
def here() -> list[Evaluation]:
    return EvaluationService(PROBLEM.evaluator, EvaluationStore()).evaluate_many(designs())


@pytest.mark.parametrize("n_workers", [1, 2])
def test_workers_find_and_tell_what_this_process_finds(
    n_workers: int, here: list[Evaluation]
) -> None:
    heard: list[Evaluation] = []
    with closing(EvaluationService(PROBLEM.evaluator, EvaluationStore(), 0, n_workers)) as service:
        found = service.evaluate_many(designs(), heard.append)
        assert service.evaluate_many(designs(), heard.append) == found
    for one, expected in zip(found, here, strict=True):
        assert one.choices == expected.choices
        assert one.metrics == expected.metrics
        assert one.infeasible == expected.infeasible
    assert found[0].infeasible is None
    assert str(found[1].infeasible).endswith("7 does not divide 32")
    assert sorted(one.infeasible or "" for one in heard) == sorted(
        one.infeasible or "" for one in found
    )


def test_a_cheap_evaluator_starts_no_workers() -> None:
    toy = make_problem(settings_of("toy", {}))
    service = EvaluationService(toy.evaluator, EvaluationStore(), 0, workers=2)
    service.evaluate(toy.space.decode([0, 0, 0]))
    assert service.workers is None
    service.close()
