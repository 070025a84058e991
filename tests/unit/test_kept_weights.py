"""Weights in files, and which designs they are of."""

import pickle
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from envs import accuracy
from envs.assembly import make_problem
from envs.default_settings import settings_of
from envs.design import Design
from envs.evaluation import Evaluation
from envs.evaluators import Pipeline
from envs.kept_weights import (
    FOLDER,
    KeptWeightsError,
    kept_at,
    kept_weights,
    most_accurate,
    weight_file,
    write_index,
)
from envs.space import Choice
from envs.trained_accuracy import TrainedAccuracy
from snn.quantization import FixedPoint
from snn.weight_files import WeightFileError, load_weights, read_weights, save_weights


def pipeline(**changes: object) -> tuple[Pipeline, dict[str, Choice]]:
    problem = make_problem(settings_of("nacim", {"accuracy": {"epochs": 4}, "n_chips": 1}))
    assert isinstance(problem.evaluator, Pipeline)
    choices = {d.name: d.given for d in problem.space.decisions}
    choices |= {f"conv{n}.channels": 24 for n in range(1, 7)}
    choices |= {f"conv{n}.kernel": 1 for n in range(3, 7)} | {"fc1.neurons": 64, "fc2.neurons": 64}
    stage = problem.evaluator.stages[-1]
    assert isinstance(stage, TrainedAccuracy)
    changed = replace(stage, **changes)  # type: ignore[arg-type]
    return replace(problem.evaluator, stages=(changed,)), choices


def with_bits(design: Design, integer: int, fraction: int) -> Design:
    """The same design, all its weights in one format."""
    formats = tuple(FixedPoint(integer, fraction) for _ in design.quantization.weights)
    return replace(design, quantization=replace(design.quantization, weights=formats))


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the weights of one trained design, and its accuracy beside them."""
    folder = tmp_path_factory.mktemp("run") / FOLDER
    evaluator, choices = pipeline(keep_in=str(folder))
    metrics = evaluator(choices, 0)
    (folder / "clean.txt").write_text(repr(metrics["clean_accuracy"]))
    return folder


def judged(weights: Path, design: Design, n_chips: int = 0) -> float:
    evaluator, _ = pipeline(weights=str(weights), is_trained=False, n_chips=n_chips)
    stage = evaluator.stages[-1]
    assert isinstance(stage, TrainedAccuracy)
    return accuracy.trained_accuracy(stage, design, 7)["accuracy"]


def test_kept_weights_give_the_accuracy_that_they_were_kept_with(kept: Path) -> None:
    evaluator, choices = pipeline()
    clean = float((kept / "clean.txt").read_text())
    assert judged(kept, evaluator.build(choices)) == clean > 0.6


def test_a_coarser_format_rounds_the_same_weights(kept: Path, tmp_path: Path) -> None:
    evaluator, choices = pipeline()
    design = evaluator.build(choices)
    file = weight_file(kept, design)
    step, rounded = 2.0**-3, read_weights(file)
    for name in rounded:
        if name.endswith(".weight") and "norm" not in name:
            rounded[name] = (rounded[name] / step).round().mul(step).clamp(-2.0, 2.0 - step)
    torch.save(rounded, tmp_path / "rounded.pt")
    coarse = judged(file, with_bits(design, 1, 3))
    assert coarse == judged(tmp_path / "rounded.pt", with_bits(design, 1, 6))
    assert coarse != judged(file, with_bits(design, 1, 6))


def test_the_range_of_the_new_format_sets_the_variation(kept: Path) -> None:
    """The weights are the same, their range 2^P is 4 times as large, and so is their error."""
    evaluator, choices = pipeline()
    design = evaluator.build(choices)
    file = weight_file(kept, design)
    assert judged(file, with_bits(design, 3, 6)) == pytest.approx(
        judged(file, with_bits(design, 1, 6)), abs=0.02
    )
    assert judged(file, with_bits(design, 3, 6), 3) < judged(file, with_bits(design, 1, 6), 3) - 0.1


def test_without_chips_accuracy_is_that_of_exact_weights(kept: Path) -> None:
    evaluator, choices = pipeline(n_chips=0, weights=str(kept), is_trained=False)
    found = evaluator(choices, 0)
    assert found["accuracy"] == found["worst_accuracy"] == found["clean_accuracy"]
    assert found["accuracy_deviation"] == 0


def test_where_weights_are_kept_changes_no_result_and_which_are_begun_with_does(
    kept: Path,
) -> None:
    plain, (keeping, choices) = pipeline()[0], pipeline(keep_in="elsewhere")
    assert plain.context == keeping.context
    file = weight_file(kept, plain.build(choices))
    assert file.is_file()
    assert pipeline(weights=str(file))[0].context != plain.context


def test_a_file_that_would_run_code_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "weights.pt"
    path.write_bytes(pickle.dumps({"weight": Path}))
    with pytest.raises(WeightFileError, match="holds no weights that can be read"):
        read_weights(path)
    torch.save({"weight": 3}, path)
    with pytest.raises(WeightFileError, match="something else than weights"):
        read_weights(path)


def test_the_weights_of_another_network_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "weights.pt"
    save_weights(torch.nn.Linear(2, 3), path)
    with pytest.raises(WeightFileError, match="of another network"):
        load_weights(torch.nn.Linear(3, 2), path)
    assert not list(tmp_path.glob("*.new"))


def test_the_index_lists_the_most_accurate_first(tmp_path: Path) -> None:
    evaluator, choices = pipeline()
    others = [choices | {"conv1.kernel": kernel} for kernel in (1, 3, 5)]
    evaluations = [
        Evaluation(one, {"accuracy": share})
        for one, share in zip(others, (0.5, 0.9, 0.7), strict=True)
    ] + [Evaluation(choices | {"conv1.kernel": 7}, {"accuracy": 1.0}, "never learnt")]
    write_index(tmp_path / FOLDER, evaluator.build, most_accurate(evaluations, 2))
    found = kept_weights(tmp_path)
    assert [one.choices["conv1.kernel"] for one in found] == [3, 5]
    with pytest.raises(KeptWeightsError, match="kept the weights of 2 designs, not of 3"):
        kept_at(tmp_path, 3)
    with pytest.raises(KeptWeightsError, match="is missing"):
        kept_at(tmp_path, 1)


def test_a_run_without_weights_says_how_to_keep_them(tmp_path: Path) -> None:
    with pytest.raises(KeptWeightsError, match=r"kept no weights .*experiment=pnas"):
        kept_weights(tmp_path)
    (tmp_path / FOLDER).mkdir()
    (tmp_path / FOLDER / "index.json").write_text("[]")
    with pytest.raises(KeptWeightsError, match="cannot be read"):
        kept_weights(tmp_path)
