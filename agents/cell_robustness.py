"""How the network that a run of env=neuronas has trained does on sampled chips."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from rich.console import Console
from rich.table import Table

from agents.saying import say
from agents.trained_run import TrainedRun, trained_run
from agents.usage import UsageError
from configs import catalog
from configs.whole_file import replace_text
from envs.final_training import FinalTraining

COLUMNS = {
    "weight_deviation_ratio": "error of a weight",
    "accuracy": "mean",
    "accuracy_deviation": "deviation",
    "worst_accuracy": "worst",
}
OWN = "its own deviation"


def measure_cells(run_dir: Path, n_chips: int, seed: int, variations: Sequence[str] | None) -> int:
    """Measure, write ``robustness.json`` and tell; return the exit code.

    Args:
        seed: Of the chips; each variation has as many, from the same seed.
        variations: What chips do to their cells; None for what the run was trained for.

    Raises:
        UsageError: If the run has trained no network, its data are gone, or there is no such
            variation.
    """
    _check_names(variations)
    found = trained_run(run_dir)
    torch.set_num_threads(1)  # the same sums as when it was trained
    asked = found.job.settings.training.torch_device
    found.module.to("cuda" if asked != "cpu" and torch.cuda.is_available() else "cpu")
    report = _report(found, n_chips, seed, variations)
    replace_text(run_dir / "robustness.json", json.dumps(report, indent=2) + "\n")
    _tell(report, found.job)
    return 0


def _check_names(variations: Sequence[str] | None) -> None:
    known = catalog.names("variation")
    for name in variations or ():
        if name not in known:
            raise UsageError(f"--variation: {catalog.UnknownNameError('variation', name, known)}")


def _report(
    found: TrainedRun, n_chips: int, seed: int, variations: Sequence[str] | None
) -> dict[str, Any]:
    job, own = found.job, found.job.hardware.variation
    try:
        outcomes = {
            name or OWN: _measured(found, _with(job, name), n_chips, seed)
            for name in variations or (own,)
        }
        clean = job.rounded_accuracy(found.module)
    except ValueError as error:
        raise UsageError(str(error).splitlines()[0]) from error
    return {
        "chips": n_chips,
        "seed": seed,
        "design": found.choices,
        "clean_accuracy": clean,
        "outcomes": outcomes,
    }


def _with(job: FinalTraining, variation: str | None) -> FinalTraining:
    """The same network, on chips of this variation."""
    return replace(job, hardware=job.hardware.model_copy(update={"variation": variation}))


def _measured(found: TrainedRun, job: FinalTraining, n_chips: int, seed: int) -> dict[str, float]:
    generator = torch.Generator().manual_seed(seed)
    chips = job.sampled(found.module, n_chips, generator)
    return {
        "weight_deviation_ratio": job.deviation_ratio,
        "accuracy": chips.mean,
        "accuracy_deviation": chips.deviation,
        "worst_accuracy": chips.worst,
    }


def _tell(report: Mapping[str, Any], job: FinalTraining) -> None:
    table = Table(title=f"accuracy on {report['chips']} sampled chips")
    table.add_column("variation")
    for title in COLUMNS.values():
        table.add_column(title, justify="right")
    for variation, outcome in report["outcomes"].items():
        table.add_row(variation, *(f"{100 * outcome[name]:.2f} %" for name in COLUMNS))
    console = Console()
    console.print(table)
    say(
        console,
        f"{job.hardware.device}; {100 * report['clean_accuracy']:.2f} % with weights of "
        f"{job.settings.weight_bits} bits and no variation",
    )
