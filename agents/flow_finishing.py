"""A flow that others need: run to its end, from where it was stopped."""

import shutil
from contextlib import closing
from pathlib import Path
from typing import Any

from agents.flow_settings import FINE_TUNING, SEARCH, check_flow, check_length
from agents.problems import load_data, problem_of
from agents.rundir import RunDirectory, refuse_another
from agents.settings import RunSettings


def finish(settings: RunSettings, path: Path, shared: Path | None = None) -> int:
    """Run a flow in a folder, unless it is finished there; return its exit code.

    Args:
        shared: A finished flow that differs in its rNAS alone, whose other stages are taken over.

    Raises:
        UsageError: If there is a run of another configuration, or the flow cannot be made.
    """
    settings = settings.model_copy(update={"run_dir": str(path)})
    if (path / "config.yaml").is_file():
        refuse_another(path, plain(settings))
        check_length(settings, path)
        settings = settings.model_copy(update={"resume": str(path)})
    if (path / "summary.json").is_file():
        return 0
    check_flow(settings)
    load_data(problem_of(settings))
    from agents.flow import run_flow  # noqa: PLC0415 (torch stays out of mistakes)

    directory = RunDirectory.reopen(path) if settings.resume else RunDirectory.create(settings)
    with closing(directory):
        if shared is not None:
            _take_over(shared, path)
        return run_flow(settings, directory)


def _take_over(shared: Path, path: Path) -> None:
    for stage in (SEARCH, FINE_TUNING):
        if not (path / stage).is_dir():
            copied = path / f"{stage}.new"  # whole or not at all
            shutil.rmtree(copied, ignore_errors=True)
            shutil.copytree(shared / stage, copied)
            copied.rename(path / stage)


def plain(settings: RunSettings) -> dict[str, Any]:
    """The settings as a file has them."""
    return settings.model_dump(mode="json", by_alias=True)
