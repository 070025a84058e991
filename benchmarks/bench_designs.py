"""Designs of asynchronous hardware evaluated a second, beside their goals, on two cores.

Run with ``make bench``, or ``pytest benchmarks/bench_designs.py --benchmark-only --timeout=0 -s``.
A search is played: from one design to the next, two nodes change places, buffers and arbitration
are altered, and, once in five, a layer gets another core. What it evaluates is latency, energy,
area and congestion of the network's whole trace. One thread is told in time of the processor, two
in time of the wall: who else works on the machine slows them down.
"""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from rich.console import Console
from rich.table import Table

from async_sim import compiled
from async_sim.application import Application
from async_sim.core_traffic import _link_fan_out, _traffic
from async_sim.execution import execute, figures
from async_sim.hardware import Hardware, laid_out
from async_sim.mesh import Mesh
from async_sim.network import ARBITRATIONS
from configs import catalog

N_DESIGNS, EVERY = 40, 5
ROWS: list[tuple[str, str, str]] = []


@pytest.fixture(scope="module", autouse=True)
def _table() -> Any:
    yield
    table = Table("designs of asynchronous hardware", "goal", "here", title=None)
    for row in ROWS:
        table.add_row(*row)
    Console(width=100).print(table)


@cache
def walk(name: str) -> tuple[Application, list[Hardware]]:
    """An application, and the designs that a search would come by; all different."""
    application, random = Application.of_workload(name), np.random.default_rng(0)
    hardware = laid_out(application, catalog.read("workload", name)["neurons_per_core"])
    side = hardware.mesh.width + 1
    hardware = replace(hardware, mesh=Mesh(side, side))
    return application, [hardware := moved(hardware, random, i) for i in range(N_DESIGNS)]


def moved(hardware: Hardware, random: np.random.Generator, i: int) -> Hardware:
    """Other buffers and arbitration; two nodes change places, and a layer may get a core."""
    n_nodes, cores = hardware.mesh.n_nodes, list(hardware.cores)
    nodes, layer = list(hardware.nodes), int(random.integers(len(cores)))
    one, other = random.choice(n_nodes, 2, replace=False).tolist()
    nodes = [{one: other, other: one}.get(node, node) for node in nodes]
    if i % EVERY == 0 and len(nodes) < n_nodes:
        free = next(node for node in range(n_nodes) if node not in nodes)
        nodes.insert(sum(cores[: layer + 1]), free)
        cores[layer] += 1
    return replace(
        hardware,
        cores=tuple(cores),
        nodes=tuple(nodes),
        arbitration=random.choice(list(ARBITRATIONS)).item(),
        depth=int(random.integers(2, 17)),
        n_channels=int(random.integers(1, 5)),
    )


def evaluated(name: str) -> Callable[[Hardware], dict[str, float]]:
    application, _ = walk(name)
    return lambda hardware: figures(application, hardware, execute(application, hardware))


def forget() -> None:
    """Nothing is kept from another round."""
    _traffic.cache_clear()
    _link_fan_out.cache_clear()


def simulation_s(application: Application, designs: Sequence[Hardware]) -> float:
    """Time of the simulation alone."""
    runs = [execute(application, hardware) for hardware in designs]
    begin = time.process_time()
    for run in runs:
        for packets in run.packets:
            compiled.simulate(run.network, packets)
    return time.process_time() - begin


@pytest.mark.parametrize(
    ("name", "goal"),
    [("s256", 30), ("s512", None), ("s1024", None), ("s2048", 15), ("csnn_cifar10", None)],
)
def test_designs_a_second(benchmark: Any, name: str, goal: int | None) -> None:
    application, designs = walk(name)
    evaluate = evaluated(name)
    expected = list(map(evaluate, designs))  # also compiles
    assert len({one["latency_s"] for one in expected}) > N_DESIGNS // 2

    def on(n_threads: int) -> list[dict[str, float]]:
        with ThreadPoolExecutor(n_threads) as pool:
            return list(pool.map(evaluate, designs))

    benchmark.pedantic(on, args=(2,), setup=forget, rounds=3)
    assert on(2) == expected
    forget()
    begin = time.process_time()
    on(1)
    one_s = time.process_time() - begin
    rate, share = N_DESIGNS / benchmark.stats.stats.min, simulation_s(application, designs) / one_s
    benchmark.extra_info["designs_per_s"] = rate
    benchmark.extra_info["simulation_ratio"] = share
    ROWS.append(
        (f"{name}, two threads", f"{goal} a second" if goal else "", f"{rate:.0f} a second")
    )
    found = f"{N_DESIGNS / one_s:.0f} a second, {share:.0%} of it simulation"
    ROWS.append((f"{name}, one thread", "", found))
