"""Settings -> problem, with every mistake as one line; loads nothing heavy."""

import sys
from pathlib import Path

from agents.settings import RunSettings
from agents.usage import UsageError
from envs.assembly import make_problem
from envs.problem import Problem
from envs.settings import NacimSettings
from hwmodels.compiled import STORE
from hwmodels.rules import RULES


def _is_priced_by_compiled_code(settings: RunSettings) -> bool:
    is_real = isinstance(settings.env, NacimSettings) and settings.env.evaluator == "real"
    return is_real and settings.hardware.model in RULES


def problem_of(settings: RunSettings) -> Problem:
    """Build the problem.

    Raises:
        UsageError: If the settings fit together nowhere.
    """
    if _is_priced_by_compiled_code(settings):
        STORE.announce()
    sys.path.insert(0, str(Path.cwd()))  # a user's own reward lies where they stand
    try:
        return make_problem(settings)
    except ValueError as error:
        raise UsageError(str(error).splitlines()[0]) from error
