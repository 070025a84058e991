"""Settings -> problem, with every mistake as one line; loads nothing heavy."""

import sys
from pathlib import Path

from agents.settings import RunSettings
from agents.usage import UsageError
from envs.assembly import make_problem
from envs.evaluators import TrainedAccuracy
from envs.problem import Problem
from envs.settings import ToySettings
from hwmodels.compiled import is_stored
from hwmodels.rules import RULES

NOTICE = "compiling the cost model, once on this machine: about 40 s ...\n"


def needs_compiling(settings: RunSettings) -> bool:
    """Whether the first price will take its time."""
    is_real = not isinstance(settings.env, ToySettings) and settings.env.evaluator == "real"
    return is_real and settings.hardware.model in RULES and not is_stored()


def load_data(problem: Problem) -> None:
    """Have the data for training designs ready, before any process needs it.

    Raises:
        UsageError: If it can neither be found nor downloaded.
    """
    for stage in getattr(problem.evaluator, "stages", ()):
        if isinstance(stage, TrainedAccuracy) and "source" in stage.dataset:
            from envs.data import load  # noqa: PLC0415 (torch stays out of mistakes)

            try:
                load(**stage.dataset)
            except ValueError as error:
                raise UsageError(str(error).splitlines()[0]) from error


def problem_of(settings: RunSettings) -> Problem:
    """Build the problem.

    Raises:
        UsageError: If the settings fit together nowhere.
    """
    if needs_compiling(settings):
        sys.stderr.write(NOTICE)
    sys.path.insert(0, str(Path.cwd()))  # a user's own reward lies where they stand
    try:
        return make_problem(settings)
    except ValueError as error:
        raise UsageError(str(error).splitlines()[0]) from error
