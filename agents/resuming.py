"""What a search must have in common with the one it continues."""

import json
import textwrap
from pathlib import Path

from agents.base import Agent
from agents.loop import SearchState, replayed
from agents.observers import load_checkpoint
from agents.rundir import RunDirectory
from agents.usage import UsageError, differences
from envs.problem import Problem
from envs.service import EvaluationService
from envs.store import EvaluationStore, digest

LINE_LENGTH = 200
TYPES = {"agent": dict, "visits": str, "n_visits": int, "n_stale": int, "wall_s": float}


class CheckpointError(ValueError):
    """A checkpoint that a search cannot go on from; the message says why."""


def refuse_lost_store(directory: RunDirectory) -> None:
    """Refuse to go on with a search whose evaluations are gone.

    Raises:
        UsageError: If there is a checkpoint without the store that it speaks of.
    """
    is_there = directory.store.is_file()
    if directory.checkpoint.exists() and not (is_there and directory.store.stat().st_size):
        raise UsageError(
            f"resume: {directory.store} is {'empty' if is_there else 'missing'}, and with it every "
            "evaluation; put it back, or begin a new run"
        )


def refuse_small_budget(store: EvaluationStore, budget: int) -> None:
    """Refuse a budget that is spent already.

    Raises:
        UsageError: If more designs than the budget have been searched.
    """
    n_done = len({key for _, key, _ in store.visits()})
    if budget < n_done:
        raise UsageError(
            f"search.budget: {n_done} designs are searched already; "
            f"needs at least {n_done}, got {budget}"
        )


def restored(
    path: Path, problem: Problem, service: EvaluationService, agent: Agent
) -> tuple[SearchState, float]:
    """Take up a checkpoint: give the agent its state, return that of the loop and the time spent.

    Raises:
        CheckpointError: If it is missing, damaged, or of another search than the store.
    """
    saved = load_checkpoint(path)
    if saved is None:
        raise CheckpointError(f"there is no {path.name} that can be read")
    if not all(isinstance(saved.get(name), kind) for name, kind in TYPES.items()):
        raise CheckpointError(f"{path.name} is damaged")
    visits = service.store.visits()[: saved["n_visits"]]
    if digest([key for _, key, _ in visits]) != saved["visits"]:
        raise CheckpointError(f"{path.name} is of another search than the stored evaluations")
    try:
        state = replayed(problem, service, visits)
    except LookupError as error:
        raise CheckpointError(str(error)) from error
    state.n_stale = saved["n_stale"]
    try:
        agent.load_state_dict(saved["agent"])
    except Exception as error:  # whatever an agent makes of the state of another
        raise CheckpointError(f"{path.name} is damaged") from error
    return state, saved["wall_s"]


def spent(path: Path) -> float:
    """The time that a search has taken, by its checkpoint; 0 if there is none that can be read."""
    wall_s = (load_checkpoint(path) or {}).get("wall_s")
    return wall_s if isinstance(wall_s, float) else 0.0


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
        what = _told(different[0])
        raise UsageError(
            f"resume: {run_dir} was evaluated with other code or data files: {what}; "
            "begin a new run"
        )


def _told(difference: str) -> str:
    """Say what differs; digests of a table would tell nobody anything."""
    if difference.partition(" ")[0].endswith("spikenas_bench"):
        return "the content of the table spikenas_bench.path differs"
    return textwrap.shorten(difference, LINE_LENGTH, placeholder=" ...")
