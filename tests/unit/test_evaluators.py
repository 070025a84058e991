from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from envs.assembly import make_problem
from envs.default_settings import settings_of
from envs.design import Design
from envs.evaluation import InfeasibleError, Metrics
from envs.evaluators import CimCost, Constant, Pipeline, Stage
from envs.objectives import Constraint
from envs.service import EvaluationService
from envs.store import EvaluationStore

DESIGN = cast("Design", "a design")


@dataclass
class Measure:
    """A stage that gives what it was told to."""

    gives: dict[str, float]
    reason: str | None = None
    seen: list[tuple[Any, int]] = field(default_factory=list)

    @property
    def context(self) -> dict[str, Any]:
        return {"gives": self.gives}

    def __call__(self, design: Design, seed: int) -> Metrics:
        self.seen.append((design, seed))
        if self.reason:
            raise InfeasibleError(self.reason, self.gives)
        return self.gives


def pipeline(*stages: Stage, bounds: tuple[Constraint, ...] = ()) -> Pipeline:
    return Pipeline(lambda _: DESIGN, stages, bounds)


def test_stages_add_their_metrics_and_get_the_same_seed() -> None:
    first, second = Measure({"area_m2": 1.0}), Measure({"accuracy": 0.5})
    assert pipeline(first, second)({}, 7) == {"area_m2": 1.0, "accuracy": 0.5}
    assert first.seen == second.seen == [(DESIGN, 7)]


def test_a_broken_bound_ends_the_evaluation_before_the_next_stage() -> None:
    first, second = Measure({"area_m2": 3.0}), Measure({"accuracy": 0.5})
    with pytest.raises(InfeasibleError, match="area_m2 3 > 2") as caught:
        pipeline(first, second, bounds=(Constraint("area_m2", 2.0),))({}, 0)
    assert caught.value.metrics == {"area_m2": 3.0}
    assert second.seen == []


def test_a_stage_that_fails_keeps_what_was_measured_before() -> None:
    failing = Measure({"clean_accuracy": 0.1}, reason="learnt nothing")
    with pytest.raises(InfeasibleError, match="learnt nothing") as caught:
        pipeline(Measure({"area_m2": 1.0}), failing)({}, 0)
    assert caught.value.metrics == {"area_m2": 1.0, "clean_accuracy": 0.1}


def test_a_design_that_cannot_be_built_is_infeasible() -> None:
    def build(choices: Any) -> Design:
        raise ValueError(f"no design of {choices}")

    with pytest.raises(InfeasibleError, match=r"no design of \{'x': 1\}"):
        Pipeline(build, ())({"x": 1}, 0)


def test_the_context_names_stages_and_bounds() -> None:
    found = pipeline(Measure({"area_m2": 1.0}), bounds=(Constraint("area_m2", 2.0),)).context
    assert found["constraints"] == {"area_m2": 2.0}
    assert found["Measure"] == {"gives": {"area_m2": 1.0}}


def test_the_context_of_a_cost_holds_its_data_and_version() -> None:
    """Of the devices that the search can reach, and of no other."""
    found = CimCost("ela", "ela_40nm_spikesim_2022", ("rram_4b_zhao_iedm_2017",)).context
    assert {"model", "version", "data"} == found.keys()
    groups = [name.split("/")[0] for name in found["data"]]
    assert groups == ["technology", "device", "layout", "layout", "activity"]
    assert found["data"]["device/rram_4b_zhao_iedm_2017"]["cell_bits"] == 4
    assert found["data"]["technology/ela_40nm_spikesim_2022"]["feature_size_nm"] == 40


def test_a_constant_measures_nothing() -> None:
    assert Constant()({"x": 1}, 0) == Constant()({"x": 2}, 1)
    assert Constant().is_cheap
    assert Constant({"accuracy": 0.1}).context == {"constant": {"accuracy": 0.1}}


def test_a_dear_cost_is_a_reason_and_not_a_failure() -> None:
    toy = make_problem(settings_of("toy", {"constraints": {"energy_j": 0.25}}))
    service = EvaluationService(toy.evaluator, EvaluationStore())
    found = service.evaluate(toy.space.decode([7, 7, 0]))  # (8 + 7) / 16
    assert found.infeasible == "energy_j 0.9375 > 0.25"
    assert found.metrics["energy_j"] == 0.9375
