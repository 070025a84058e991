from pathlib import Path
from typing import Any

import pytest
import torch

from agents import finished
from agents.robustness import main, measured, trainings
from envs import accuracy
from envs.assembly import make_problem
from envs.default_settings import settings_of
from envs.design import Design
from envs.evaluators import Pipeline
from envs.trained_accuracy import TrainedAccuracy
from snn.build import CrossbarNetwork

RUN = {"epochs": 8, "batch_size": 128, "learning_rate": 0.05, "noise_ramp": 0.3}


@pytest.mark.parametrize("is_noise_aware", [True, False])
@pytest.mark.parametrize("initialization", ["fill", "standard"])
def test_rows_are_trained_as_they_are_called_however_the_run_was(
    *, is_noise_aware: bool, initialization: str
) -> None:
    run = RUN | {"is_noise_aware": is_noise_aware, "initialization": initialization}
    for name, recipe in trainings(run, 0.01).items():
        assert recipe["is_noise_aware"] == name.startswith("with noise")
        assert recipe["initialization"] == name.partition(", ")[2]
        assert recipe["learning_rate"] == (0.01 if name.endswith("standard") else 0.05)
        assert {key: recipe[key] for key in ("epochs", "batch_size", "noise_ramp")} == {
            key: RUN[key] for key in ("epochs", "batch_size", "noise_ramp")
        }


def small_design() -> tuple[Design, TrainedAccuracy]:
    changes: dict[str, Any] = {"accuracy": {"epochs": 2}, "n_chips": 2}
    problem = make_problem(settings_of("nacim", changes))
    assert isinstance(problem.evaluator, Pipeline)
    stage = problem.evaluator.stages[-1]
    assert isinstance(stage, TrainedAccuracy)
    choices = {d.name: d.given for d in problem.space.decisions} | {"conv1.channels": 24}
    return problem.evaluator.build(choices), stage


def test_every_row_meets_the_same_chips(monkeypatch: pytest.MonkeyPatch) -> None:
    chips: list[torch.Tensor] = []

    def noted(network: CrossbarNetwork, *_: Any) -> float:
        errors = network.crossbar_layers[0].variation
        if errors is not None:
            chips.append(errors.clone())
        return 0.9

    monkeypatch.setattr("snn.training.accuracy", noted)
    monkeypatch.setattr(accuracy, "check_learnt", lambda *_: None)
    design, stage = small_design()
    for recipe in trainings(stage.recipe, 0.01).values():
        measured(TrainedAccuracy(stage.dataset, recipe, 2), design, 7)
    assert len(chips) == 3 * 2
    assert all(torch.equal(chip, chips[n % 2]) for n, chip in enumerate(chips))
    assert not torch.equal(chips[0], chips[1])


@pytest.mark.parametrize(
    ("content", "told"),
    [(None, "holds no run"), ("{{{", "cannot be read"), ("- a list", "cannot be read")],
)
def test_a_configuration_that_cannot_be_read_is_one_line(
    content: str | None,
    told: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(finished, "summary_of", lambda _: {"best": {"design": {}}})
    if content is not None:
        (tmp_path / "config.yaml").write_text(content)
    assert main([str(tmp_path)]) == 2
    shown = capsys.readouterr().err
    assert shown.startswith("error: run_dir: ")
    assert told in shown
    assert shown.count("\n") == 1
