"""What follows a co-exploration: fixed hardware beside it, full training of survivors, Table IV."""

import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from typing import Any

from rich.console import Console
from rich.table import Table

from agents.comparison import Contender, contenders, fixed_search
from agents.loop import SearchState
from agents.plots import plot_contenders
from agents.rundir import RunDirectory
from agents.saying import say
from agents.settings import RunSettings
from agents.survivors import Survivor, confirmed_survivor, survivors_of, trained_survivor
from agents.table_of_networks import row_of, table_of
from agents.targets import refuse_unmet, wanted_targets
from agents.usage import UsageError
from envs.ancoef_problem import COSTS
from envs.coexplore_evaluator import CoexploreEvaluator
from envs.coexplore_networks import CandidateNetworks
from envs.evaluation import Evaluation
from envs.problem import Problem
from envs.store import EvaluationStore

PICTURE = "fronts.png"
WIDTH = 104  # of the table in a file or a pipe


def coexplored(
    settings: RunSettings,
    problem: Problem,
    state: SearchState,
    directory: RunDirectory,
    console: Console,
) -> dict[str, Any]:
    """Compare, train and confirm; return more for the summary.

    Raises:
        UsageError: If every network was dropped, with the targets that none came near; or if the
            training of a survivor fails.
    """
    evaluator, targets = problem.evaluator, wanted_targets(settings)
    assert isinstance(evaluator, CoexploreEvaluator)  # noqa: S101 (asked by the caller)
    evaluations = _evaluations(directory, state)
    told: dict[str, Any] = {}
    if evaluator.settings.is_compared:
        fixed = fixed_search(settings, problem, len(evaluations), directory, console)
        told["comparison"] = _compared(evaluations, fixed, targets, directory, console)
    chosen = survivors_of(evaluations, targets)
    if not chosen:
        refuse_unmet(targets, _simulated(evaluations))
        return told
    survivors = _trained(settings, evaluator, chosen, console)
    thread_s = _supernet_s(evaluator.networks, directory)
    thread_s += sum(one.wall_s for one in evaluations) + sum(one.wall_s for one in survivors)
    return told | _told(settings, evaluator, survivors, thread_s, console)


def _evaluations(directory: RunDirectory, state: SearchState) -> list[Evaluation]:
    with closing(EvaluationStore(directory.store)) as store:
        keys = dict.fromkeys(key for key, _ in state.visits)
        return [found for key in keys if (found := store.get(key))]


def _simulated(evaluations: Sequence[Evaluation]) -> list[Mapping[str, float]]:
    """What was simulated, whatever became of it."""
    return [one.metrics for one in evaluations if set(COSTS) <= set(one.metrics)]


def _compared(
    ours: Sequence[Evaluation],
    fixed: Sequence[Evaluation],
    targets: Mapping[str, float],
    directory: RunDirectory,
    console: Console,
) -> dict[str, Any]:
    searches = {"co-exploration": ours, "fixed hardware": fixed}
    found = contenders(searches, targets)
    if not found:
        return {}
    plot_contenders(
        directory.path / PICTURE,
        {one.name: (one.evaluations, one.met, one.front) for one in found},
    )
    console.print(_comparison(found, len(ours)))
    say(console, f"both fronts: {directory.path / PICTURE}")
    return {one.name: one.plain() for one in found}


def _comparison(found: Sequence[Contender], n: int) -> Table:
    table = Table(title=f"accuracy against EDP, {n} networks each")
    titles = ("", "simulated", "meet all targets", "on the front", "hypervolume", "of all")
    for title in titles:
        table.add_column(title, justify="left" if not title else "right")
    for one in found:
        counts = (len(one.evaluations), len(one.met), len(one.front))
        shares = (one.hypervolume, one.hypervolume_of_all)
        table.add_row(one.name, *(str(n) for n in counts), *(f"{one:.4f}" for one in shares))
    return table


def _trained(
    settings: RunSettings,
    evaluator: CoexploreEvaluator,
    chosen: Sequence[Evaluation],
    console: Console,
) -> list[Survivor]:
    """Train the best few; more of them as long as none meets the targets with its new spikes."""
    survivors: list[Survivor] = []
    try:
        for one in chosen:
            is_enough = len(survivors) >= evaluator.settings.n_survivors
            if is_enough and any(survivor.is_met for survivor in survivors):
                break
            survivors.append(trained_survivor(evaluator, one, settings.seed, console))
    except ValueError as error:
        raise UsageError(
            f"full training: {error}; the search itself is saved in {evaluator.place}"
        ) from error
    return survivors


def _supernet_s(networks: CandidateNetworks, directory: RunDirectory) -> float:
    """How long the supernet was trained, in all sittings."""
    trained = networks.train(directory.path, lambda _epoch: None)  # read from its checkpoint
    n_images = len(networks.held_out.train_labels)
    return sum(n_images / epoch.images_per_s for epoch in trained.history)


def _told(
    settings: RunSettings,
    evaluator: CoexploreEvaluator,
    survivors: Sequence[Survivor],
    thread_s: float,
    console: Console,
) -> dict[str, Any]:
    supernet = evaluator.networks.supernet
    by_accuracy = sorted(survivors, key=lambda one: (not one.is_met, -one.metrics["accuracy"]))
    rows = [
        replace(
            row_of(settings.dataset.name, one.blocks, supernet.timesteps, one.metrics, thread_s),
            misses_target=not one.is_met,
        )
        for one in by_accuracy
    ]
    wide = console if console.is_terminal else Console(width=WIDTH)
    wide.print(table_of(rows))
    answer = by_accuracy[0] if by_accuracy[0].is_met else None
    told = {
        "survivors": [one.plain() for one in by_accuracy],
        "timesteps": supernet.timesteps,
        "thread_hours": thread_s / 3600,
        "answer": answer and answer.blocks,
    }
    if answer is not None:
        told["confirmed"] = _confirmed(evaluator, answer, console)
    return told


def _confirmed(evaluator: CoexploreEvaluator, answer: Survivor, console: Console) -> dict[str, Any]:
    start = time.monotonic()
    both = confirmed_survivor(evaluator, answer)
    verdict = "equal" if both["is_equal"] else f"DIFFER in {', '.join(both['different'])}"
    accuracy = 100 * answer.metrics["accuracy"]
    say(
        console,
        f"{answer.blocks}: {accuracy:.2f} % of the test images, all targets met; "
        f"figures of the actor engine: {verdict} ({time.monotonic() - start:.0f} s)",
    )
    return both
