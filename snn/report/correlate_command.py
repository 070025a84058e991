"""`python -m snn.correlate`."""

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from rich import box
from rich.console import Console
from rich.progress import Progress, TaskID
from rich.table import Table

from configs import catalog
from snn.bench_table import DATASETS, Accuracies, TableError, read_accuracies, sample
from snn.cells import Cell
from snn.correlation import GRADIENT_MODE, Correlation, correlation, ranked, scores_of
from snn.report.correlate_options import CorrelateOptions, parse_correlate
from snn.report.options import UsageError, place_of
from snn.score import load_score, scores

OK, USAGE = 0, 2
PICTURE = "scores.png"
HELP = """\
usage: python -m snn.correlate TABLE [key=value ...]

Scores cells of SpikeNAS-Bench without training and compares the order with that of their accuracy:
Kendall's tau with 95 % bootstrap intervals, and scores.png.

  TABLE                 a clone of the SpikeNAS-Bench repository, or a .csv or .csv.gz with the
                        columns id and test_acc
  scores=paper,depth    which; by default all: {scores}
  sample=stratified     connected cells with a live convolution, as many of each decile of accuracy;
                        or random (connected), ops13 (skips and convolutions), all (connected)
  n=200                 how many cells of a stratified or random sample
  mode=fast             sizes of the networks: {modes}
  dataset=CIFAR10       of a clone: {datasets}. Scores are those of a CIFAR-10 network
  seed=2026             of the sample, the weights and the images, which are pink noise
  draws=1000            of the bootstrap
  out=.                 the folder where scores.png is drawn, or the picture: NAME.png
"""


def correlate_command(arguments: Sequence[str]) -> int:
    """Run the command line; return its exit code."""
    if {"-h", "--help"} & set(arguments):
        modes, datasets = ", ".join(catalog.names("scoring")), ", ".join(DATASETS)
        sys.stdout.write(HELP.format(scores=", ".join(scores()), modes=modes, datasets=datasets))
        return OK
    try:
        options = parse_correlate(arguments)
        accuracies = read_accuracies(options.table, options.dataset)
        numbers = sample(accuracies, options.sample, options.n, options.seed)
        _report(options, accuracies, numbers, place_of(options.out, PICTURE))
    except (UsageError, TableError) as error:
        sys.stderr.write(f"python -m snn.correlate: {error}\n")
        return USAGE
    except OSError as error:
        told = (error.strerror or "not writable").lower()
        sys.stderr.write(f"python -m snn.correlate: {error.filename}: {told}\n")
        return USAGE
    return OK


def _report(
    options: CorrelateOptions, accuracies: Accuracies, numbers: Sequence[int], picture: Path
) -> None:
    from snn.report.plots import plot_scores  # noqa: PLC0415 (matplotlib takes half a second)

    labels = np.array([accuracies[number] for number in numbers])
    values = _values(options, [Cell.of_bench(number) for number in numbers])
    found = {
        name: correlation(one.tolist(), labels.tolist(), options.draws, options.seed)
        for name, one in values.items()
    }
    console = Console()
    console.print(_table(options, found, len(numbers)))
    order = [name for name, _ in ranked(found)]
    taus = {name: found[name].tau for name in order}
    plot_scores(picture, {name: values[name] for name in order}, labels, taus)
    Console(soft_wrap=True).print(f"wrote {picture}", markup=False, highlight=False)


def _values(options: CorrelateOptions, cells: list[Cell]) -> dict[str, np.ndarray]:
    found = {}
    with Progress(console=Console(stderr=True), transient=True, disable=not _is_watched()) as bar:
        for name in options.scores:
            task = bar.add_task(name, total=len(cells))

            def show(done: int, _all: int, task: TaskID = task) -> None:
                bar.update(task, completed=done)

            made = scores_of(name, cells, options.mode, options.seed, show)
            found[name] = np.array([one.value for one in made])
    return found


def _is_watched() -> bool:
    return sys.stderr.isatty()


def _table(options: CorrelateOptions, found: dict[str, Correlation], n: int) -> Table:
    table = Table(
        title=f"{n} cells, sample {options.sample}, mode {options.mode}", title_justify="left",
        box=box.SIMPLE, padding=(0, 1, 0, 0),
    )  # fmt: skip
    table.add_column("score", no_wrap=True)
    for name in ("tau-b", "95 %", "random ties", "95 %", "invalid"):
        table.add_column(name, justify="right", no_wrap=True)
    for name, one in ranked(found):
        table.add_row(
            name, f"{one.tau:.3f}", _interval(one.interval), f"{one.tau_random:.3f}",
            _interval(one.interval_random), str(one.n_invalid),
        )  # fmt: skip
    if any(load_score(name).needs == "gradient" for name in found):
        table.caption = f"snip: in the sizes of mode {GRADIENT_MODE}."
    return table


def _interval(ends: tuple[float, float]) -> str:
    return f"{ends[0]:.2f} to {ends[1]:.2f}"
