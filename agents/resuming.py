"""What a search must have in common with the one it continues."""

import json
import textwrap
from pathlib import Path

from agents.usage import UsageError, differences
from envs.problem import Problem
from envs.store import EvaluationStore

LINE_LENGTH = 200


def keep_to_context(store: EvaluationStore, problem: Problem, run_dir: Path) -> None:
    """Keep results of other code or data files out of a search; a new store notes its own.

    Raises:
        UsageError: If the store was filled by another cost model, or with other data files.
    """
    here = json.loads(json.dumps(problem.context))  # as it comes back from the store
    there = store.context()
    if there is None and not len(store):
        store.keep_context(here)
        return
    different = differences(there, here) if there else ["which ones, it does not say"]
    if different:
        what = textwrap.shorten(different[0], LINE_LENGTH, placeholder=" ...")
        raise UsageError(
            f"resume: {run_dir} was evaluated with other code or data files: {what}; "
            "begin a new run"
        )
