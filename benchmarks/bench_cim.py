"""Speed of the compiled cost models, on one core; goals and ratios to one call a design.

Run with ``make bench``, or ``pytest benchmarks/bench_cim.py --benchmark-only -s``.
"""

import itertools
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from hwmodels import batch as stages
from hwmodels.batch import Batch, Prices, estimate_many
from hwmodels.chip import Circuit
from hwmodels.devices import load_device
from hwmodels.estimate import estimate_workload
from hwmodels.workload import LayerWork, Workload

CMOS, MODEL = "cmos_32nm_lstp", "physical"
DEVICE = load_device("rram_4b_zhao_iedm_2017")
CIRCUITS = [
    Circuit(size, bits, shared, kind, mapping, wires, *flags, lines_per_level_shifter=lines)  # type: ignore[arg-type]
    for size, bits, shared, kind, mapping, wires, flags, lines in itertools.product(
        (64, 128),
        (3, 4, 5, 6),
        (2, 4, 8, 16),
        ("flash", "sar"),
        ("conventional", "novel"),
        ("h-tree", "bus"),
        itertools.product((False, True), repeat=2),
        (1, 2, 4, 8),
    )
][:2000]
N_ONE_BY_ONE = 100
pytestmark = pytest.mark.benchmark(timer=time.process_time)  # of this core, whoever else works


def network(random: np.random.Generator) -> Workload:
    """Six convolutions and two linear layers, as NACIM's on CIFAR-10."""
    channels = [3, *random.choice([24, 36, 48, 64], 6).tolist()]
    sides, kernels = (32, 32, 16, 16, 8, 8), random.choice([1, 3, 5, 7], 6).tolist()
    bits = random.integers(4, 11, (8, 2)).tolist()
    shapes = [
        (sides[i], channels[i], kernels[i], channels[i + 1], i % 2 == 1) for i in range(6)
    ] + [(1, channels[6] * 16, 1, 128, False), (1, 128, 1, 10, False)]
    return Workload(
        tuple(
            LayerWork(f"layer{i}", side, side, n_in, kernel, kernel, n_out, is_pooled, 1, *bits[i])
            for i, (side, n_in, kernel, n_out, is_pooled) in enumerate(shapes)
        )
    )


def networks(n: int) -> list[Workload]:
    random = np.random.default_rng(0)
    return [network(random) for _ in range(n)]


def one_by_one_s(batch: Batch) -> float:
    """Seconds a design that the scalar entrance takes, its circuits known."""
    start = time.process_time()
    for i in range(N_ONE_BY_ONE):
        chosen = batch.workloads[batch.workload[i]], batch.circuits[batch.circuit[i]]
        estimate_workload(chosen[0], DEVICE, chosen[1], CMOS, MODEL)
    return (time.process_time() - start) / N_ONE_BY_ONE


def told(benchmark: Any, what: str, batch: Batch, goal: float) -> None:
    rate = len(batch) / benchmark.stats["median"]
    ratio = rate * one_by_one_s(batch)
    benchmark.extra_info |= {"designs_per_s": rate, "over_scalar": ratio}
    print(f"\n{what}: {rate:,.0f} designs/s (goal: {goal:,.0f}), {ratio:.0f} x one by one")


def measured(benchmark: Any, batch: Batch, setup: Callable[[], None]) -> Prices:
    estimate_many(batch, MODEL)  # compiled, histograms known
    prices: Prices = benchmark.pedantic(
        lambda: estimate_many(batch, MODEL), setup=setup, rounds=7, warmup_rounds=1
    )
    assert prices.is_feasible.all()
    assert len(prices.area_m2) == len(batch)
    return prices


@pytest.mark.parametrize("is_cached", [False, True], ids=["cold", "cached"])
def test_designs_of_a_search(benchmark: Any, is_cached: bool) -> None:  # noqa: FBT001
    """Cold: every design has a circuit of its own, and none is known."""
    if is_cached:
        batch = Batch.product([CMOS], [DEVICE], CIRCUITS[::40], networks(200))
        measured(benchmark, batch, lambda: None)
        told(benchmark, "circuits known", batch, 100_000)
        return
    order = np.arange(len(CIRCUITS))
    zeros = np.zeros_like(order)
    batch = Batch([CMOS], [DEVICE], CIRCUITS, networks(50), zeros, zeros, order, order % 50)
    measured(benchmark, batch, stages._stages.clear)
    told(benchmark, "every circuit new", batch, 20_000)


def test_circuits_for_one_network(benchmark: Any) -> None:
    some = [one for one in networks(9) if one.layers[1].kernel_height == 3]
    batch = Batch.product([CMOS], [DEVICE], CIRCUITS, some[:1])
    prices = measured(benchmark, batch, stages._stages.clear)
    assert len({*zip(prices.area_m2, prices.energy_j, prices.latency_s, strict=True)}) >= 1500
    seconds = benchmark.stats["median"]
    print(f"\n2,000 circuits for one network: {seconds:.3f} s (goal: 0.2)")
    told(benchmark, "the same", batch, 10_000)
