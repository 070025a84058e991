from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from envs.assembly import make_problem
from envs.default_settings import settings_of
from envs.evaluation import Evaluation, InfeasibleError, Metrics
from envs.evaluators import Constant
from envs.judgement import judge
from envs.service import EvaluationService
from envs.store import EvaluationStore, StoreError

calls: list[object] = []


@dataclass(frozen=True)
class Doubling:
    """Doubles ``x``; 13 cannot be."""

    is_cheap: bool = True
    version: int = 1

    @property
    def context(self) -> dict[str, Any]:
        return {"version": self.version}

    def __call__(self, choices: Mapping[str, Any], seed: int) -> Metrics:
        calls.append(choices["x"])
        if choices["x"] == 13:
            raise InfeasibleError("thirteen", {"area_m2": 1.0})
        return {"double": 2.0 * choices["x"], "seed": float(seed)}


@pytest.fixture
def service() -> EvaluationService:
    calls.clear()
    return EvaluationService(Doubling(), EvaluationStore())


def test_each_design_is_computed_once(service: EvaluationService) -> None:
    first = service.evaluate_many([{"x": 1}, {"x": 2}, {"x": 1}])
    assert [one.metrics["double"] for one in first] == [2, 4, 2]
    assert service.evaluate({"x": 2}) == first[1]
    assert calls == [1, 2]


def test_the_listener_hears_new_results_only(service: EvaluationService) -> None:
    service.evaluate({"x": 1})
    heard: list[Evaluation] = []
    service.evaluate_many([{"x": 1}, {"x": 3}], heard.append)
    assert [one.choices["x"] for one in heard] == [3]


def test_the_infeasible_is_an_evaluation_with_a_reason(service: EvaluationService) -> None:
    found = service.evaluate({"x": 13})
    assert found.infeasible == "thirteen"
    assert found.metrics == {"area_m2": 1.0}
    assert service.evaluate({"x": 13}).infeasible == "thirteen"
    assert calls == [13]


def test_a_design_draws_the_same_whenever_it_comes(service: EvaluationService) -> None:
    late = service.evaluate_many([{"x": 5}, {"x": 1}])[1]
    other = EvaluationService(Doubling(), EvaluationStore())
    assert other.evaluate({"x": 1}).metrics == late.metrics


def test_the_key_depends_on_evaluator_and_seed() -> None:
    store = EvaluationStore()
    keys = {
        EvaluationService(evaluator, store, seed).key({"x": 1})
        for evaluator in (Doubling(), Doubling(version=2))
        for seed in (0, 1)
    }
    assert len(keys) == 4


def test_the_key_of_a_real_search_depends_on_every_setting() -> None:
    changes: list[dict[str, Any]] = [
        {},
        {"n_chips": 3},
        {"accuracy": {"epochs": 1}},
        {"dataset": "synthetic"},
        {"dataset": {"name": "synthetic", "seed": 4}},
        {"classifier": {"weights": [1, 5]}},
        {"constraints": {"area_m2": 1e-6}},
    ]
    evaluators = [make_problem(settings_of("nacim", change)).evaluator for change in changes]
    keys = {EvaluationService(one, EvaluationStore()).key({"x": 1}) for one in evaluators}
    assert len(keys) == len(changes)


def test_what_is_stored_is_there_after_reopening(tmp_path: Path) -> None:
    evaluation = Evaluation({"x": 1}, {"accuracy": 0.5}, None, 0.1)
    with closing(EvaluationStore(tmp_path / "a.sqlite")) as store:
        store.put("key", evaluation)
        store.visit([(0, "key", 0.5), (1, "key", 0.5)])
    with closing(EvaluationStore(tmp_path / "a.sqlite")) as store:
        assert store.get("key") == evaluation
        assert store.get("other") is None
        assert store.visits() == [(0, "key", 0.5), (1, "key", 0.5)]
        assert len(store) == 1


def test_a_result_can_be_read_by_others_as_soon_as_it_is_put(tmp_path: Path) -> None:
    with closing(EvaluationStore(tmp_path / "a.sqlite")) as writer:
        writer.put("key", Evaluation({"x": 1}, {"accuracy": 0.5}))
        with closing(EvaluationStore(tmp_path / "a.sqlite")) as reader:
            assert reader.get("key") is not None


def test_a_result_is_never_stored_twice() -> None:
    store = EvaluationStore()
    store.put("key", Evaluation({"x": 1}, {}))
    with pytest.raises(StoreError, match="evaluated twice"):
        store.put("key", Evaluation({"x": 1}, {}))


def test_a_file_that_is_no_store_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.sqlite").write_text("not a database, but long enough to be looked at" * 30)
    with pytest.raises(StoreError, match="cannot be used as a store"):
        EvaluationStore(tmp_path / "a.sqlite")


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_metric_that_is_no_number_makes_a_design_infeasible(value: float) -> None:
    odd = Constant({"energy_j": 1.0, "area_m2": value})
    found = judge(odd, {"x": 1}, 0)
    assert found.infeasible == f"area_m2 is {value}, not a finite number"
    assert found.metrics == {"energy_j": 1.0}
