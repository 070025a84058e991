"""The report of runs as one page: ``python -m agents.report RUN [RUN...]``."""

from configs.interrupts import quiet_until_begun

if __name__ == "__main__":
    quiet_until_begun()

import os
import sys
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path

from agents.exits import exit_code
from agents.usage import UsageError
from configs.arguments import Parser
from configs.whole_file import replace_text

NAME = "report.html"
N_SIMULATED = 2  # chosen designs of a run, unless --simulate says otherwise
MARKED = 2_000  # characters within which a report of ours says that it is one


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return its exit code."""
    parser = Parser(
        prog="python -m agents.report",
        description="Writes one page (HTML) that tells of a run, or of several side by side: what "
        "was searched and found, the Pareto front with every design to be read, filtered and "
        "clicked, progress, which decisions mattered, what the agent proposed, costs by part and "
        "layer, the mesh with its congestion, configuration and versions. The file needs no "
        "network. A run that is still going on is told as far as it is; of a flow, its stages.",
        epilog="exit code 0: written; 2: cannot be done, in one line.",
    )
    parser.add_argument("runs", nargs="+", type=Path, metavar="RUN")
    parser.add_argument(
        "--out", type=Path, metavar="FILE",
        help=f"the page; default RUN/{NAME}, of several runs {NAME} here",
    )  # fmt: skip
    parser.add_argument(
        "--simulate", type=_count, default=N_SIMULATED, metavar="N",
        help="chosen designs of each run that are simulated again, where it simulated any, for "
        "mesh and layers (default %(default)s; 0: none)",
    )  # fmt: skip
    return exit_code(lambda: _written(parser.parse_args(arguments)))


def _count(typed: str) -> int:
    n = int(typed)
    if n < 0:
        raise ValueError
    return n


_count.__name__ = "whole number of 0 or more"  # what argparse says of another


def _written(chosen: Namespace) -> int:
    target = _target(chosen.runs, chosen.out)
    _check_target(target)
    from agents.report_sections.page import page_of  # noqa: PLC0415 (mistakes are told at once)
    from agents.report_sections.runs import read_runs  # noqa: PLC0415

    page = page_of(read_runs(chosen.runs), chosen.simulate)
    replace_text(target, page)
    sys.stdout.write(f"{target} ({len(page.encode()) / 1e6:.1f} MB)\n")
    return 0


def _target(runs: Sequence[Path], out: Path | None) -> Path:
    if out is not None:
        return out
    return runs[0] / NAME if len(runs) == 1 else Path(NAME)


def _check_target(path: Path) -> None:
    """Refuse to write where it cannot be done, or over what is no report.

    Raises:
        UsageError: Which of the two.
    """
    if path.is_dir():
        raise UsageError(f"--out: {path} is a directory; name a file, such as {path / NAME}")
    if not path.parent.is_dir():
        raise UsageError(f"there is no directory {path.parent}")
    if path.exists() and not _is_ours(path):
        raise UsageError(f"{path} is there and is no report; --out writes elsewhere")
    if not os.access(path.parent, os.W_OK):
        raise UsageError(f"{path.parent} cannot be written to; --out writes elsewhere")


def _is_ours(path: Path) -> bool:
    from agents.report_sections.page import MARK  # noqa: PLC0415

    with path.open("rb") as file:
        return MARK.encode() in file.read(MARKED)


if __name__ == "__main__":
    sys.exit(main())
