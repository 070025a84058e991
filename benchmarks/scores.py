"""Algorithm 1 of NeuroNAS, 729 + 729 candidates, on one core: our engine against stock modules.

    python benchmarks/scores.py            # the fast proxy, and an extrapolation at full size
    python benchmarks/scores.py full       # all of it at full size: minutes

The stock side scores candidates one by one as SNASNet's code does, on SpikingJelly modules: a fresh
network, two forward passes; a few candidates are timed and the rest extrapolated. Prints processor
seconds, which other programs disturb least.
"""

import itertools
import sys
import time
from collections.abc import Callable

import numpy as np
import torch

from snn.cell_modules import build_cells
from snn.cell_network import CellNetwork
from snn.cells import Cell
from snn.engine.modes import scaled, scorer_of
from snn.fitness import fitness_of
from snn.macro import Macro
from snn.pink_noise import pink_noise
from snn.score import load_score

CELLS = [Cell.of(codes, "neuronas") for codes in itertools.product(range(3), repeat=6)]
MACRO = Macro.preset("cifar10")
BATCH, REPEATS = 16, 2
GOAL_RATIO, GOAL_FAST_S = 25, 10


def seconds(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def algorithm_1(mode: str, n_images: int | None, cells: list[Cell]) -> tuple[float, float]:
    """Processor seconds of both passes."""
    scorer = scorer_of(MACRO, mode, n_images=n_images)
    found: list[list[float]] = []

    def equal() -> None:
        found.append([one.value for one in scorer.pass_all_equal(cells)])

    def second() -> None:
        best = cells[int(np.argmax(found[0]))]
        found.append([one.value for one in scorer.pass_one([best, best], 1, cells)])

    return seconds(equal), seconds(second)


def stock(n: int) -> float:
    """Processor seconds of one candidate, in the mean over ``n`` random ones."""
    images = pink_noise(BATCH, 3, MACRO.in_side, 0)
    frame = scaled(MACRO, "paper")
    chosen = np.random.default_rng(0).choice(len(CELLS), n, replace=False)

    def score(i: int) -> None:
        network = CellNetwork((CELLS[i], CELLS[i]), frame)
        module = build_cells(network, torch.Generator().manual_seed(0))
        for _ in range(REPEATS):
            fitness_of(module, images, load_score("snasnet"))

    return float(np.mean([seconds(lambda i=i: score(i)) for i in chosen.tolist()]))


def part(n: int) -> float:
    """Estimate all of Algorithm 1 at full size from one subtree, which shares less than all do."""
    start = 364 // 27 * 27
    first, second = algorithm_1("paper", BATCH, CELLS[start : start + n])
    return (first + second) / n * len(CELLS)


def main(arguments: list[str]) -> None:
    torch.set_num_threads(1)
    algorithm_1("fast", None, CELLS[:2])  # compile
    fast = sum(algorithm_1("fast", None, CELLS))
    print(f"fast proxy, 729 + 729 candidates: {fast:.1f} s (goal: below {GOAL_FAST_S})")
    one = stock(4)
    whole = one * 2 * len(CELLS)
    print(f"stock, batch {BATCH}: {one:.2f} s a candidate, {whole:.0f} s for all (extrapolated)")
    if "full" in arguments:
        passes = algorithm_1("paper", BATCH, CELLS)
        ours = sum(passes)
        print(f"ours: {passes[0]:.1f} + {passes[1]:.1f} = {ours:.0f} s")
    else:
        ours = part(27)
        print(f"ours, from 27 + 27 candidates: {ours:.0f} s")
    print(f"ratio: {whole / ours:.0f} (goal: {GOAL_RATIO})")


if __name__ == "__main__":
    main(sys.argv[1:])
