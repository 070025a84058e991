import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from snn import cell_training
from snn.augmentation import Augmentation, Normalization
from snn.cell_accuracy import Chips, cell_accuracy, cell_accuracy_under_variation
from snn.cell_checkpoint import CheckpointError, fingerprint
from snn.cell_modules import CellModules, build_cells
from snn.cell_network import CellNetwork
from snn.cell_recipe import CellRecipe
from snn.cell_training import Epoch, Run, TrainedCells, train_cells
from snn.cells import Cell
from snn.datasets import Dataset
from snn.digits import digits
from snn.macro import Macro
from snn.quantization import WeightFormat
from snn.stored_weights import gaussian
from snn.training import TrainingError
from snn.weight_formats import weight_layers

CHAIN = Cell.of((1, 0, 0, 1, 0, 1), "neuronas")
SMALL = CellNetwork((CHAIN,), Macro.preset("digits", channels=4, hidden_features=32, n_classes=2))
RECIPE = CellRecipe.preset(
    "adamw", epochs=4, batch_size=16, learning_rate=0.02, validation_ratio=0.2
)


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> Iterator[None]:
    """Networks this small only wait for a second thread."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


class StoppedError(Exception):
    """What a user's Ctrl-C is to a training."""


@pytest.fixture(scope="module")
def halves() -> Dataset:
    """Bright above or bright below: two classes that anything can tell apart."""
    images = 0.3 * torch.rand(120, 1, 8, 8, generator=torch.Generator().manual_seed(0))
    labels = torch.arange(120) % 2
    images[labels == 0, :, :4] += 0.6
    images[labels == 1, :, 4:] += 0.6
    return Dataset(images[:80], labels[:80], images[80:], labels[80:], 2)


def same(one: TrainedCells[CellModules], other: TrainedCells[CellModules]) -> bool:
    weights = (trained.module.state_dict() for trained in (one, other))
    pairs = zip(*(state.values() for state in weights), strict=True)
    is_same = all(torch.equal(*pair) for pair in pairs)
    return is_same and one.history == other.history and one.best_epoch == other.best_epoch


def test_a_network_learns_to_tell_two_halves_apart(halves: Dataset) -> None:
    trained = train_cells(SMALL, halves, replace(RECIPE, epochs=8), seed=0)
    assert trained.test_accuracy >= 0.95
    assert trained.history[-1].loss < trained.history[0].loss


def test_the_same_seed_gives_the_same_network_and_another_seed_another(halves: Dataset) -> None:
    one, again, other = (train_cells(SMALL, halves, RECIPE, seed) for seed in (3, 3, 4))
    assert same(one, again)
    assert not same(one, other)


def test_training_leaves_the_global_random_state_alone(halves: Dataset) -> None:
    before = torch.get_rng_state()
    train_cells(SMALL, halves, replace(RECIPE, epochs=1, deviation_ratio=0.05), seed=0)
    assert torch.equal(before, torch.get_rng_state())


@pytest.mark.parametrize(
    "recipe",
    [
        RECIPE,
        replace(RECIPE, optimizer="sgd", schedule="cosine", learning_rate=0.1),
        replace(RECIPE, deviation_ratio=0.05, weight_format=WeightFormat(4)),
        replace(RECIPE, weight_format=WeightFormat(6, rounding="stochastic")),
    ],
)
def test_a_training_that_was_cut_off_ends_as_the_unbroken_one(
    halves: Dataset, tmp_path: Path, recipe: CellRecipe
) -> None:
    network = replace(SMALL, macro=replace(SMALL.macro, dropout_ratio=0.3))

    def stop(epoch: Epoch) -> None:
        if epoch.number == 2:
            raise StoppedError

    checkpoint = tmp_path / "cells.pt"
    with pytest.raises(StoppedError):
        train_cells(network, halves, recipe, 0, Run(checkpoint=checkpoint, on_epoch=stop))
    seen: list[int] = []
    run = Run(checkpoint=checkpoint, on_epoch=lambda epoch: seen.append(epoch.number))
    resumed = train_cells(network, halves, recipe, 0, run)
    assert seen == [3, 4]
    assert same(resumed, train_cells(network, halves, recipe, 0))


def test_a_finished_training_is_read_back(halves: Dataset, tmp_path: Path) -> None:
    def refused(epoch: Epoch) -> None:
        pytest.fail(f"epoch {epoch.number} was trained again")

    run = Run(checkpoint=tmp_path / "cells.pt")
    first = train_cells(SMALL, halves, RECIPE, 0, run)
    again = train_cells(SMALL, halves, RECIPE, 0, replace(run, on_epoch=refused))
    assert same(first, again)
    assert first.test_accuracy == again.test_accuracy


