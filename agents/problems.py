"""Settings -> problem, with every mistake as one line; loads nothing heavy."""

import sys
from pathlib import Path

from agents.settings import RunSettings
from agents.usage import UsageError
from envs.assembly import make_problem
from envs.problem import Problem


def problem_of(settings: RunSettings) -> Problem:
    """Build the problem.

    Raises:
        UsageError: If the settings fit together nowhere.
    """
    sys.path.insert(0, str(Path.cwd()))  # a user's own reward lies where they stand
    try:
        return make_problem(settings)
    except ValueError as error:
        raise UsageError(str(error).splitlines()[0]) from error
