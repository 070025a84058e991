"""Trains the network that a search found: progress, checkpoint, accuracy with and without noise."""

import time
from pathlib import Path
from typing import Any

from rich.console import Console

from agents.rundir import RunDirectory
from agents.saying import say
from agents.settings import RunSettings
from agents.training_progress import TrainingProgress
from envs.final_training import FinalTraining
from envs.neuronas_settings import NeuronasSettings
from snn.cell_checkpoint import OtherTrainingError
from snn.cell_modules import CellModules
from snn.cell_network import CellNetwork
from snn.cell_training import TrainedCells
from snn.training import VariedAccuracy

CHECKPOINT = "final.pt"


def final_training(
    settings: RunSettings, network: CellNetwork, directory: RunDirectory, console: Console
) -> dict[str, Any]:
    """Train, or go on training; return accuracies for the summary.

    Raises:
        TrainingError: If the network diverges.
        ValueError: If the images do not fit, or the machine lacks device or precision.
    """
    assert isinstance(settings.env, NeuronasSettings)  # noqa: S101 (what the caller found)
    job = FinalTraining(settings.env, settings.hardware, settings.dataset, settings.seed)
    start = time.monotonic()
    trained = _train(job, network, directory, console)
    chips = job.on_chips(trained)
    _tell(console, trained, chips, time.monotonic() - start, job)
    found: dict[str, Any] = {
        "test_accuracy": trained.test_accuracy,
        "best_epoch": trained.best_epoch,
        "epochs": len(trained.history),
        "weight_deviation_ratio": job.deviation_ratio,
        "torch_device": job.torch_device,
        "precision": job.recipe.precision,
    }
    if chips is not None:
        found |= {"accuracy": chips.mean, "accuracy_deviation": chips.deviation,
                  "worst_accuracy": chips.worst}  # fmt: skip
    return found


def _train(
    job: FinalTraining, network: CellNetwork, directory: RunDirectory, console: Console
) -> TrainedCells[CellModules]:
    """Train; what was trained of something else before, or in another way, is set aside."""
    checkpoint = directory.path / CHECKPOINT
    if not checkpoint.exists():
        directory.forget_training()
    with TrainingProgress(console, job.recipe.epochs) as progress:
        try:
            return job.train(network, checkpoint, progress.on_epoch)
        except OtherTrainingError:
            kept = _free(checkpoint)
            say(
                console,
                f"{checkpoint.name} is of another network, recipe, precision, data or version: it "
                f"is kept as {kept.name}, and training begins anew",
            )
            directory.forget_training()
            checkpoint.replace(kept)
            return job.train(network, checkpoint, progress.on_epoch)


def _free(checkpoint: Path) -> Path:
    """A name for what is set aside; nothing that was set aside before is lost."""
    path, n = checkpoint.with_suffix(".before.pt"), 1
    while path.exists():
        n += 1
        path = checkpoint.with_suffix(f".before.{n}.pt")
    return path


def _tell(
    console: Console,
    trained: TrainedCells[CellModules],
    chips: VariedAccuracy | None,
    wall_s: float,
    job: FinalTraining,
) -> None:
    told = (
        f"trained {len(trained.history)} epochs in {wall_s:.0f} s on {job.torch_device} "
        f"({job.recipe.precision}); best epoch {trained.best_epoch}\n"
        f"test accuracy {100 * trained.test_accuracy:.2f} % with weights of {_bits_told(job)}"
    )
    if chips is not None:
        told += (
            f"\non sampled chips of {job.hardware.device} "
            f"({job.hardware.variation or 'its own deviation'}), weights of "
            f"{job.settings.weight_bits} bits: mean {100 * chips.mean:.2f} %, "
            f"deviation {100 * chips.deviation:.2f}, worst {100 * chips.worst:.2f} %"
        )
    say(console, told)


def _bits_told(job: FinalTraining) -> str:
    is_rounded = job.settings.training.is_rounded
    return f"{job.settings.weight_bits} bits" if is_rounded else "full precision"
