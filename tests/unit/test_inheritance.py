"""Designs that begin with the weights of one ancestor, the largest network of their space."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from rich.console import Console

from agents.ancestor import with_ancestor
from agents.train import main
from agents.usage import UsageError
from envs import accuracy
from envs.assembly import make_problem
from envs.default_settings import settings_of
from envs.evaluation import InfeasibleError
from envs.evaluators import Pipeline
from envs.inheritance import FILE
from envs.trained_accuracy import TrainedAccuracy
from snn.build import CrossbarNetwork, build
from snn.inheritance import inherit
from snn.network import Layer, Network
from snn.quantization import FixedPoint, Quantization
from snn.training import TrainingError

ON = {"inheritance": {"epochs": 1, "ancestor_epochs": 2}, "n_chips": 1, "accuracy": {"epochs": 3}}


def network(
    kernel: int, channels: int, neurons: int, formats: tuple[FixedPoint, FixedPoint]
) -> CrossbarNetwork:
    """Two classes of 4x4 images: a convolution, a layer of neurons, a classifier."""
    layers = (
        Layer("conv1", "convolution", 1, channels, kernel, 4, 2),
        Layer("fc1", "linear", 4 * channels, neurons, 1, 1, 1),
        Layer("classifier", "linear", neurons, 2, 1, 1, 1),
    )
    chosen = Quantization((formats[0],) * 3, (FixedPoint(0, 8), *(formats[1],) * 2))
    made = build(Network(layers), chosen, torch.Generator().manual_seed(0))
    with torch.no_grad():  # statistics as of a trained network
        for layer in made.crossbar_layers:
            for one in (
                layer.norm.weight,
                layer.norm.bias,
                layer.norm.running_mean,
                layer.norm.running_var,
            ):
                one.uniform_(0.5, 1.5, generator=torch.Generator().manual_seed(len(one)))
    return made.eval()


IMAGES = torch.rand(5, 1, 4, 4, generator=torch.Generator().manual_seed(0))
FINE, COARSE = FixedPoint(1, 6), FixedPoint(3, 4)  # of as many steps


@pytest.mark.parametrize(
    "formats", [(FINE, FINE), (COARSE, FINE), (FINE, COARSE), (COARSE, COARSE)]
)
def test_an_heir_of_the_same_shapes_computes_what_its_ancestor_does(
    formats: tuple[FixedPoint, FixedPoint],
) -> None:
    ancestor, heir = network(3, 4, 6, (FINE, FINE)), network(3, 4, 6, formats)
    inherit(heir, ancestor)
    assert torch.allclose(heir(IMAGES), ancestor(IMAGES), rtol=1e-3)


def test_a_smaller_heir_has_the_first_channels_and_the_middle_taps() -> None:
    ancestor, heir = network(5, 4, 6, (FINE, FINE)), network(3, 2, 3, (FINE, FINE))
    inherit(heir, ancestor)
    theirs, mine = ancestor.crossbar_layers, heir.crossbar_layers
    assert torch.equal(mine[0].weight, theirs[0].weight[:2, :, 1:4, 1:4])
    assert torch.equal(mine[1].weight, theirs[1].weight[:3, : 4 * 2])  # 2x2 pixels of 2 channels
    assert torch.equal(mine[2].weight, theirs[2].weight[:, :3])
    assert torch.equal(mine[1].norm.running_var, theirs[1].norm.running_var[:3])


def test_weights_stay_within_what_the_format_of_the_heir_can_hold() -> None:
    ancestor, heir = network(3, 4, 6, (FINE, FINE)), network(3, 4, 6, (FixedPoint(0, 1), FINE))
    inherit(heir, ancestor)
    assert heir.crossbar_layers[0].weight.max() == 0.5  # R - step


def test_what_an_ancestor_handed_on_is_not_the_same_memory() -> None:
    ancestor, heir = network(3, 4, 6, (FINE, FINE)), network(3, 4, 6, (FINE, FINE))
    inherit(heir, ancestor)
    before = ancestor.crossbar_layers[0].weight.clone()
    torch.nn.init.zeros_(heir.crossbar_layers[0].weight)
    assert torch.equal(ancestor.crossbar_layers[0].weight, before)


def test_a_larger_heir_is_refused() -> None:
    with pytest.raises(ValueError, match="conv1: the ancestor is smaller"):
        inherit(network(3, 5, 6, (FINE, FINE)), network(3, 4, 6, (FINE, FINE)))


def stage_and_pipeline(**changes: Any) -> tuple[TrainedAccuracy, Pipeline]:
    pipeline = make_problem(settings_of("nacim", changes)).evaluator
    assert isinstance(pipeline, Pipeline)
    stage = pipeline.stages[-1]
    assert isinstance(stage, TrainedAccuracy)
    return stage, pipeline


def test_the_ancestor_is_the_largest_network_that_can_be_reached() -> None:
    stage, _ = stage_and_pipeline(**ON)
    assert stage.inheritance is not None
    sizes = [(one.kernel, one.out_channels) for one in stage.inheritance.ancestor.network.layers]
    assert sizes == [(7, 64)] * 6 + [(1, 512)] * 2 + [(1, 10)]
    frozen, _ = stage_and_pipeline(**ON, switches={"SA": False})
    assert frozen.inheritance is not None
    sizes = [(one.kernel, one.out_channels) for one in frozen.inheritance.ancestor.network.layers]
    assert sizes == [(3, 48)] * 6 + [(1, 256)] * 2 + [(1, 10)]


def test_without_it_nothing_is_told_of_it() -> None:
    assert "inheritance" not in stage_and_pipeline()[0].context
    told = stage_and_pipeline(**ON)[0].context["inheritance"]
    other = {"inheritance": {"epochs": 1, "ancestor_epochs": 2, "seed": 1}}
    assert told != stage_and_pipeline(**(ON | other))[0].context["inheritance"]


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int, float, float]]:
    """Channels, epochs, learning rate and ramp of every training, none of which is done."""
    found: list[tuple[int, int, float, float]] = []

    def noting(network: CrossbarNetwork, _data: Any, recipe: Any, *_: Any) -> None:
        channels = network.crossbar_layers[0].layer.out_channels
        found.append((channels, recipe.epochs, recipe.learning_rate, recipe.noise_ramp))

    monkeypatch.setattr(accuracy, "train", noting)
    monkeypatch.setattr(accuracy, "check_learnt", lambda *_: None)
    monkeypatch.setattr(accuracy, "_ancestors", {})
    return found


ANCESTOR, HEIR = (64, 2, 0.05, 0.3), (24, 1, pytest.approx(0.01), 0.0)


def small(pipeline: Pipeline) -> Any:
    space = make_problem(settings_of("nacim", {})).space
    given = {decision.name: decision.given for decision in space.decisions}
    return pipeline.build(given | {"conv1.channels": 24})


def test_the_ancestor_is_trained_once_and_every_design_briefly(trained: list[Any]) -> None:
    stage, pipeline = stage_and_pipeline(**ON)
    for seed in (0, 1):
        stage(small(pipeline), seed)
    assert trained == [ANCESTOR, HEIR, HEIR]


def test_a_run_keeps_its_ancestor(
    trained: list[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage, pipeline = stage_and_pipeline(**ON)
    kept = with_ancestor(pipeline, tmp_path, Console(quiet=True))
    assert trained == [ANCESTOR]
    assert kept.context == pipeline.context
    monkeypatch.setattr(accuracy, "_ancestors", {})  # as in another process, or on resume
    assert isinstance(kept, Pipeline)
    first = kept.stages[-1](small(pipeline), 0)
    assert trained == [ANCESTOR, HEIR]
    (tmp_path / FILE).write_bytes(b"cut off")
    monkeypatch.setattr(accuracy, "_ancestors", {})
    assert kept.stages[-1](small(pipeline), 0) == first == stage(small(pipeline), 0)
    assert trained == [ANCESTOR, HEIR, ANCESTOR, HEIR, ANCESTOR, HEIR]


def test_an_ancestor_that_learns_nothing_is_the_reason_that_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def failing(*_: Any) -> None:
        raise TrainingError("training diverged at step 1 of 22")

    monkeypatch.setattr(accuracy, "train", failing)
    monkeypatch.setattr(accuracy, "_ancestors", {})
    stage, pipeline = stage_and_pipeline(**ON)
    with pytest.raises(InfeasibleError, match="the ancestor: training diverged"):
        stage(small(pipeline), 0)
    with pytest.raises(UsageError, match=r"env\.inheritance: the ancestor: training diverged"):
        with_ancestor(pipeline, tmp_path, Console(quiet=True))


def test_the_ancestor_is_trained_so_that_a_gpu_yields_the_same_each_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def noting(*_: Any) -> None:
        flags = torch.backends.cudnn
        found.append((flags.deterministic, flags.benchmark, flags.allow_tf32))

    found: list[tuple[bool, bool, bool]] = []
    monkeypatch.setattr(accuracy, "train", noting)
    monkeypatch.setattr(accuracy, "check_learnt", lambda *_: None)
    monkeypatch.setattr(accuracy, "_ancestors", {})
    stage, _ = stage_and_pipeline(**ON)
    assert stage.inheritance is not None
    accuracy.ancestor(stage, stage.inheritance)
    assert found == [(True, False, False)]


def test_an_ancestor_for_which_the_gpu_is_too_small_is_one_line_and_leaves_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*_: Any) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory.\nTried to allocate 2 GiB")

    monkeypatch.setattr(accuracy, "train", full)
    monkeypatch.setattr(accuracy, "_ancestors", {})
    run = tmp_path / "run"
    typed = ["env=nacim", "env.inheritance.epochs=1", "search.budget=1"]
    assert main([*typed, f"run_dir={run}"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("error: the ancestor: the memory of the GPU is full: take fewer search.")
    assert said.count("\n") == 1
    assert not run.exists()


def test_weights_that_are_given_are_not_inherited(trained: list[Any], tmp_path: Path) -> None:
    stage, pipeline = stage_and_pipeline(**ON)
    keeping = replace(stage, inheritance=None, keep_in=str(tmp_path))
    keeping(small(pipeline), 0)
    replace(stage, weights=str(tmp_path))(small(pipeline), 0)
    assert trained == [(24, 3, 0.05, 0.3)] * 2


REFUSED = {
    ("env.halving.epochs=1",): "env.inheritance.epochs: cannot be had together with env.halving",
    (
        "env.inheritance.learning_rate_ratio=0",
    ): "env.inheritance.learning_rate_ratio: needs more than 0",
    ("env.inheritance.epoch=1",): "env.inheritance.epoch: no such key; did you mean 'epochs'",
}


@pytest.mark.parametrize("typed", REFUSED)
def test_what_cannot_be_is_told_in_one_line(
    typed: tuple[str, ...], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    run = tmp_path / "run"
    assert main(["env=nacim", "env.inheritance.epochs=2", *typed, f"run_dir={run}"]) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"error: {REFUSED[typed]}")
    assert said.count("\n") == 1
    assert not run.exists()
