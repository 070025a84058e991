"""A search that others need: run to its end in a folder, from where it was stopped."""

import shutil
from contextlib import closing
from pathlib import Path

from agents.finished import has_summary
from agents.flow_finishing import plain
from agents.flow_settings import read_summary
from agents.making import check_agent
from agents.problems import load_data, problem_of, space_of
from agents.rundir import RunDirectory, refuse_another
from agents.saved import left_if_begun
from agents.settings import RunSettings
from agents.usage import UsageError, saved_config
from envs.joint_blocks import BlocksFamily


def search_to_end(settings: RunSettings, path: Path, shared: Path | None = None) -> int:
    """Search in a folder, unless that is finished there; return the exit code.

    Args:
        shared: A run of the same seed, whose supernet is taken over if it trained one.

    Raises:
        UsageError: If there is a run of another configuration or length, or the search cannot be.
    """
    settings = settings.model_copy(update={"run_dir": str(path)})
    if (path / "config.yaml").is_file():
        refuse_another(path, plain(settings))
        _check_length(settings, path)
        settings = settings.model_copy(update={"resume": str(path)})
    if has_summary(path):
        return 0
    check_agent(settings, space_of(settings))
    problem = problem_of(settings)
    load_data(problem)
    from agents.session import run_session  # noqa: PLC0415 (torch stays out of mistakes)

    directory = RunDirectory.reopen(path) if settings.resume else RunDirectory.create(settings)
    with closing(directory), left_if_begun(directory):
        if shared is not None:
            _take_over(shared / BlocksFamily.file, path / BlocksFamily.file)
        return run_session(settings, problem, directory)


def _take_over(there: Path, here: Path) -> None:
    if there.is_file() and not here.is_file():
        copied = here.with_name(here.name + ".new")  # whole or not at all
        shutil.copyfile(there, copied)
        copied.replace(here)


def _check_length(settings: RunSettings, path: Path) -> None:
    """Refuse a finished search of another length: what follows depends on it."""
    if settings.search.budget is None:  # all that the agent tries
        budget = saved_config(path, "run_dir")["search"]["budget"]
    else:
        budget = read_summary(path).get("budget") if has_summary(path) else settings.search.budget
    if budget != settings.search.budget:
        raise UsageError(
            f"search.budget: {path} is finished with {budget} designs, not "
            f"{settings.search.budget}; choose another directory"
        )
