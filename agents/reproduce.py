"""Published figures beside ours: ``python -m agents.reproduce neuronas``."""

from configs.interrupts import quiet_until_begun

if __name__ == "__main__":
    quiet_until_begun()

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from agents.exits import NOT_REACHED, UsageError, exit_code
from agents.reproduction import Experiment, Reproduction, experiments, reproductions
from agents.reproduction_of_all import ALL, PAGE, PAPERS, run_all
from configs.arguments import Parser
from configs.catalog import UnknownNameError

LONGEST_LINE = 1000  # of a file or a pipe, which does not wrap


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return its exit code: 1 if a figure is out of its tolerance."""
    known = reproductions()
    parser = Parser(
        prog="python -m agents.reproduce",
        description="Computes figures that papers print, and shows both with their ratio.\n"
        "Ends with exit code 1 if one is further off than is asked of it.",
        epilog=_listed(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "paper",
        nargs="*",
        help=f"default: {' '.join(known)}",
    )
    parser.add_argument(
        "--run",
        type=Path,
        help="directory of a run of ours, to be shown in the form of the paper's table: for "
        + ", ".join(one.name for one in known.values() if one.table),
    )
    return exit_code(lambda: _chosen(parser.parse_args(arguments)))


def _listed() -> str:
    """All papers, a line each."""
    every: list[Reproduction | Experiment] = [*reproductions().values(), *experiments().values()]
    width = max(len(one.name) for one in every)
    told = {one.name: f"  {one.name:<{width}}  {one.source}" for one in every}
    return "\n".join(
        (
            "computed at once:",
            *(told[name] for name in reproductions()),
            "",
            "with searches, one at a time, with search=smoke|small|paper and other key=value:",
            *(told[name] for name in experiments()),
            "",
            f"{ALL} search=smoke|small|paper run_dir=DIR",
            f"  {', '.join(PAPERS[:3])},",
            f"  {', '.join(PAPERS[3:])}: one after the other, and one page",
            f"  of published figures beside ours, DIR/{PAGE}; it goes on where it was stopped",
        )
    )


def _chosen(options: argparse.Namespace) -> int:
    typed = options.paper
    if typed and typed[0] == ALL:
        if options.run is not None:
            raise UsageError(f"--run: {ALL} compares no run of ours")
        return run_all(typed[1:])
    if typed and typed[0] in experiments():
        if options.run is not None:
            raise UsageError(f"--run: {typed[0]} compares no run of ours")
        return experiments()[typed[0]].run(typed[1:])
    return _run(typed or list(reproductions()), options.run)


def _run(names: Sequence[str], run: Path | None) -> int:
    known = reproductions()
    for name in names:
        if name not in known:
            every = [*known, *experiments(), ALL]
            if name in every:
                raise UsageError(f"{name}: takes searches, and goes by itself")
            raise UsageError(str(UnknownNameError("reproduction", name, every)))
    console = Console()
    if not console.is_terminal:
        console = Console(width=LONGEST_LINE)
    tables = [table for name in names if (table := known[name].table)]
    if run is not None and not tables:
        raise UsageError(f"--run: {', '.join(names)} compares no run of ours")
    ours = [table(run) for table in tables] if run is not None else []
    code = max([_shown(known[name], console) for name in names])
    for shown in ours:
        console.print(shown)
    return code


def _shown(one: Reproduction, console: Console) -> int:
    figures = one.figures()
    table = Table(title=one.source)
    for title in ("figure", "unit", "published", "ours", "ratio", "asked", ""):
        table.add_column(title, justify="left" if title in ("figure", "unit", "") else "right")
    for figure in figures:
        table.add_row(
            figure.what + (f" ({figure.note})" if figure.note else ""),
            figure.unit,
            "--" if figure.published is None else f"{figure.published:,g}",
            f"{figure.ours:,.7g}",
            f"{figure.ratio:.4f}",
            figure.needed,
            "ok" if figure.is_met else "OUT",
        )
    console.print(table)
    out = sum(not figure.is_met for figure in figures)
    console.print(f"{len(figures) - out} of {len(figures)} figures within their tolerances")
    return NOT_REACHED if out else 0


if __name__ == "__main__":
    sys.exit(main())
