"""What a sweep found: a table of its searches, their union front, one page for all."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from agents.judged import Judged, history_of
from agents.report_sections.comparison import is_alike
from agents.report_sections.page import page_of
from agents.report_sections.quantities import quantity
from agents.report_sections.runs import ReportRun, read_runs
from agents.report_sections.union import bests, union_front
from agents.saying import say
from agents.sweep_keeper import TRIALS
from agents.sweep_plan import Sweep
from configs.whole_file import replace_text

MOST_PAGES = 12  # searches with a leaf of their own: a page of all would be too large
TABLE, FRONT, PAGE = "sweep.csv", "union_front.csv", "report.html"


def tell(sweep: Sweep, console: Console) -> None:
    """Write and print what all searches found."""
    runs = runs_of(sweep.folder / TRIALS)
    rows = [_row(run) for run in runs]
    _write(sweep.folder / TABLE, rows)
    union = union_front(runs) if is_alike(runs) else []
    _write(sweep.folder / FRONT, [_design(run, number) for run, number in union])
    shown = sorted(runs, key=lambda run: -run.hypervolumes[-1][1])[:MOST_PAGES]
    if runs:
        replace_text(sweep.folder / PAGE, page_of([one for one in runs if one in shown], 0))
    console.print(_table(rows, runs))
    for metric, run, one in bests(runs):
        say(
            console,
            f"best {quantity(metric, ()).title}: {_value(one, metric)} ({run.name} #{one.number})",
        )
    say(
        console,
        f"{len(runs)} searches, {sum(len(run.designs) for run in runs)} designs; union front: "
        f"{len(union)} designs\ntable, front, page: {sweep.folder}",
    )


def runs_of(trials: Path) -> list[ReportRun]:
    """Searches that have evaluated a design at least: others may have failed before."""
    folders = sorted(one.parent for one in trials.glob("*/evaluations.sqlite"))
    whole = [one for one in folders if not one.name.startswith(".")]  # not cut off in `Keeper.keep`
    begun = [one for one in whole if history_of(one).designs]
    return read_runs(begun) if begun else []


def _row(run: ReportRun) -> dict[str, object]:
    best = run.best
    return {
        "search": run.name,
        "agent": run.settings.agent.name,
        "seed": run.settings.seed,
        "designs": len(run.designs),
        "feasible": len(run.feasible),
        "front": len(run.front),
        "hypervolume": run.hypervolumes[-1][1],
        "best_reward": best and best.reward,
        **(best.evaluation.metrics if best else {}),
    }


def _design(run: ReportRun, one: Judged) -> dict[str, object]:
    metrics, choices = one.evaluation.metrics, one.evaluation.choices
    return {"search": run.name, "number": one.number, "reward": one.reward, **metrics, **choices}


def _write(path: Path, rows: Sequence[dict[str, object]]) -> None:
    text = io.StringIO()
    names = list(dict.fromkeys(name for row in rows for name in row))
    writer = csv.DictWriter(text, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    replace_text(path, text.getvalue())


def _table(rows: Sequence[dict[str, object]], runs: Sequence[ReportRun]) -> Table:
    quantities = [quantity(one.metric, ()) for one in runs[0].objectives] if runs else []
    table = Table(box=None, header_style="bold")
    table.add_column("search", overflow="fold")
    for title in ("hypervolume", "reward", *(one.title for one in quantities)):
        table.add_column(title, justify="right", no_wrap=True)
    for row, run in zip(rows, runs, strict=True):
        measured = [_told(run, one.metric) for one in runs[0].objectives]
        reward = "none" if run.best is None else f"{run.best.reward:.4f}"
        table.add_row(run.name, f"{row['hypervolume']:.4f}", reward, *measured)
    return table


def _told(run: ReportRun, metric: str) -> str:
    is_measured = run.best is not None and metric in run.best.evaluation.metrics
    return _value(run.best, metric) if run.best is not None and is_measured else ""


def _value(one: Judged, metric: str) -> str:
    value = one.evaluation.metrics[metric]
    return quantity(metric, [value]).told(value)