def changed_data(data: Dataset) -> dict[str, Dataset]:
    """The same but for one thing."""
    pixels = data.train_images.clone()
    pixels[len(pixels) // 2, 0, 0, 0] += 1
    return {
        "a pixel": replace(data, train_images=pixels),
        "labels of tests": replace(data, test_labels=1 - data.test_labels),
        "images of tests": replace(data, test_images=data.test_images.flip(0)),
        "normalization": replace(data, normalization=Normalization((0.5,), (1.0,))),
        "augmentation": replace(data, augmentation=Augmentation(padding=1)),
    }


CHANGES = ("a pixel", "labels of tests", "images of tests", "normalization", "augmentation")


@pytest.mark.parametrize("other", CHANGES)
def test_a_fingerprint_covers_all_of_the_data(halves: Dataset, other: str) -> None:
    assert fingerprint("", halves, None) == fingerprint("", replace(halves), None)
    assert fingerprint("", halves, None) != fingerprint("", changed_data(halves)[other], None)


def test_a_fingerprint_covers_the_weights_to_begin_with(halves: Dataset) -> None:
    module = build_cells(SMALL, torch.Generator().manual_seed(0))
    start = module.state_dict()
    drawn, told = fingerprint("", halves, None), fingerprint("", halves, start)
    with torch.no_grad():
        next(module.parameters()).flatten()[-1] += 1
    assert len({drawn, told, fingerprint("", halves, module.state_dict())}) == 3


@pytest.mark.parametrize("other", ["seed", "recipe", "network", "data"])
def test_the_checkpoint_of_another_training_is_refused(
    halves: Dataset, tmp_path: Path, other: str
) -> None:
    run = Run(checkpoint=tmp_path / "cells.pt")
    short = replace(RECIPE, epochs=1)
    train_cells(SMALL, halves, short, 0, run)
    network = CellNetwork((CHAIN, CHAIN), SMALL.macro) if other == "network" else SMALL
    recipe = replace(short, weight_format=WeightFormat(4)) if other == "recipe" else short
    data = replace(halves, train_labels=1 - halves.train_labels) if other == "data" else halves
    with pytest.raises(CheckpointError, match="another network, data set, recipe or seed"):
        train_cells(network, data, recipe, 1 if other == "seed" else 0, run)


def test_a_broken_checkpoint_is_refused(halves: Dataset, tmp_path: Path) -> None:
    path = tmp_path / "cells.pt"
    path.write_bytes(b"not a checkpoint")
    with pytest.raises(CheckpointError, match=r"cells\.pt: no checkpoint that can be read"):
        train_cells(SMALL, halves, RECIPE, 0, Run(checkpoint=path))


@pytest.mark.parametrize("lost", ["module", "optimizer", "generator", "history", "best_epoch"])
def test_a_checkpoint_that_lacks_something_is_refused(
    halves: Dataset, tmp_path: Path, lost: str
) -> None:
    run = Run(checkpoint=(path := tmp_path / "cells.pt"))
    short = replace(RECIPE, epochs=1)
    train_cells(SMALL, halves, short, 0, run)
    content = torch.load(path, weights_only=True)
    del content[lost]
    torch.save(content, path)
    with pytest.raises(CheckpointError, match=r"cells\.pt: no checkpoint that can be read"):
        train_cells(SMALL, halves, short, 0, run)


def test_the_best_epoch_is_kept_and_of_equals_the_later_one(halves: Dataset) -> None:
    trained = train_cells(SMALL, halves, replace(RECIPE, learning_rate=0.2), seed=0)
    found = [epoch.validation_accuracy for epoch in trained.history]
    best = max(value for value in found if value is not None)
    assert trained.best_epoch == max(i for i, one in enumerate(found, 1) if one == best)


def test_the_network_gets_back_the_weights_of_the_best_epoch(halves: Dataset) -> None:
    trainer = cell_training._Trainer(SMALL, halves, RECIPE, 0, Run())
    trainer.epoch()
    best = {name: one.clone() for name, one in trainer.module.state_dict().items()}
    with torch.no_grad():
        for parameter in trainer.module.parameters():
            parameter.zero_()  # what an unlucky epoch might do
    found = trainer.result().module.state_dict()
    assert all(torch.equal(found[name], one) for name, one in best.items())


def test_without_validation_the_last_epoch_is_kept(halves: Dataset) -> None:
    trained = train_cells(SMALL, halves, replace(RECIPE, validation_ratio=0.0), seed=0)
    assert trained.best_epoch == 4
    assert {epoch.validation_accuracy for epoch in trained.history} == {None}


def test_images_kept_out_are_never_trained_on(halves: Dataset) -> None:
    recipe = replace(RECIPE, epochs=1, validation_ratio=0.5)
    order = torch.Generator().manual_seed(0)

    build_cells(SMALL, order)  # draws the weights first
    kept_out = torch.randperm(80, generator=order)[:40]
    other = halves.train_images.clone()
    other[kept_out] = 0.0
    one = train_cells(SMALL, halves, recipe, 0).module.state_dict()
    two = train_cells(SMALL, replace(halves, train_images=other), recipe, 0).module.state_dict()
    assert all(torch.equal(one[name], two[name]) for name in one)


@pytest.mark.parametrize(("schedule", "ratio"), [("cosine", 0.01), ("one-cycle", 4e-6)])
def test_a_schedule_ends_where_it_should(schedule: str, ratio: float) -> None:
    recipe = replace(RECIPE, optimizer="sgd", schedule=schedule, learning_rate=0.5)  # type: ignore[arg-type]
    optimizer = recipe.make_optimizer(torch.nn.Linear(1, 1))
    steps = recipe.make_schedule(optimizer, 50)
    for _ in range(50):
        optimizer.step()
        steps.step()
    assert optimizer.param_groups[0]["lr"] == pytest.approx(0.5 * ratio, rel=1e-6)


def test_quantized_training_fits_the_weights_to_the_format(halves: Dataset) -> None:
    format_ = WeightFormat(2)
    aware = train_cells(SMALL, halves, replace(RECIPE, epochs=8, weight_format=format_), seed=0)
    plain = train_cells(SMALL, halves, replace(RECIPE, epochs=8), seed=0)
    assert aware.test_accuracy == cell_accuracy(aware.module, halves, format_)
    assert aware.test_accuracy > 0.9
    assert not same(aware, plain)


@pytest.mark.parametrize("rounding", ["nearest", "truncate", "stochastic"])
@pytest.mark.parametrize("scope", ["tensor", "global"])
def test_quantized_training_works_in_every_format(
    halves: Dataset, tmp_path: Path, scope: str, rounding: str
) -> None:
    format_ = WeightFormat(6, scope, rounding)  # type: ignore[arg-type]
    recipe = replace(RECIPE, epochs=8, weight_format=format_)
    run = Run(checkpoint=tmp_path / "cells.pt")
    trained = train_cells(SMALL, halves, recipe, 0, run)
    assert trained.test_accuracy > 0.9
    assert trained.test_accuracy == cell_accuracy(trained.module, halves, format_, seeded())
    again = train_cells(SMALL, halves, recipe, 0, run)
    assert (again.history, again.test_accuracy) == (trained.history, trained.test_accuracy)


def test_the_network_that_is_tested_is_rounded_by_the_seed_alone(
    halves: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    states: list[torch.Tensor] = []

    def told(*arguments: Any) -> float:
        states.append(arguments[-1].get_state())
        return 0.0

    monkeypatch.setattr(cell_training, "cell_accuracy", told)
    format_ = WeightFormat(4, rounding="stochastic")
    train_cells(SMALL, halves, replace(RECIPE, epochs=1, weight_format=format_), seed=3)
    assert torch.equal(states[0], torch.Generator().manual_seed(3).get_state())


def test_weights_that_are_trained_stay_in_the_range_of_a_global_format(halves: Dataset) -> None:
    format_ = WeightFormat(4, "global", fraction_bits=5)  # of [-1/4, 7/32]
    trained = train_cells(SMALL, halves, replace(RECIPE, weight_format=format_), seed=0)
    for layer in weight_layers(trained.module).values():
        assert layer.weight.min() >= -0.25
        assert layer.weight.max() <= 0.21875


def test_bfloat16_learns_too(halves: Dataset) -> None:
    recipe = replace(RECIPE, epochs=8, precision="bfloat16")
    trained = train_cells(SMALL, halves, recipe, seed=0)
    assert trained.test_accuracy >= 0.9
    assert {one.dtype for one in trained.module.parameters()} == {torch.float32}
    assert not same(trained, train_cells(SMALL, halves, replace(RECIPE, epochs=8), seed=0))


def test_a_gpu_that_is_not_there_is_told(halves: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(ValueError, match="torch finds no GPU here; take cpu or auto"):
        train_cells(SMALL, halves, RECIPE, seed=0, run=Run(device="cuda"))


def test_float16_asks_for_a_gpu(halves: Dataset) -> None:
    with pytest.raises(ValueError, match=r"float16 needs a GPU, not 'cpu'; take bfloat16"):
        train_cells(SMALL, halves, replace(RECIPE, precision="float16"), seed=0)


def test_a_training_that_diverges_says_when(halves: Dataset) -> None:
    images = halves.train_images.clone()
    images[5] = math.nan
    with pytest.raises(TrainingError, match="diverged in epoch 1"):
        train_cells(SMALL, replace(halves, train_images=images), RECIPE, seed=0)


def test_images_that_do_not_fit_are_refused(halves: Dataset) -> None:
    wrong = CellNetwork((CHAIN,), Macro.preset("digits", channels=4))
    with pytest.raises(ValueError, match="of 10 classes, the data set has"):
        train_cells(wrong, halves, RECIPE, seed=0)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"schedule": "cosin"}, "schedule: no 'cosin'; did you mean 'cosine'"),
        ({"epochs": 0}, "at least 1 epoch"),
        ({"batch_size": 1}, "2 images a batch"),
        ({"learning_rate": math.nan}, "learning_rate needs a number above 0"),
        ({"validation_ratio": 1.0}, "validation_ratio: needs 0 or more, below 1"),
    ],
)
def test_a_recipe_that_cannot_be_is_refused(changes: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replace(RECIPE, **changes)  # type: ignore[arg-type]


def test_a_recipe_is_a_file_with_changes() -> None:
    """SNASNet's and SpikeNAS-Bench's public code: SGD at 0.1 with momentum 0.9, cosine to 1 %."""
    recipe = CellRecipe.preset("snasnet", epochs=3)
    assert (recipe.optimizer, recipe.learning_rate, recipe.momentum) == ("sgd", 0.1, 0.9)
    assert (recipe.schedule, recipe.final_ratio, recipe.weight_decay) == ("cosine", 0.01, 5e-4)
    assert recipe.epochs == 3
    with pytest.raises(ValueError, match="epoch: no such setting; did you mean 'epochs'"):
        CellRecipe.preset("adamw", epoch=3)
    with pytest.raises(ValueError, match="no recipe called 'adam'; did you mean 'adamw'"):
        CellRecipe.preset("adam")


def test_chips_without_errors_have_the_clean_accuracy(halves: Dataset) -> None:
    trained = train_cells(SMALL, halves, RECIPE, seed=0)
    chips = Chips(3, None, gaussian(0.0))
    found = cell_accuracy_under_variation(trained.module, halves, chips, seeded())
    assert (found.mean, found.deviation, found.worst) == (
        trained.test_accuracy, 0.0, trained.test_accuracy,
    )  # fmt: skip


def test_errors_of_the_size_of_the_weights_cost_accuracy_and_leave_no_trace(
    halves: Dataset,
) -> None:
    trained = train_cells(SMALL, halves, replace(RECIPE, epochs=8), seed=0)
    chips = Chips(8, WeightFormat(4), gaussian(1.0))
    before = {name: one.clone() for name, one in trained.module.state_dict().items()}
    found = cell_accuracy_under_variation(trained.module, halves, chips, seeded())
    again = cell_accuracy_under_variation(trained.module, halves, chips, seeded())
    assert found == again
    assert found.worst < found.mean < trained.test_accuracy
    after = trained.module.state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before)


