"""Designs trained and judged a minute (NACIM on digits), beside how it is commonly written.

Run with ``python benchmarks/bench_children.py [N_DESIGNS]``. *Plain* is the same training written
down layer by layer: torch's own fake quantization, a ReLU, kernels whole, Adam one weight after
the other. All ways judge the same designs in one run, a few at a time in turn, so that whoever
else works on the machine slows all of them alike. Ratios are over the first row; CPU seconds, of
all threads together, depend least on who else works.
"""

import multiprocessing
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import torch
from rich.console import Console
from rich.table import Table
from torch.nn import functional

from envs.accuracy import variations
from envs.assembly import make_problem
from envs.data import load
from envs.default_settings import settings_of
from envs.design import Design
from envs.evaluators import Pipeline
from envs.trained_accuracy import TrainedAccuracy
from snn import training
from snn.build import CrossbarLayer, build
from snn.optimizers import Adam
from snn.quantization import FixedPoint
from snn.training import Recipe, TrainingError, accuracy_under_variation, train

AT_ONCE = 4


@dataclass(frozen=True)
class Way:
    """How designs are trained: by how many processes, with how many threads each."""

    name: str
    n_processes: int
    n_threads: int
    is_plain: bool
    precision: str = "float32"


WAYS = (
    Way("plain, one after another", 1, 1, is_plain=True),
    Way("plain, one after another, two threads", 1, 2, is_plain=True),
    Way("plain, two processes", 2, 1, is_plain=True),
    Way("ours, one after another", 1, 1, is_plain=False),
    Way("ours, two processes (search.workers=2)", 2, 1, is_plain=False),
    Way("the same, env.accuracy.precision=bfloat16", 2, 1, is_plain=False, precision="bfloat16"),
)


def _rounded(values: torch.Tensor, form: FixedPoint, lowest: int) -> torch.Tensor:
    step, n = form.step_ratio, form.n_levels
    found = torch.fake_quantize_per_tensor_affine(values, step, 0, lowest, n - 1)
    is_nan = values.isnan()
    return torch.where(is_nan, values, found) if is_nan.any() else found


def plain_forward(self: CrossbarLayer, values: torch.Tensor) -> torch.Tensor:
    """What a layer computes, one operation after the other."""
    layer, form = self.layer, self.weight_format
    values = _rounded(values, self.input_format, 0)
    weights = _rounded(self.weight, form, -form.n_levels)
    if self.variation is not None:
        weights = weights + self.variation
    if layer.kind == "linear":
        product = functional.linear(values.flatten(1), weights)
    else:
        product = functional.conv2d(values, weights, padding=layer.kernel // 2)
    output: torch.Tensor = self.norm(product)
    output = output if self.is_last else functional.relu(output)
    return functional.max_pool2d(output, 2) if layer.is_pooled else output


OURS: Callable[..., torch.Tensor] = CrossbarLayer.forward


Judged = tuple[float, float]  # accuracy, seconds of the processor


def judged(way: Way, recipe: dict[str, Any], job: tuple[int, Design]) -> Judged:
    """Train one design and judge it on 20 chips."""
    torch.set_num_threads(way.n_threads)
    CrossbarLayer.forward = plain_forward if way.is_plain else OURS  # type: ignore[method-assign]
    optimizer = partial(Adam, fused=False)
    training.Adam = (  # type: ignore[misc]
        (lambda groups, **_: optimizer(groups)) if way.is_plain else Adam
    )
    start = time.process_time()
    accuracy = _accuracy(recipe | {"precision": way.precision}, *job)
    return accuracy, time.process_time() - start


def _accuracy(recipe: dict[str, Any], seed: int, design: Design) -> float:
    generator, data = torch.Generator().manual_seed(seed), load("digits")
    network = build(design.network, design.quantization, generator)
    noises = variations(design)
    try:
        train(network, data, Recipe(**recipe), noises, generator)
        return accuracy_under_variation(network, data, noises, 20, generator).mean
    except TrainingError:
        return 0.0


def designs(n: int) -> tuple[dict[str, Any], list[tuple[int, Design]]]:
    """The recipe of a search, and designs drawn evenly from its space."""
    problem = make_problem(settings_of("nacim", {}))
    assert isinstance(problem.evaluator, Pipeline)
    training = problem.evaluator.stages[-1]
    assert isinstance(training, TrainedAccuracy)
    random, space = np.random.default_rng(0), problem.space
    drawn = [problem.evaluator.build(space.decode(space.sample(random))) for _ in range(n)]
    return training.recipe, list(enumerate(drawn))


def measured(
    n: int, pools: dict[int, ProcessPoolExecutor]
) -> tuple[dict[str, float], dict[str, list[Judged]]]:
    """Seconds of the wall, and what was judged, of every way."""
    recipe, jobs = designs(n)
    seconds = {way.name: 0.0 for way in WAYS}
    found: dict[str, list[Judged]] = {way.name: [] for way in WAYS}
    for first in range(0, n, AT_ONCE):
        for way in WAYS:
            start = time.perf_counter()
            some = pools[way.n_processes].map(
                partial(judged, way, recipe), jobs[first : first + AT_ONCE]
            )
            found[way.name] += list(some)
            seconds[way.name] += time.perf_counter() - start
    return seconds, found


def warm_up(pools: dict[int, ProcessPoolExecutor]) -> None:
    """Have every process import and load what it needs."""
    recipe, jobs = designs(1)
    brief = recipe | {"epochs": 1}
    for n, pool in pools.items():
        for way in WAYS[:1] + WAYS[-2:]:
            list(pool.map(partial(judged, way, brief), jobs * n))


def table(n: int, seconds: dict[str, float], found: dict[str, list[Judged]]) -> Table:
    """Rates, ratios and accuracies."""
    titles = ("designs a minute", "times the first", "CPU s a design", "times", "mean accuracy")
    made, first = Table("way", *titles), WAYS[0].name
    means = {name: np.mean(values, axis=0) for name, values in found.items()}
    for name, took in seconds.items():
        accuracy, cpu_s = means[name]
        made.add_row(
            name,
            f"{60 * n / took:.1f}",
            f"{seconds[first] / took:.2f}",
            f"{cpu_s:.2f}",
            f"{means[first][1] / cpu_s:.2f}",
            f"{100 * accuracy:.2f} %",
        )
    return made


def main(arguments: Sequence[str]) -> None:
    """Measure and print."""
    n = int(arguments[0]) if arguments else 16
    context = multiprocessing.get_context("forkserver")
    pools = {n: ProcessPoolExecutor(n, context) for n in (1, 2)}
    warm_up(pools)
    Console(width=100).print(table(n, *measured(n, pools)))


if __name__ == "__main__":
    main(sys.argv[1:])
