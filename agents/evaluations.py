"""Designs that runs have evaluated, as one Parquet file: ``python -m agents.evaluations RUN``."""

from configs.interrupts import quiet_until_begun

if __name__ == "__main__":
    quiet_until_begun()

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from agents.exits import UsageError, exit_code
from agents.judged import judged_designs
from agents.saying import say
from configs.arguments import Parser
from envs.replay import write_evaluations


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return its exit code."""
    parser = Parser(
        prog="python -m agents.evaluations",
        description="Writes what runs have evaluated as Parquet: a row for each design, with its "
        "choices, metrics, reward, and why it cannot be. replay=FILE has any agent search it "
        "again without evaluating anything: python -m agents.train env=... replay=FILE.",
    )
    parser.add_argument("run", nargs="+", type=Path, help="directory of a run")
    parser.add_argument(
        "--out", type=Path, default=Path("evaluations.parquet"), help="default: %(default)s"
    )
    return exit_code(lambda: _written(parser.parse_args(arguments)))


def _written(options: argparse.Namespace) -> int:
    if options.out.suffix != ".parquet":
        raise UsageError(f"--out: needs a name that ends in .parquet, got {options.out}")
    found = [(run.name, one) for run in options.run for one in judged_designs(run)]
    if not found:
        raise UsageError(f"run: {options.run[0]} has evaluated nothing")
    beside = [{"run": run, "number": one.number, "reward": one.reward} for run, one in found]
    n = write_evaluations(options.out, [one.evaluation for _, one in found], beside)
    say(Console(), f"{n:,} designs: {options.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