def test_frames_of_events_are_seen_one_per_time_step(halves: Dataset) -> None:
    def framed(images: torch.Tensor) -> torch.Tensor:
        return (images > 0.5).to(torch.uint8).unsqueeze(1).repeat(1, 2, 1, 1, 1)

    frames = replace(
        halves,
        train_images=framed(halves.train_images),
        test_images=framed(halves.test_images),
        full_scale=1,
    )
    assert train_cells(SMALL, frames, replace(RECIPE, epochs=8), seed=0).test_accuracy > 0.9
    with pytest.raises(ValueError, match="takes 2 time steps, the data set has 1 frames"):
        train_cells(SMALL, replace(frames, train_images=frames.train_images[:, :1]), RECIPE, 0)


@pytest.mark.slow
def test_digits_reach_the_accuracy_that_was_measured_before() -> None:
    network = CellNetwork((CHAIN, CHAIN), Macro.preset("digits", timesteps=4))
    recipe = CellRecipe.preset("adamw", epochs=15, learning_rate=6e-3, validation_ratio=0.0)
    trained = train_cells(network, digits(), recipe, seed=0)
    assert trained.test_accuracy >= 0.982  # the lowest of three seeds of another code


def seeded() -> torch.Generator:
    return torch.Generator().manual_seed(0)
