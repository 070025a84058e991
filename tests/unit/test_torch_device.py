"""Designs of env=nacim that are trained on a GPU, as far as that can be tested without one."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from agents.train import main
from envs import accuracy
from envs.assembly import make_problem
from envs.default_settings import settings_of
from envs.evaluation import DeviceMemoryError
from envs.evaluators import Pipeline
from envs.trained_accuracy import TrainedAccuracy
from snn.augmentation import Augmentation
from snn.datasets import Dataset
from snn.noise import GaussianVariation, PeakVariation, WeightNoise

FAKE_GPU = Path(__file__).parents[1] / "fake_gpu.py"
SMALL: dict[str, Any] = {"n_chips": 1, "accuracy": {"epochs": 1}}
INHERITING = SMALL | {"inheritance": {"epochs": 1, "ancestor_epochs": 1}}
BFLOAT16 = SMALL | {"accuracy": {"epochs": 1, "precision": "bfloat16"}}


@pytest.mark.parametrize("changes", [SMALL, INHERITING, BFLOAT16], ids=["", "heir", "bfloat16"])
def test_every_tensor_of_a_training_is_where_the_others_are(changes: dict[str, Any]) -> None:
    command = [sys.executable, str(FAKE_GPU), json.dumps(changes)]
    root = FAKE_GPU.parents[1]
    ended = subprocess.run(
        command,
        cwd=root,
        env={"PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr[-2000:]
    assert ended.stdout == "clean_accuracy accuracy accuracy_deviation worst_accuracy\n"


def stage(**changes: Any) -> TrainedAccuracy:
    problem = make_problem(settings_of("nacim", changes))
    assert isinstance(problem.evaluator, Pipeline)
    found = problem.evaluator.stages[-1]
    assert isinstance(found, TrainedAccuracy)
    return found


@pytest.fixture
def with_gpus(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    return lambda n: monkeypatch.setattr(torch.cuda, "is_available", lambda: n > 0)


def test_a_gpu_is_part_of_what_a_result_depends_on_and_the_processor_is_not(
    with_gpus: Callable[[int], None],
) -> None:
    with_gpus(1)
    plain, there = stage(), stage(accuracy={"torch_device": "cuda"})
    assert "torch_device" not in plain.context
    assert "torch_device" not in plain.context["recipe"]
    assert there.context == plain.context | {"torch_device": "cuda"}


def test_auto_is_a_gpu_where_there_is_one(with_gpus: Callable[[int], None]) -> None:
    chosen = stage(accuracy={"torch_device": "auto"})
    with_gpus(1)
    assert chosen.context["torch_device"] == "cuda"
    with_gpus(0)
    assert chosen.context == stage().context


def test_stores_know_a_plain_training_by_what_they_did_before_there_were_options() -> None:
    told = stage().context
    assert set(told) == {"dataset", "recipe", "n_chips", "variation", "version"}
    recipe = {"epochs", "batch_size", "learning_rate", "noise_ramp", "precision"}
    assert set(told["recipe"]) == recipe | {"is_noise_aware", "initialization"}


@pytest.mark.parametrize("typed", [["env=nacim"], ["experiment=nacim", "search=smoke"]])
def test_a_gpu_that_is_not_here_is_told_in_one_line_before_anything_is_trained(
    typed: list[str],
    with_gpus: Callable[[int], None],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    with_gpus(0)
    monkeypatch.chdir(tmp_path)
    assert main([*typed, "env.accuracy.torch_device=cuda", "run_dir=run"]) == 2
    said = capsys.readouterr().err
    assert said == "error: env.accuracy.torch_device: torch finds no GPU here; take cpu or auto\n"
    assert not Path("run").exists()


def test_training_itself_refuses_a_missing_gpu(with_gpus: Callable[[int], None]) -> None:
    with_gpus(0)
    with pytest.raises(ValueError, match="torch finds no GPU here"):
        accuracy.trained_accuracy(stage(accuracy={"torch_device": "cuda"}), None, 0)  # type: ignore[arg-type]


def test_a_full_gpu_is_no_fault_of_the_design(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB.")

    monkeypatch.setattr(accuracy, "_measured", full)
    with pytest.raises(DeviceMemoryError, match=r"fewer search\.workers"):
        accuracy.trained_accuracy(stage(), None, 0)  # type: ignore[arg-type]


@pytest.mark.parametrize("noise", [GaussianVariation(0.1), PeakVariation(0.1)])
def test_errors_are_drawn_on_the_processor_for_any_device(noise: WeightNoise) -> None:
    """A tensor on torch's `meta` device takes no CPU generator, as one on a GPU takes none."""
    generator = torch.Generator().manual_seed(0)
    assert noise.sample(torch.zeros(3, device="meta"), generator).device.type == "meta"
    drawn = torch.Generator().manual_seed(0)
    torch.empty(3).normal_(generator=drawn)
    assert torch.equal(generator.get_state(), drawn.get_state())


def test_a_dataset_moves_as_a_whole() -> None:
    images, labels = torch.zeros(2, 1, 4, 4), torch.zeros(2, dtype=torch.long)
    made = Dataset(images, labels, images, labels, 2, augmentation=Augmentation(padding=1))
    moved = made.to("meta")
    parts = (moved.train_images, moved.train_labels, moved.test_images, moved.test_labels)
    assert {part.device.type for part in parts} == {"meta"}
    assert moved.augmentation == made.augmentation
