"""What would keep the final training from beginning ends the command before the search."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from agents import command, problems
from agents.train import main
from envs import final_training
from envs.data import load
from snn.datasets import Dataset
from snn.macro import Macro

SMALL = ["env=neuronas", "dataset=mnist", "dataset.shape=[1,8,8]"]
MISTAKES = {
    ("env=neuronas", "dataset=cifar10"): "dataset=cifar10: has images of 3x32x32 and 10 classes, "
    "but env.macro=digits takes 1x8x8 and 10, so that nothing could be trained; take "
    "env.macro=cifar10, dataset=digits, or env.training.epochs=0 to search only",
    ("env=neuronas", "env.macro=cifar100", "dataset=cifar10"): "takes 3x32x32 and 100",
    (*SMALL, "dataset.path=nowhere"): "dataset.path=nowhere: no such folder",
    ("env=neuronas", "env.training.precision=float16", "env.training.torch_device=cpu"): (
        "env.training.precision: float16 needs a GPU"
    ),
    ("env=neuronas", "env.training.torch_device=cuda"): (
        "env.training.torch_device: torch finds no GPU here"
    ),
}


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)


@pytest.mark.parametrize("typed", MISTAKES)
def test_a_training_that_cannot_be_is_refused_before_the_search(
    typed: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*typed, "run_dir=run"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("error: ")
    assert MISTAKES[typed] in said
    assert said.count("\n") == 1
    assert not Path("run").exists()


def test_frames_of_events_must_be_as_many_as_time_steps(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    events = replace(Macro.preset("digits"), in_channels=2, in_side=32)
    monkeypatch.setattr(Macro, "preset", lambda _: events)
    typed = ["env=neuronas", "dataset=nmnist", "env.budgets=none"]
    assert main([*typed, "run_dir=run"]) == 2
    said = capsys.readouterr().err
    assert "dataset.frames.n_frames: env.macro=digits takes 2 time steps, got 5" in said


def test_data_that_fit_are_read_before_the_run_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []

    def reading(name: str, **arguments: object) -> Dataset:
        read.append(name)
        return load(name, **arguments)

    def stop(*_: object) -> None:
        assert read == ["digits"]
        raise KeyboardInterrupt

    monkeypatch.setattr(final_training, "load", reading)
    monkeypatch.setattr(command.RunDirectory, "create", stop)
    assert main(["env=neuronas"]) == 130
    read.clear()
    with pytest.raises(AssertionError):  # nothing is read where nothing will be trained
        main(["env=neuronas", "env.training.epochs=0"])


def test_an_agent_that_cannot_search_the_space_is_refused_before_anything_compiles(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(problems.STORE, "announce", lambda: pytest.fail("it would compile"))
    assert main(["env=nacim", "agent=neuronas"]) == 2
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize("key", ["model", "technology"])
def test_a_cost_model_s_name_is_told_with_its_key(
    key: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["env=nacim", f"hardware.{key}=cmos"]) == 2
    assert capsys.readouterr().err.startswith(f"error: hardware.{key}: no ")
