"""What follows a search: for cells budgets, savings, training, regret; hardware, mappings."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from agents.loop import SearchState
from agents.rundir import RunDirectory
from agents.saying import say
from agents.settings import RunSettings
from agents.usage import UsageError
from envs.ancoef_evaluator import AncoefEvaluator
from envs.cell_evaluator import CellEvaluator
from envs.coexplore_evaluator import CoexploreEvaluator
from envs.evaluation import Evaluation
from envs.joint_two_level import TwoLevelEvaluator
from envs.neuronas_settings import NeuronasSettings
from envs.problem import Problem
from envs.savings import Saving, savings
from envs.spikenas_bench import BenchAccuracy

UNITS = {  # metric: title, units per SI unit, unit
    "n_parameters": ("parameters", 1.0, ""),
    "memory_bits": ("memory", 1.0, "bit"),
    "area_m2": ("area", 1e6, "mm²"),
    "latency_s": ("latency", 1e3, "ms"),
    "energy_j": ("energy", 1e6, "µJ"),
}


def after_search(
    settings: RunSettings,
    problem: Problem,
    state: SearchState,
    directory: RunDirectory,
    console: Console,
) -> dict[str, Any]:
    """Tell what was found and what it costs, train a network; return more for the summary."""
    evaluator = problem.evaluator
    if isinstance(evaluator, CoexploreEvaluator):
        from agents.coexplored import coexplored  # noqa: PLC0415 (loads torch)

        return coexplored(settings, problem, state, directory, console)
    if state.best is not None and isinstance(evaluator, AncoefEvaluator):
        return _hardware(directory, console)
    if state.best is not None and isinstance(evaluator, TwoLevelEvaluator):
        from agents.mapping_report import mapping_found  # noqa: PLC0415 (it is of use here only)

        return mapping_found(settings, evaluator, state, directory, console)
    if state.best is None or not isinstance(evaluator, CellEvaluator):
        return {}
    return _cells(settings, evaluator, state.best[1], directory, console)


def _cells(
    settings: RunSettings,
    evaluator: CellEvaluator,
    best: Evaluation,
    directory: RunDirectory,
    console: Console,
) -> dict[str, Any]:
    assert isinstance(settings.env, NeuronasSettings)  # noqa: S101 (what makes such an evaluator)
    saved = savings(evaluator.costs, best.choices)
    console.print(_budgets(evaluator, best))
    console.print(_savings(saved))
    told: dict[str, Any] = {"savings": {one.metric: one.ratio for one in saved}}
    if isinstance(evaluator.quality, BenchAccuracy):
        return told | {"regret": _regret(evaluator.quality, best, console)}
    if not settings.env.training.epochs:
        console.print("no final training: env.training.epochs is 0", highlight=False)
        return told
    return told | {"trained": _trained(settings, evaluator, best, directory, console)}


def final_metrics(more: Mapping[str, Any]) -> list[dict[str, float]]:
    """Metrics of what was trained after a co-exploration; none after other searches."""
    return [one["metrics"] for one in more.get("survivors", ())]


def _hardware(directory: RunDirectory, console: Console) -> dict[str, Any]:
    """Write the report of a search for asynchronous hardware."""
    from agents.hardware_report import reported  # noqa: PLC0415 (it is of use here only)
    from agents.hardware_run import read_run  # noqa: PLC0415

    return {"hardware": reported(read_run(directory.path), console).for_summary}


def _budgets(evaluator: CellEvaluator, best: Evaluation) -> Table:
    table = Table(title="budgets")
    for title in ("", "budget", "used", "share"):
        table.add_column(title, justify="left" if not title else "right")
    bounds = {one.metric: one.bound for one in evaluator.constraints}
    for metric, (title, scale, unit) in UNITS.items():
        used, bound = best.metrics[metric], bounds.get(metric)
        table.add_row(
            f"{title} ({unit})" if unit else title,
            "none" if bound is None else f"{bound * scale:,.4g}",
            f"{used * scale:,.4g}",
            "" if bound is None else f"{100 * used / bound:.0f} %",
        )
    return table


def _savings(found: Sequence[Saving]) -> Table:
    bits = found[0].their_bits
    table = Table(title=f"saved against SNASNet's ({bits} bits)")
    for title in ("", "SNASNet", "found", "saving"):
        table.add_column(title, justify="left" if not title else "right")
    for one in found:
        title, scale, unit = UNITS[one.metric]
        saving = f"{1 / one.ratio:.2f}x" if one.metric == "latency_s" else f"{one.saving:.0f} %"
        table.add_row(
            f"{title} ({unit})" if unit else title,
            f"{one.theirs * scale:,.4g}",
            f"{one.ours * scale:,.4g}",
            saving,
        )
    return table


def _regret(quality: BenchAccuracy, best: Evaluation, console: Console) -> dict[str, float]:
    """How far the found cell is below the best of the table, in shares of 1."""
    number, top = max(quality.table.items(), key=lambda item: item[1])
    found = best.metrics["accuracy"]
    say(
        console,
        f"accuracy {100 * found:.2f} %, regret {100 * (top - found):.2f} points to the best of all "
        f"{len(quality.table):,} cells ({100 * top:.2f} %, cell {number})",
    )
    return {"accuracy": found, "best_accuracy": top, "regret": top - found}


def _trained(
    settings: RunSettings,
    evaluator: CellEvaluator,
    best: Evaluation,
    directory: RunDirectory,
    console: Console,
) -> dict[str, Any]:
    from agents.final import final_training  # noqa: PLC0415 (loads torch)

    try:
        network = evaluator.costs.cells.network(best.choices)
        return final_training(settings, network, directory, console)
    except ValueError as error:
        raise UsageError(
            f"final training: {error}; the search itself is saved in {directory.path}"
        ) from error
