"""What tracing costs: a traced run against an untraced one, and the same result of both.

Run with ``make bench``, or ``pytest benchmarks/bench_tracing.py --benchmark-only -s``.
"""

import time
from collections.abc import Callable
from typing import Any

import pytest

from async_sim import compiled
from async_sim.congestion import congestion
from async_sim.passages import passages_of
from async_sim.report.options import parse, prepared
from async_sim.steps import simulate_steps

GOAL = 3  # times the untraced run, at most
ROUNDS = 7
pytestmark = pytest.mark.benchmark(timer=time.process_time)  # of this core, whoever else works


def seconds(work: Callable[[], object]) -> float:
    """The least time of some rounds."""
    took = []
    for _ in range(ROUNDS):
        begin = time.process_time()
        work()
        took.append(time.process_time() - begin)
    return min(took)


@pytest.mark.parametrize("name", ["mlp_mnist", "s256", "csnn_cifar10"])
def test_tracing(benchmark: Any, name: str) -> None:
    network, workload = prepared(parse([f"workload={name}"]))
    plain = [compiled.simulate(network, packets).digest for packets in workload.steps]
    n_fires = 0
    for packets, digest in zip(workload.steps, plain, strict=True):
        result, events = compiled.simulate_traced(network, packets)
        assert result.digest == digest
        assert len(passages_of(network, packets, events)) == len(events) == result.fires.sum()
        n_fires += len(events)
    assert n_fires > 100_000

    def trace() -> None:
        for packets in workload.steps:
            compiled.simulate_traced(network, packets)

    benchmark.pedantic(trace, rounds=ROUNDS)
    untraced_s = seconds(lambda: simulate_steps(network, workload))
    run, traced_s = simulate_steps(network, workload), benchmark.stats.stats.min
    features_s = seconds(lambda: congestion(run))
    benchmark.extra_info |= {"ratio": traced_s / untraced_s, "fires_per_s": n_fires / traced_s}
    print(
        f"\n{name}: tracing takes {traced_s / untraced_s:.2f} times as long as not (goal at most "
        f"{GOAL}): {n_fires / traced_s:,.0f} fires a second; congestion takes "
        f"{features_s / untraced_s:.1%} of an untraced run"
    )
