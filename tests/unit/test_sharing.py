"""Searches that share what they evaluate: each design once, and none of other circumstances."""

import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from postgres import Server

from envs.evaluation import Evaluation, Metrics
from envs.service import EvaluationService
from envs.shared_store import SharedStore
from envs.sharing import Sharing
from envs.store import EvaluationStore


@dataclass(frozen=True)
class Slow:
    """Counts what it is asked; every design takes its time."""

    calls: list[object] = field(default_factory=list)
    is_cheap: bool = True
    version: int = 1
    wait_s: float = 0.0

    @property
    def context(self) -> dict[str, Any]:
        return {"version": self.version}

    def __call__(self, choices: Mapping[str, Any], seed: int) -> Metrics:
        self.calls.append(choices["x"])
        time.sleep(self.wait_s)
        return {"double": 2.0 * choices["x"], "seed": float(seed)}


DESIGNS = [{"x": i} for i in range(8)]


def values(
    address: str,
    evaluator: Slow,
    *,
    seed: int = 0,
    is_taking: bool = True,
    made_with: Mapping[str, str] | None = None,
) -> list[Metrics]:
    """What a search of its own finds."""
    with closing(SharedStore(address)) as shared, closing(EvaluationStore()) as store:
        service = EvaluationService(evaluator, store, seed)
        service.share(Sharing(shared, is_taking=is_taking, made_with=made_with))
        return [one.metrics for one in service.evaluate_many(DESIGNS)]


def alone(evaluator: Slow, seed: int = 0) -> list[Metrics]:
    with closing(EvaluationStore()) as store:
        service = EvaluationService(evaluator, store, seed)
        return [one.metrics for one in service.evaluate_many(DESIGNS)]


def test_what_one_search_has_evaluated_the_next_takes(address: str) -> None:
    first, second = Slow(), Slow()
    assert values(address, first) == values(address, second) == alone(Slow())
    assert (len(first.calls), len(second.calls)) == (8, 0)


def test_nothing_is_taken_of_another_seed_or_evaluator(address: str) -> None:
    values(address, Slow())
    for other, seed in ((Slow(version=2), 0), (Slow(), 1)):
        assert values(address, other, seed=seed) == alone(Slow(), seed)
        assert len(other.calls) == 8


def test_nothing_is_taken_from_other_versions(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    values(address, Slow())
    monkeypatch.setattr("configs.versions.version", lambda package: f"other {package}")
    other = Slow()
    values(address, other)
    assert len(other.calls) == 8


def test_nothing_is_taken_of_another_source_or_gpu(address: str) -> None:
    values(address, Slow(), made_with={"mine.Mine": "one"})
    for made_with, n_calls in (({"mine.Mine": "other"}, 8), ({"mine.Mine": "one"}, 0)):
        other = Slow()
        values(address, other, made_with=made_with)
        assert len(other.calls) == n_calls


def test_who_finds_the_first_claims_taken_tries_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    class Busy:
        """Others evaluate the first two, until a third is known."""

        told = "busy"

        def __init__(self) -> None:
            self.known: dict[str, Evaluation] = {}
            self.asked: list[str] = []

        def find(self, keys: list[str]) -> dict[str, Evaluation]:
            return {key: self.known[key] for key in keys if key in self.known}

        def put(self, key: str, evaluation: Evaluation) -> None:
            self.known[key] = evaluation

        def claimed(self, keys: list[str]) -> set[str]:
            self.asked += [key for key in keys if key not in self.asked]
            return set() if self.asked[0] in keys and not self.known else {*keys}

        def release(self, key: str) -> None:
            """Nothing to do."""

    monkeypatch.setattr("envs.sharing.MOST_CLAIMS", 2)
    waits = SimpleNamespace(sleep=lambda _: pytest.fail("it waits"))
    monkeypatch.setattr("envs.sharing.time", waits)
    with closing(EvaluationStore()) as store:
        service = EvaluationService(Slow(), store)
        service.share(Sharing(Busy()))
        assert [one.metrics for one in service.evaluate_many(DESIGNS)] == alone(Slow())


def test_a_search_that_keeps_files_makes_its_own_and_gives_them(address: str) -> None:
    first, second, third = Slow(), Slow(), Slow()
    for one in (first, second):
        values(address, one, is_taking=False)
    assert (len(first.calls), len(second.calls)) == (8, 8)
    values(address, third)
    assert not third.calls


def test_searches_at_once_evaluate_each_design_once(postgresql: Server) -> None:
    address, evaluators = postgresql.new_database(), [Slow(wait_s=0.05) for _ in range(4)]
    with ThreadPoolExecutor(len(evaluators)) as pool:
        found = [*pool.map(lambda one: values(address, one), evaluators)]
    assert found == [alone(Slow())] * len(evaluators)
    assert sorted(x for one in evaluators for x in one.calls) == [*range(8)]  # type: ignore[type-var]


def test_a_design_that_a_lost_search_had_claimed_is_evaluated(postgresql: Server) -> None:
    address = postgresql.new_database()
    with closing(SharedStore(address)) as lost:

        class Everything(SharedStore):
            def claimed(self, keys: Any) -> set[str]:
                lost.claimed(keys)  # another has them all, and then dies
                threading.Timer(0.5, lost.close).start()
                self.claimed = super().claimed  # type: ignore[method-assign]
                return set()

        with closing(Everything(address)) as shared, closing(EvaluationStore()) as store:
            service = EvaluationService(Slow(), store)
            service.share(Sharing(shared))
            assert [one.metrics for one in service.evaluate_many(DESIGNS)] == alone(Slow())
