"""The stages of a joint evaluation: who is refused where, and what is told of it."""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any

import jointly
import numpy as np
import pytest

from envs import joint_evaluator
from envs.evaluation import FULL, Evaluation, InfeasibleError
from envs.halving import HalvingService, service_of
from envs.joint_blocks import BlocksFamily
from envs.joint_bounds import check_bounds
from envs.joint_evaluator import JointEvaluator
from envs.joint_stages import Candidate, through
from envs.judgement import judge
from envs.objectives import Constraint
from envs.service import EvaluationService
from envs.store import EvaluationStore

SHORT = ("env.stages.short.accuracy=0.5", "env.stages.short.n_images=20")


@dataclass(frozen=True)
class Adding:
    """A stage that measures ``area_m2`` as something, or refuses."""

    name: str
    area_m2: float = 1.0
    refuses: str = ""

    def __call__(self, candidate: Candidate) -> None:
        if self.refuses:
            raise ValueError(self.refuses)
        candidate.metrics[f"of_{self.name}"] = candidate.metrics["area_m2"] = self.area_m2


def test_a_design_goes_no_further_than_the_stage_that_refuses_it() -> None:
    stages = Adding("first"), Adding("second", refuses="too odd"), Adding("third")
    found = through(stages, {"x": 1}, ())
    assert (found.infeasible, found.fidelity) == ("too odd", "second")
    assert found.metrics == {"of_first": 1.0, "area_m2": 1.0}
    assert list(found.stage_s) == ["first", "second"]
    assert min(found.stage_s.values()) > 0


def test_a_broken_bound_ends_at_the_stage_that_measured_it() -> None:
    stages = Adding("first"), Adding("second", area_m2=3.0), Adding("third")
    found = through(stages, {}, (Constraint("area_m2", 2.0),))
    assert (found.infeasible, found.fidelity) == ("area_m2 3 > 2", "second")
    assert found.metrics == {"of_first": 1.0, "of_second": 3.0, "area_m2": 3.0}


def judged(evaluator: JointEvaluator, **changed: object) -> Evaluation:
    choices: Any = jointly.given(jointly.problem(), **changed)
    return judge(evaluator, choices, 0)


def untrained(evaluator: JointEvaluator, monkeypatch: pytest.MonkeyPatch) -> JointEvaluator:
    monkeypatch.setattr(type(evaluator.family), "measured", None)
    return evaluator


