from dataclasses import replace
from typing import Any

import pytest

from envs import accuracy
from envs.assembly import make_problem
from envs.default_settings import settings_of
from envs.evaluation import Evaluation
from envs.evaluators import Pipeline
from envs.judgement import judge
from envs.trained_accuracy import TrainedAccuracy


def judged(**recipe: Any) -> Evaluation:
    """Evaluate the given design of the NACIM problem, made small; settings bound no recipe here."""
    problem = make_problem(settings_of("nacim", {"n_chips": 1}))
    choices = {decision.name: decision.given for decision in problem.space.decisions}
    assert isinstance(problem.evaluator, Pipeline)
    cost, training = problem.evaluator.stages
    assert isinstance(training, TrainedAccuracy)
    training = replace(training, recipe=training.recipe | {"epochs": 1} | recipe)
    return judge(replace(problem.evaluator, stages=(cost, training)), choices, 0)


@pytest.mark.parametrize("rate", [1e30, 3e38])
def test_an_impossible_learning_rate_is_a_reason_and_not_a_failure(rate: float) -> None:
    found = judged(learning_rate=rate)
    assert found.infeasible is not None
    assert "area_m2" in found.metrics


def test_a_network_that_diverges_on_a_chip_is_infeasible(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken:
        def __init__(self, deviation_ratio: float) -> None:
            self.deviation_ratio = deviation_ratio

        def sample(self, weights: Any, generator: Any) -> Any:
            del generator
            return weights * float("nan")

    monkeypatch.setattr(accuracy, "GaussianVariation", Broken)
    monkeypatch.setattr(accuracy, "check_learnt", lambda *_: None)
    found = judged(is_noise_aware=False)
    assert found.infeasible == "diverged: what the network yields is not finite"
