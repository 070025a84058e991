"""What weights inherited from an ancestor are worth (NACIM on digits): time, and the ranking.

Run with ``python benchmarks/bench_inheritance.py [N_DESIGNS] [--fixed]``; with ``--fixed`` designs
differ in quantization, device and circuit alone, all of the architecture that is given. The same
designs are trained whole, whole from another seed, briefly from random weights, and briefly from
those of the ancestor, with its time told apart. Kendall's tau compares their accuracies under
variation with those of the first way.
"""

import time
from argparse import ArgumentParser
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from rich.console import Console
from rich.table import Table
from scipy.stats import kendalltau

from envs.accuracy import ancestor
from envs.assembly import make_problem
from envs.data import load
from envs.default_settings import settings_of
from envs.design import Design
from envs.evaluation import InfeasibleError
from envs.evaluators import Pipeline
from envs.trained_accuracy import TrainedAccuracy

EPOCHS = 2  # of a brief training


@dataclass(frozen=True)
class Way:
    """How designs are trained; each has a stream of chance of its own, from ``seed`` on."""

    name: str
    stage: TrainedAccuracy
    seed: int


def ways(inheriting: TrainedAccuracy) -> tuple[Way, ...]:
    """All ways; accuracies are compared with those of the first."""
    whole = replace(inheriting, inheritance=None)
    brief = replace(whole, recipe=whole.recipe | {"epochs": EPOCHS})
    n = whole.recipe["epochs"]
    return (
        Way(f"{n} epochs", whole, 0),
        Way("the same, other seeds", whole, 1000),
        Way(f"{EPOCHS} epochs", brief, 2000),
        Way(f"{EPOCHS} epochs, weights inherited", inheriting, 3000),
    )


def accuracies(way: Way, designs: Sequence[Design]) -> list[float]:
    """Accuracy of each design under variation; none of one that learns nothing."""
    found = []
    for number, design in enumerate(designs):
        try:
            found.append(way.stage(design, way.seed + number)["accuracy"])
        except InfeasibleError:
            found.append(0.0)
    return found


def problem(n: int, *, is_fixed: bool) -> tuple[TrainedAccuracy, list[Design]]:
    """A training that inherits, and designs drawn evenly from the space."""
    changes = {"inheritance": {"epochs": EPOCHS}, "switches": {"SA": not is_fixed}}
    made = make_problem(settings_of("nacim", changes))
    pipeline, space = made.evaluator, made.space
    assert isinstance(pipeline, Pipeline)
    stage = pipeline.stages[-1]
    assert isinstance(stage, TrainedAccuracy)
    random = np.random.default_rng(0)
    return stage, [pipeline.build(space.decode(space.sample(random))) for _ in range(n)]


def main() -> None:
    """Measure and print."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("n_designs", type=int, nargs="?", default=24)
    parser.add_argument("--fixed", action="store_true", help="designs of one architecture")
    typed = parser.parse_args()
    torch.set_num_threads(1)
    stage, designs = problem(typed.n_designs, is_fixed=typed.fixed)
    load(**stage.dataset)
    start = time.process_time()
    assert stage.inheritance is not None
    ancestor(stage, stage.inheritance)
    console = Console(width=100)
    console.print(f"the ancestor: {time.process_time() - start:.1f} s of the processor")
    table = Table("way", "CPU s a design", "designs a CPU minute", "mean accuracy", "tau")
    first: list[float] = []
    for way in ways(stage):
        start = time.process_time()
        found = accuracies(way, designs)
        took = (time.process_time() - start) / len(designs)
        first = first or found
        tau = kendalltau(first, found).statistic
        table.add_row(
            way.name,
            f"{took:.2f}",
            f"{60 / took:.1f}",
            f"{100 * np.mean(found):.2f} %",
            f"{tau:.2f}",
        )
    console.print(table)


if __name__ == "__main__":
    main()
