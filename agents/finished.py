"""What a finished run has found, read back from its directory."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from agents.usage import UsageError, saved_config, validated
from envs.neuronas_settings import NeuronasSettings
from envs.space import SearchSpace


def summary_of(run_dir: Path) -> dict[str, Any]:
    """Read the summary of a finished run that found something.

    Raises:
        UsageError: If there is no finished run, or it found no feasible design.
    """
    path = run_dir / "summary.json"
    if not path.is_file():
        raise UsageError(f"{run_dir} holds no finished run (there is no {path})")
    try:
        summary = dict(json.loads(path.read_text("utf-8")))
        if "flow" in summary:
            raise UsageError(
                f"{run_dir}: is a flow; name one of its stages: {run_dir / '1-search'}"
            )
        best = summary["best"]
        summary["best"] = None if best is None else dict(best) | {"design": dict(best["design"])}
    except UsageError:
        raise
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise UsageError(f"{path} cannot be read: {error!r}") from error
    if summary["best"] is None:
        raise UsageError(f"{run_dir}: the search found no feasible design")
    return summary


def has_summary(run_dir: Path) -> bool:
    """Whether a run has been finished."""
    return (run_dir / "summary.json").is_file()


def best_design(run_dir: Path) -> dict[str, Any]:
    """Read the best design of a finished run.

    Raises:
        UsageError: If there is no finished run, or it found no feasible design.
    """
    design: dict[str, Any] = summary_of(run_dir)["best"]["design"]
    return design


def check_design(
    choices: Mapping[str, Any],
    space: SearchSpace,
    run_dir: Path,
    whose: str = "summary.json: its best design",
) -> None:
    """Refuse a design that is not of the run's space.

    Raises:
        UsageError: With the decision that does not fit.
    """
    try:
        for decision in space.decisions:
            decision.index(choices[decision.name])
        if not space.contains(space.encode(choices)):
            raise ValueError("its choices do not fit together")
    except (LookupError, ValueError) as error:
        raise UsageError(f"{run_dir / whose} is none of this run's space: {error}") from error


def is_of_cells(run_dir: Path) -> bool:
    """Whether a finished run searched for cells of spiking networks.

    Raises:
        UsageError: If there is no finished run, or its configuration cannot be read.
    """
    summary_of(run_dir)
    settings = validated(saved_config(run_dir, "run_dir"))
    return isinstance(settings.env, NeuronasSettings)
