"""What a search for asynchronous hardware leaves to be looked at: pictures, tables, its design."""

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from rich.console import Console
from rich.table import Table

from agents.hardware_run import (
    EDP,
    HardwareRun,
    Simulated,
    differences,
    simulated,
    simulated_by_actors,
)
from agents.move_history import Step, Tally, improvements, origins_of, steps_made, tallies, way_to
from agents.saying import say
from agents.usage import UsageError
from async_sim.execution import FIGURES
from async_sim.hardware_file import write_hardware
from configs.whole_file import replace_text
from envs.ancoef_application import application_of
from envs.ancoef_design import hardware_of
from envs.ancoef_problem import start_of

Confirm = Literal["cheap", "always"]
MOST_ROWS = 20  # of the way to the best design, on the terminal
MOST_FIRES = 300_000  # handshakes of the actor engine without being asked
SKIPPED = "skipped"
FIRES_PER_S = 20_000  # of the actor engine, on two cores that others use too
UNITS = {
    "latency_s": (1e6, "µs"),
    "energy_j": (1e6, "µJ"),
    "area_m2": (1e6, "mm²"),
    EDP: (1e9, "nJ·s"),
}


@dataclass(frozen=True)
class HardwareReport:
    """All that is told of a run.

    Attributes:
        made: All moves that led to new designs.
        way: Those from the first design to the best; of an agent that makes no moves, from each
            design that was better than all before it to the next.
        actor_engine: What it says of the best design.
    """

    run: HardwareRun
    start: Simulated
    best: Simulated
    made: tuple[Step, ...]
    way: tuple[Step, ...]
    actor_engine: str

    @property
    def tally(self) -> list[Tally]:
        """How often each kind of move helped."""
        return tallies(self.made, self.way) if self.made else []

    @property
    def for_summary(self) -> dict[str, Any]:
        """What the summary of the run says."""
        whole = self.to_json()
        kept = {name: whole[name] for name in ("best_evaluation", "least_edp_js", "actor_engine")}
        return kept | {"first": self.start.figures}

    def to_json(self) -> dict[str, Any]:
        """As plain data."""
        least = min(
            (one for one in self.run.designs if one.is_feasible),
            key=lambda one: one.evaluation.metrics[EDP],
        )
        return {
            "application": self.run.application,
            "agent": self.run.settings.agent.name,
            "evaluations": len(self.run.designs),
            "best_evaluation": self.run.best.number,
            "least_edp_js": least.evaluation.metrics[EDP],
            "start": self.start.to_json(),
            "best": self.best.to_json(),
            "way": [step.to_json() for step in self.way],
            "moves": [asdict(one) for one in self.tally],
            "actor_engine": self.actor_engine,
        }


def reported(run: HardwareRun, console: Console, confirm: Confirm = "cheap") -> HardwareReport:
    """Write and print the report of a run.

    Raises:
        UsageError: As `report_of`.
    """
    report = report_of(run, confirm)
    tell(report, console)
    names = ", ".join(path.name for path in write_report(report))
    say(console, f"wrote to {run.path}: {names}")
    return report


def report_of(run: HardwareRun, confirm: Confirm = "cheap") -> HardwareReport:
    """Simulate the first and the best design of a run again, and read its moves.

    Args:
        confirm: Whether the actor engine has to confirm the best design: where that takes seconds,
            or however long it takes.

    Raises:
        UsageError: If the application cannot be read any more, or is another one by now.
    """
    try:
        application = application_of(run.application)
        start = simulated(application, start_of(run.env, application))
        best = simulated(application, hardware_of(run.best.evaluation.choices, application))
    except ValueError as error:
        raise UsageError(f"{run.path}: {error}") from error
    changed = differences(best, run.best.evaluation.metrics)
    if changed:
        raise UsageError(
            f"{run.path}: its best design takes something else by now: {changed[0]}; "
            "the application, or what designs cost, has changed since"
        )
    made = steps_made(run.designs, origins_of(run.path))
    way = way_to(run.best, made) if made else improvements(run.designs)
    told = confirmed(best, run.best.evaluation.metrics, confirm)
    if told.startswith(SKIPPED):
        told += "; --confirm has it do that"
    return HardwareReport(run, start, best, tuple(made), tuple(way), told)


def confirmed(best: Simulated, metrics: Mapping[str, float], confirm: Confirm) -> str:
    """What the actor engine says of a design: `equal`, `different: ...`, or `skipped: ...`."""
    if confirm == "cheap" and best.n_fires > MOST_FIRES:
        seconds = best.n_fires / FIRES_PER_S
        return f"{SKIPPED}: it would take about {seconds:.0f} s"
    actors = simulated_by_actors(best.application, best.hardware)
    found = differences(actors, metrics)
    if not found and actors.run.digests != best.run.digests:
        found = ["all figures are equal, but not the times of all packets"]
    return f"different: {'; '.join(found)}" if found else "equal"


