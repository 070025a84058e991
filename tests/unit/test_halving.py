"""Successive halving over epochs: who is trained whole, and what the others get."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest

from envs.assembly import make_problem
from envs.default_settings import settings_of
from envs.evaluation import Evaluation
from envs.evaluators import Pipeline
from envs.halving import HalvingService, service_of
from envs.service import EvaluationService
from envs.store import EvaluationStore
from envs.trained_accuracy import TrainedAccuracy


def short_accuracy(self: TrainedAccuracy, design: Any, seed: int) -> dict[str, float]:
    """Grows with the width of the first layer, and with training."""
    del seed
    width, epochs = design.network.layers[0].out_channels, self.recipe["epochs"]
    return {"accuracy": width / 100 + epochs / 1000, "clean_accuracy": 1.0}


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[EvaluationService]:
    monkeypatch.setattr(TrainedAccuracy, "__call__", short_accuracy)
    problem = make_problem(settings_of("nacim", {"halving": {"epochs": 2}}))
    with closing(service_of(problem.evaluator, EvaluationStore(), 0, 0)) as made:
        yield made


def designs(*widths: int) -> list[dict[str, Any]]:
    space = make_problem(settings_of("nacim", {})).space
    given = {decision.name: decision.given for decision in space.decisions}
    return [given | {"conv1.channels": width} for width in widths]


def epochs(found: list[Evaluation]) -> list[float]:
    return [one.metrics["epochs"] for one in found]


def test_the_better_half_of_a_batch_is_trained_whole(service: EvaluationService) -> None:
    heard: list[Evaluation] = []
    found = service.evaluate_many(designs(24, 64, 48, 36), heard.append)
    assert epochs(found) == [2, 8, 8, 2]
    assert [one.metrics["accuracy"] for one in found] == pytest.approx([0.242, 0.648, 0.488, 0.362])
    assert len(heard) == 4
    assert len(service.store) == 4


def test_what_is_known_already_changes_nothing(service: EvaluationService) -> None:
    """As after a kill in mid-batch, when some of a batch are in the store."""
    whole = service.evaluate_many(designs(24, 64, 48, 36))
    problem = make_problem(settings_of("nacim", {"halving": {"epochs": 2}}))
    store = EvaluationStore()
    store.put(service.key(whole[1].choices), whole[1])
    with closing(service_of(problem.evaluator, store, 0, 0)) as again:
        assert epochs(again.evaluate_many(designs(24, 64, 48, 36))) == epochs(whole)
        assert epochs(again.evaluate_many(designs(48, 24))) == [8, 2]


def test_weights_of_a_known_design_are_not_written_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a kill in mid-batch, the first training is done again, the whole one is not."""
    written: list[tuple[int, int]] = []

    def keeping(self: TrainedAccuracy, design: Any, seed: int) -> dict[str, float]:
        if self.keep_in is not None:
            written.append((design.network.layers[0].out_channels, self.recipe["epochs"]))
        return short_accuracy(self, design, seed)

    monkeypatch.setattr(TrainedAccuracy, "__call__", keeping)
    problem = make_problem(settings_of("nacim", {"halving": {"epochs": 2}}))
    pipeline = problem.evaluator
    assert isinstance(pipeline, Pipeline)
    assert isinstance(pipeline.stages[-1], TrainedAccuracy)
    stages = (*pipeline.stages[:-1], replace(pipeline.stages[-1], keep_in="somewhere"))
    kept, store = replace(pipeline, stages=stages), EvaluationStore()
    with closing(service_of(kept, store, 0, 0)) as first:
        first.evaluate_many(designs(24, 64))
    assert written == [(24, 2), (64, 2), (64, 8)]
    written.clear()
    with closing(service_of(kept, store, 0, 0)) as again:
        assert epochs(again.evaluate_many(designs(24, 64, 36))) == [2, 8, 8]
    assert written == [(36, 2), (36, 8)]


def test_a_design_proposed_twice_is_judged_once(service: EvaluationService) -> None:
    heard: list[Evaluation] = []
    found = service.evaluate_many(designs(24, 24, 64, 64), heard.append)
    assert epochs(found) == [2, 2, 8, 8]
    assert len(heard) == 2


def test_without_it_every_design_is_trained_whole() -> None:
    problem = make_problem(settings_of("nacim", {}))
    made = service_of(problem.evaluator, EvaluationStore(), 0, 0)
    assert not isinstance(made, HalvingService)
    assert "halving" not in problem.evaluator.context["TrainedAccuracy"]


def test_where_nothing_is_trained_nothing_is_halved(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("envs.nacim._weights", lambda *_: None)
    changes = {"halving": {"epochs": 2}, "start": {"is_trained": False}}
    problem = make_problem(settings_of("nacim", changes))
    assert problem.evaluator.stages[-1].halving is None  # type: ignore[attr-defined]


def test_a_first_training_as_long_as_the_whole_is_refused() -> None:
    with pytest.raises(ValueError, match=r"env.halving.epochs: needs to be below .*=8, got 8"):
        make_problem(settings_of("nacim", {"halving": {"epochs": 8}}))
