"""`python -m async_sim.validate FILE.npz ...`: golden cases against the engines, bit by bit."""

from configs.interrupts import ended, quiet_until_begun

if __name__ == "__main__":
    quiet_until_begun()

import sys
import time
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from async_sim.engines import ALL, ENGINES, announce, chosen, load_engine, why_not
from async_sim.goldens import Golden, GoldenFileError, differences, read_golden
from async_sim.result import DeadlockError
from configs.arguments import USAGE, Parser, one_line
from configs.catalog import UnknownNameError

OK, DIFFERENT = 0, 1


def compare(golden: Golden, engine: str) -> tuple[int, str]:
    """Run a case in an engine; say in one line what came of it."""
    reason = why_not(engine, golden.network, golden.packets)
    if reason:
        return OK, f"skip  {golden.name}  {engine}: {reason}"
    announce(engine)
    simulate = load_engine(engine)
    begun = time.perf_counter()
    try:
        found = differences(golden.expected, simulate(golden.network, golden.packets))
    except DeadlockError as error:
        found = [str(error)]
    took_s = time.perf_counter() - begun
    if not found:
        return OK, f"ok    {golden.name}  {engine}: {len(golden.packets)} packets, {took_s:.2f} s"
    others = ", ".join(one.split("[")[0].split(":")[0] for one in found[1:])
    also = f" (also different: {others})" if others else ""
    return DIFFERENT, f"DIFF  {golden.name}  {engine}: {found[0]}{also}"


def main(arguments: Sequence[str]) -> int:
    """Compare every file with every engine asked for: 0 if all is equal, 1 if not, 2 if unread."""
    parser = Parser("python -m async_sim.validate", description=__doc__)
    parser.add_argument("files", type=Path, nargs="+", metavar="FILE.npz", help="a golden case")
    parser.add_argument("--engine", default=ALL, help=f"{', '.join(ENGINES)} or {ALL} (default)")
    options = parser.parse_args(arguments)
    try:
        engines = chosen(options.engine)
    except UnknownNameError as error:
        parser.error(str(error))
    console, outcomes = Console(soft_wrap=True, highlight=False), [OK]
    for file in options.files:
        try:
            golden = read_golden(file)
        except GoldenFileError as error:
            sys.stderr.write(one_line(f"{parser.prog}: {error}") + "\n")
            outcomes.append(USAGE)
            continue
        for engine in engines:
            outcome, line = compare(golden, engine)
            console.print(line, markup=False)
            outcomes.append(outcome)
    return max(outcomes)


if __name__ == "__main__":
    sys.exit(ended(lambda: main(sys.argv[1:])))