def write_report(report: HardwareReport) -> list[Path]:
    """Write pictures, the design, the moves and all figures into the run directory."""
    from agents.hardware_plots import (  # noqa: PLC0415 (matplotlib takes half a second)
        plot_layers,
        plot_meshes,
        plot_parts,
        plot_search,
    )

    names = (
        "hardware.json",
        "hardware_report.json",
        "moves.csv",
        "edp.png",
        "layers.png",
        "mesh.png",
        "parts.png",
    )
    design, figures, moves, edp, layers, mesh, parts = paths = [
        report.run.path / one for one in names
    ]
    write_hardware(design, report.best.hardware, report.run.application)
    replace_text(figures, json.dumps(report.to_json(), indent=2) + "\n")
    _write_steps(moves, report.made or report.way)
    on_way = report.way if report.made else ()
    plot_search(edp, report.run, report.start.figures[EDP], on_way, report.tally)
    plot_layers(layers, report.start, report.best)
    plot_meshes(mesh, report.start, report.best)
    plot_parts(parts, report.start, report.best)
    return paths


def _write_steps(path: Path, steps: Sequence[Step]) -> None:
    rows = [step.to_json() for step in steps]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(
            file, ["evaluation", "from_evaluation", "move", "reward", EDP, "infeasible"]
        )
        writer.writeheader()
        writer.writerows(rows)


def tell(report: HardwareReport, console: Console) -> None:
    """Print what a run has found."""
    console.print(_costs(report))
    console.print(_parts("area by part", "mm²", report.start.area_m2, report.best.area_m2))
    console.print(
        _parts("energy of a frame by part", "µJ", report.start.energy_j, report.best.energy_j)
    )
    if report.way:
        console.print(_way(report))
    if report.tally:
        console.print(_tally(report.tally))
    say(console, f"actor engine: {report.actor_engine}")


def _costs(report: HardwareReport) -> Table:
    table = _table(
        f"{report.run.application}: a frame, and the chip", "", "first", "best", "best / first"
    )
    for name in FIGURES:
        scale, unit = UNITS[name]
        before, after = report.start.figures[name], report.best.figures[name]
        table.add_row(f"{name.rpartition('_')[0]} ({unit})", *_pair(scale * before, scale * after))
    return table


def _parts(title: str, unit: str, before: Mapping[str, float], after: Mapping[str, float]) -> Table:
    table = _table(title, f"({unit})", "first", "best", "best / first")
    for name in dict.fromkeys((*before, *after)):
        table.add_row(name, *_pair(1e6 * before.get(name, 0.0), 1e6 * after.get(name, 0.0)))
    table.add_row("all", *_pair(1e6 * sum(before.values()), 1e6 * sum(after.values())))
    return table


def _pair(before: float, after: float) -> tuple[str, str, str]:
    return f"{before:.4g}", f"{after:.4g}", f"{after / before:.2f}" if before else ""


def _way(report: HardwareReport) -> Table:
    way = report.way
    shown = sorted(range(len(way)), key=lambda i: -abs(_saved(way[i])))[:MOST_ROWS]
    title = "moves to the best design" if report.made else "designs better than all before"
    if len(way) > len(shown):
        title += f": {len(shown)} of {len(way)} that changed the product most"
    table = _table(
        title, "move" if report.made else "what changed", "evaluation", "EDP (nJ·s)", "reward"
    )
    for i in sorted(shown):
        after = way[i].after
        edp_njs = 1e9 * after.evaluation.metrics.get(EDP, float("nan"))
        table.add_row(way[i].told, str(after.number), f"{edp_njs:.4g}", f"{after.reward:.4f}")
    return table


def _saved(step: Step) -> float:
    edps = [one.evaluation.metrics.get(EDP, 0.0) for one in (step.before, step.after)]
    return edps[0] - edps[1]


def _tally(tally: Sequence[Tally]) -> Table:
    """Moves made alone, and those of leaps, of which no simulation tells what each gave."""
    table = _table("moves to new designs", "move", "alone", "helped", "in leaps", "on the way")
    for one in tally:
        helped = f"{one.n_helped} ({one.n_helped / one.n_made:.0%})" if one.n_made else ""
        counts = one.n_made, helped, one.n_in_leaps, one.n_on_way
        table.add_row(one.move, *(str(count) for count in counts))
    return table


def _table(title: str, first: str, *others: str) -> Table:
    table = Table(title=title)
    table.add_column(first)
    for name in others:
        table.add_column(name, justify="right")
    return table
