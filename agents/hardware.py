"""The report of a search for asynchronous hardware: ``python -m agents.hardware RUN_DIR``."""

from configs.interrupts import quiet_until_begun

if __name__ == "__main__":
    quiet_until_begun()

import sys
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from agents.exits import exit_code
from agents.hardware_report import Confirm, reported
from agents.hardware_run import HardwareRun, read_run
from agents.saying import say
from agents.usage import UsageError
from configs.arguments import Parser

DIFFERENT = 1
PICTURE = "edp_of_agents.png"
PICTURES = (".png", ".pdf", ".svg")
WIDTH = 120  # of the table in a file or a pipe


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return its exit code."""
    parser = Parser(
        prog="python -m agents.hardware",
        description="Of one run of env=ancoef: tells what its best design saves against the first "
        "one, by which moves it was found, and whether the actor engine confirms it; draws "
        "edp.png, layers.png, mesh.png and parts.png, and writes hardware.json (for python -m "
        "async_sim.run hardware=FILE), moves.csv and hardware_report.json into the run directory. "
        "Of several runs: the least energy-delay product over evaluations, median and quartiles "
        "of each agent, as a picture and a table.",
        epilog="0: done; 1: the actor engine does not confirm the best design; 2: cannot be done.",
    )
    parser.add_argument("runs", nargs="+", type=Path, metavar="RUN_DIR")
    parser.add_argument(
        "--confirm", action="store_true",
        help="one run: have the actor engine confirm the best design, however long it takes",
    )  # fmt: skip
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help=f"several runs: the picture (default {PICTURE})"
    )
    return exit_code(lambda: _chosen(parser.parse_args(arguments)))


def _chosen(chosen: Namespace) -> int:
    if len(chosen.runs) == 1:
        if chosen.out is not None:
            raise UsageError("--out: is for several runs; that of one goes into its directory")
        confirm: Confirm = "always" if chosen.confirm else "cheap"
        report = reported(read_run(chosen.runs[0]), Console(), confirm)
        return DIFFERENT if report.actor_engine.startswith("different") else 0
    if chosen.confirm:
        raise UsageError("--confirm: is for one run")
    picture = chosen.out or Path(PICTURE)
    _check_picture(picture)
    return compare([read_run(run_dir) for run_dir in chosen.runs], picture)


def _check_picture(path: Path) -> None:
    """Refuse what no picture can be written to, before anything is read.

    Raises:
        UsageError: If the name ends as no picture's, or its folder is missing.
    """
    if path.suffix not in PICTURES:
        raise UsageError(f"--out: {path} needs to end with one of {', '.join(PICTURES)}")
    if not path.parent.is_dir():
        raise UsageError(f"--out: there is no directory {path.parent}")


def compare(runs: Sequence[HardwareRun], picture: Path) -> int:
    """Draw and tell several runs."""
    from agents.hardware_comparison import curves_of, told  # noqa: PLC0415
    from agents.hardware_plots import plot_curves  # noqa: PLC0415 (matplotlib)

    curves = curves_of(runs)
    plot_curves(picture, curves)
    console = Console()
    wide = console if console.is_terminal else Console(width=WIDTH)
    wide.print(told(curves))
    say(console, f"picture: {picture}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
