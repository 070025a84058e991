"""What is picked of a flow's candidates, and the circuit that each gets."""

from dataclasses import replace

import pytest

from agents.candidates import Candidate, Pricing
from agents.flow_settings import open_settings
from agents.problems import problem_of
from agents.usage import settings_from
from envs.evaluators import CimCost, Pipeline
from envs.objectives import Constraint

REFERENCES = {"area_m2": 1e-5, "energy_j": 1e-6, "latency_s": 1e-4}
EVENLY = {"latency": 1.0, "energy": 1.0, "area": 1.0}


@pytest.fixture(scope="module")
def pricing() -> Pricing:
    problem = problem_of(open_settings(settings_from(["experiment=nacim"])))
    wanted = tuple(
        replace(one, reference=REFERENCES.get(one.metric, 1.0)) for one in problem.objectives
    )
    return Pricing(replace(problem, objectives=wanted), EVENLY)


def made(accuracy: float, cost: float) -> Candidate:
    """A candidate that costs a share of every reference."""
    costs = {name: cost * value for name, value in REFERENCES.items()}
    return Candidate("3-rnas-1", {}, {"accuracy": accuracy, **costs}, "weights.pt")


def test_efficiency_is_one_without_costs_and_zero_at_the_references(pricing: Pricing) -> None:
    assert pricing.efficiency(made(1, 0).metrics) == pytest.approx(1)
    assert pricing.efficiency(made(1, 1).metrics) == pytest.approx(0)
    only = Pricing(pricing.problem, {"latency": 0.0, "energy": 0.0, "area": 2.0})
    assert only.efficiency({**made(1, 1).metrics, "area_m2": 0.0}) == pytest.approx(1)


def test_the_accurate_pick_goes_by_accuracy_and_of_equals_by_efficiency(pricing: Pricing) -> None:
    best = made(0.9, 0.5)
    assert pricing.most_accurate([made(0.9, 0.6), best, made(0.8, 0.1)]) is best


def test_the_efficient_pick_stays_within_the_margin_of_accuracy(pricing: Pricing) -> None:
    dear, fair, cheap = made(0.95, 0.9), made(0.92, 0.5), made(0.5, 0.1)
    assert pricing.most_efficient([dear, fair, cheap], 0.04) is fair
    assert pricing.most_efficient([dear, fair, cheap], 0.01) is dear
    assert pricing.most_efficient([dear, fair, cheap], 1.0) is cheap


def test_the_front_has_only_those_that_nothing_beats_in_everything(pricing: Pricing) -> None:
    good, beaten, cheap = made(0.9, 0.5), made(0.8, 0.6), made(0.7, 0.1)
    assert pricing.front([good, beaten, cheap]) == [good, cheap]
    assert pricing.front([]) == []


def test_the_best_circuit_is_the_cheapest_product_of_all_circuits_of_the_space(
    pricing: Pricing,
) -> None:
    space, pipeline = pricing.problem.space, pricing.problem.evaluator
    assert isinstance(pipeline, Pipeline)
    price = pipeline.stages[0]
    assert isinstance(price, CimCost)
    choices = {d.name: d.given for d in space.decisions}
    found = pricing.with_best_circuit(Candidate("1-search", choices, {"accuracy": 0.9}, None))
    assert found is not None
    ours = price(pipeline.build(found.choices), 0)
    assert {name: found.metrics[name] for name in ours} == pytest.approx(dict(ours))
    product = ours["area_m2"] * ours["energy_j"] * ours["latency_s"]
    for size in (32, 64, 128):
        other = {**choices, "chip.crossbar_size": size, "chip.converter_bits": 4}
        theirs = price(pipeline.build(other), 0)
        assert product <= theirs["area_m2"] * theirs["energy_j"] * theirs["latency_s"]
    assert {name for name in choices if choices[name] != found.choices[name]} <= {
        "chip.crossbar_size",
        "chip.converter_bits",
        "chip.columns_per_converter",
    }
    assert found.n_operations > 1e6


def test_the_best_circuit_keeps_the_bounds_of_the_run(pricing: Pricing) -> None:
    choices = {d.name: d.given for d in pricing.problem.space.decisions}
    candidate = Candidate("1-search", choices, {"accuracy": 0.9}, None)
    free = pricing.with_best_circuit(candidate)
    assert free is not None

    def bounded(share: float) -> Candidate | None:
        bound = Constraint("latency_s", share * free.metrics["latency_s"])
        pipeline = replace(pricing.problem.evaluator, constraints=(bound,))  # type: ignore[type-var]
        problem = replace(pricing.problem, evaluator=pipeline)
        return Pricing(problem, EVENLY).with_best_circuit(candidate)

    quicker = bounded(0.99)
    assert quicker is not None
    assert quicker.metrics["latency_s"] < free.metrics["latency_s"]
    assert bounded(1e-6) is None


def test_a_spread_goes_evenly_along_the_front_and_begins_with_the_most_accurate(
    pricing: Pricing,
) -> None:
    front = [made(0.95, 0.9), made(0.94, 0.7), made(0.93, 0.5), made(0.92, 0.3), made(0.91, 0.1)]
    beaten, far = made(0.93, 0.8), made(0.5, 0.05)
    found = pricing.spread([beaten, *reversed(front), far], 3, 0.1)
    assert found == [front[0], front[2], front[4]]
    assert pricing.spread([beaten, *front, far], 9, 0.015) == front[:2]
    assert pricing.spread([], 3, 0.1) == []
