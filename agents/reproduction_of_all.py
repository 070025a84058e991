"""Every paper, one after the other: ``python -m agents.reproduce all search=smoke``."""

import shlex
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from agents.exits import INTERRUPTED, NOT_REACHED, TERMINATED, UsageError, same_signals
from agents.flow_arguments import own_values
from agents.narrow_table import narrow_table
from agents.reproduction import (
    Experiment,
    Outcome,
    Reproduction,
    StoppedError,
    experiments,
    reproductions,
)
from agents.reproduction_page import Chapter, page_of
from agents.rundir import RUNS
from agents.saying import say
from configs.whole_file import replace_text

ALL = "all"
PAPERS = (
    "nacim_table1", "neuronas", "spikenas", "ancoef_table2", "ancoef_table3", "ancoef_table4",
)  # fmt: skip
REMARKS = {
    "smoke": "search=smoke: every part runs, but no search is long enough to find anything; what "
    "it misses tells nothing. search=small searches: NACIM's table alone for a quarter of an hour.",
    "small": "search=small: sizes for two cores; docs/nacim.md, docs/neuronas.md and "
    "docs/ancoef.md tell where they differ from the papers.",
    "paper": "search=paper: the papers' numbers of designs, on the data that is at hand.",
}
PAGE = "reproduction.html"
ENDED = (0, NOT_REACHED)  # exit codes of a table that was computed
STOPPED = (INTERRUPTED, TERMINATED)


def run_all(arguments: Sequence[str]) -> int:
    """Run every paper, or go on with it; write the page after each. 1 if a figure is missed.

    Args:
        arguments: ``search=smoke|small|paper`` and ``run_dir=DIR``.

    Raises:
        UsageError: If there is another, or the directory cannot be made.
    """
    typed = own_values(arguments)
    size = typed["search"]
    folder = Path(typed.get("run_dir", RUNS / f"reproduction-{size}"))
    folder.mkdir(parents=True, exist_ok=True)
    if (folder / PAGE).is_dir():
        raise UsageError(f"run_dir: {folder / PAGE} is a directory, where the page is to be")
    console, chapters = Console(), []
    for chapter in _chapters(size, folder, console):
        chapters.append(chapter)
        replace_text(folder / PAGE, page_of(chapters, size, REMARKS[size]))
    console.print(_told(chapters))
    say(console, f"page: {folder / PAGE}")
    is_met = all(one.outcome and one.outcome.n_met == len(one.outcome.asked) for one in chapters)
    return 0 if is_met else NOT_REACHED


def _chapters(size: str, folder: Path, console: Console) -> Iterator[Chapter]:
    for i, name in enumerate(PAPERS, start=1):
        console.rule(f"{name} ({i} of {len(PAPERS)})")
        yield _chapter(name, size, folder / name)


def _chapter(name: str, size: str, folder: Path) -> Chapter:
    begin, typed = time.perf_counter(), [f"search={size}", f"run_dir={folder}"]
    known = experiments().get(name) or reproductions()[name]
    if isinstance(known, Reproduction):
        told = ["--run", str(folder)] if known.searched else []
    else:
        told = typed
    command = shlex.join(["python", "-m", "agents.reproduce", name, *told])
    outcome, failure = None, ""
    try:
        with same_signals():
            outcome = _outcome(known, typed)
    except UsageError as error:
        failure = str(error)
        sys.stderr.write(f"{name}: {error}\n")
    return Chapter(name, known.source, command, time.perf_counter() - begin, outcome, failure)


def _outcome(known: Experiment | Reproduction, typed: Sequence[str]) -> Outcome:
    """What became of it.

    Raises:
        UsageError: If it failed.
        KeyboardInterrupt: If it was stopped.
    """
    try:
        if isinstance(known, Reproduction):
            searched: Callable[[Sequence[str]], Outcome] | None = known.searched
            return searched(typed) if searched else Outcome(known.figures(), {})
        code = known.run(typed)
        if code not in ENDED or known.outcome is None:
            raise StoppedError(code)
        return known.outcome(typed)
    except StoppedError as error:
        if error.code in STOPPED:
            raise KeyboardInterrupt from error
        raise UsageError(f"ended with exit code {error.code}; what it said is above") from error


def _told(chapters: Sequence[Chapter]) -> Table:
    table = narrow_table(
        "published figures, and ours", ("", "paper", "met", "this\ntime"), n_names=2
    )
    for one in chapters:
        table.add_row(one.name, one.source, one.told, f"{one.wall_s:,.0f} s")
    return table