@pytest.mark.parametrize("metric", ["latency_s", "energy_j", "area_m2", "memory_bits"])
def test_a_bound_that_no_training_could_meet_is_told_before_it(
    metric: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    evaluator = untrained(jointly.evaluator(f"constraints.{metric}=1e-12"), monkeypatch)
    found = judged(evaluator)
    is_exact = metric == "memory_bits"
    assert found.fidelity == ("structure" if is_exact else "bounds")
    assert found.infeasible is not None
    assert found.infeasible.startswith(metric if is_exact else f"{metric} at least")
    assert metric in found.metrics or not is_exact
    assert set(found.stage_s) == {"structure"} | (set() if is_exact else {"bounds"})


def test_a_bound_that_is_met_but_for_rounding_refuses_nobody() -> None:
    bound = (Constraint("latency_s", 3e-6),)
    check_bounds(bound, {"latency_s": float(np.nextafter(3e-6, 1))})
    with pytest.raises(InfeasibleError, match="latency_s at least"):
        check_bounds(bound, {"latency_s": 3e-6 * (1 + 1e-9)})


def test_memory_is_the_bits_of_all_weights() -> None:
    evaluator = jointly.evaluator("constraints.area_m2=1e-12")
    more, less = (judged(evaluator, stem__weight_bits=n).metrics["memory_bits"] for n in (8, 2))
    graph = evaluator.family.graph(jointly.given(jointly.problem()))  # type: ignore[arg-type]
    assert more == 8 * sum(n for _, _, n in graph.weighted())
    assert 0 < less < more


def test_only_a_design_with_all_metrics_is_full() -> None:
    whole = judged(jointly.evaluator(*SHORT, "env.stages.short.accuracy=0"))
    assert (whole.fidelity, whole.infeasible) == (FULL, None)
    assert set(whole.metrics) == {*JointEvaluator.yields, "short_accuracy"}
    assert list(whole.stage_s) == ["structure", "bounds", "short", "accuracy", "simulation"]
    strict = judged(jointly.evaluator("constraints.accuracy=1"))
    assert strict.fidelity == "accuracy"
    assert "latency_s" not in strict.metrics


def test_a_short_accuracy_that_is_too_low_refuses_before_the_whole_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    evaluator = jointly.evaluator(*SHORT, "env.stages.short.accuracy=1")
    found = judged(untrained(evaluator, monkeypatch))
    assert found.fidelity == "short"
    assert found.infeasible == f"short_accuracy {found.metrics['short_accuracy']:.4g} < 1"
    assert "accuracy" not in found.metrics


@pytest.mark.parametrize(
    "family",
    [(), ("space.network=chain", "env.chain.training.epochs=1", "env.stages.short.epochs=1")],
    ids=["blocks", "chain"],
)
def test_a_short_accuracy_as_long_as_the_whole_one_is_the_same(family: tuple[str, ...]) -> None:
    """Few chips are the first of many, so what is cut short is all that differs."""
    typed = (*family, "env.stages.short.accuracy=0", "env.stages.short.n_images=269")
    problem = jointly.problem(*typed, "env.stages.short.n_chips=2")
    choices: Any = jointly.given(problem)
    whole = judge(problem.evaluator, choices, 0)
    assert whole.metrics["short_accuracy"] == pytest.approx(whole.metrics["accuracy"])


def test_an_untrained_score_refuses_and_is_the_same_every_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def scored(least: float, name: str = "paper") -> Evaluation:
        typed = (f"env.stages.score.at_least={least}", f"env.stages.score.name={name}")
        return judged(untrained(jointly.evaluator(*typed, "constraints.accuracy=0"), monkeypatch))

    found, again, other = scored(1e6), scored(1e6), scored(1e6, "bench")
    assert found.fidelity == "score"
    assert found.infeasible == f"score {found.metrics['score']:.4g} < 1e+06"
    assert found.metrics == again.metrics
    assert found.metrics["score"] != other.metrics["score"]


def test_thresholds_keep_results_of_their_own() -> None:
    typed = ((), SHORT, ("env.stages.score.at_least=3",), ("env.stages.halving.share=0.5",))
    made = [EvaluationService(jointly.evaluator(*one), EvaluationStore()) for one in typed]
    assert len({one.key({"x": 1}) for one in made}) == len(typed)


def by_bits(_family: BlocksFamily, choices: dict[str, Any], *_others: object) -> float:
    return float(choices["stem.weight_bits"]) / 10


@pytest.fixture
def halving(
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Callable[[EvaluationStore], EvaluationService]]:
    monkeypatch.setattr(BlocksFamily, "short_accuracy", by_bits)
    made: list[EvaluationService] = []

    def service(store: EvaluationStore) -> EvaluationService:
        evaluator = jointly.evaluator("env.stages.halving.share=0.5")
        made.append(service_of(evaluator, store, 0, 0))
        return made[-1]

    yield service
    for one in made:
        one.close()


def batch(*bits: int) -> list[Any]:
    return [jointly.given(jointly.problem(), stem__weight_bits=n) for n in bits]


def told(found: list[Evaluation]) -> list[tuple[str, str | None, dict[str, float]]]:
    return [(one.fidelity, one.infeasible, dict(one.metrics)) for one in found]


def test_only_the_better_half_of_a_batch_goes_on(
    halving: Callable[[EvaluationStore], EvaluationService],
) -> None:
    service = halving(EvaluationStore())
    assert isinstance(service, HalvingService)
    found = service.evaluate_many(batch(2, 8, 6, 3))
    assert [one.fidelity for one in found] == ["short", FULL, FULL, "short"]
    assert found[0].infeasible == (
        "short_accuracy 0.2: not among the best of its batch, a share of 0.5"
    )
    assert found[1].infeasible is None
    stages = ["structure", "bounds", "short", "accuracy", "simulation"]
    assert list(found[1].stage_s) == stages
    assert list(found[0].stage_s) == stages[:3]
    assert found[1].metrics["short_accuracy"] == 0.8
    plain = judge(jointly.evaluator(), batch(8)[0], 0)
    assert {**plain.metrics, "short_accuracy": 0.8} == found[1].metrics


def test_halving_goes_by_the_batch_and_not_by_what_is_known(
    halving: Callable[[EvaluationStore], EvaluationService],
) -> None:
    """As after a kill in mid-batch, when some of a batch are in the store."""
    first = halving(EvaluationStore())
    whole = first.evaluate_many(batch(2, 8, 6, 3))
    with closing(EvaluationStore()) as store:
        store.put(first.key(whole[1].choices), whole[1])
        assert told(halving(store).evaluate_many(batch(2, 8, 6, 3))) == told(whole)


def test_what_is_known_of_a_network_is_kept_for_few_networks_only() -> None:
    memo: dict[str, int] = {}
    for number in range(joint_evaluator.N_KEPT + 2):
        assert joint_evaluator.kept(memo, str(number), lambda number=number: number) == number
    assert len(memo) == joint_evaluator.N_KEPT
    assert "0" not in memo
    assert joint_evaluator.kept(memo, "5", lambda: -1) == 5


def test_a_metric_that_is_no_number_keeps_its_stages() -> None:
    @dataclass(frozen=True)
    class Odd:
        is_cheap: bool = True

        @property
        def context(self) -> dict[str, Any]:
            return {}

        def __call__(self, choices: Any, seed: int) -> dict[str, float]:
            raise NotImplementedError

        def staged(self, choices: Any, seed: int) -> Evaluation:
            del seed
            return Evaluation(choices, {"area_m2": float("nan")}, stage_s={"one": 2.0})

    found = judge(Odd(), {"x": 1}, 0)
    assert found.infeasible == "area_m2 is nan, not a finite number"
    assert found == replace(found, stage_s={"one": 2.0}, metrics={})
