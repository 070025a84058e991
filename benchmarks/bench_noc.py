"""Every goal of the network-on-chip beside what this machine does, on one core, in one run.

Run with ``make bench``, or ``pytest benchmarks/bench_noc.py --benchmark-only --timeout=0 -s``.
Times are of the processor, not of the wall, whoever else works; those of two threads excepted.
"""

import sys
import time
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from subprocess import run
from typing import Any

import numpy as np
import pytest
from rich.console import Console
from rich.table import Table

from async_sim import compiled, tick
from async_sim.kernel import Clock, Kernel
from async_sim.mesh import N_CONTROLLERS, Mesh
from async_sim.network import Network
from async_sim.packets import Packets
from async_sim.steps import Run, simulate_steps
from async_sim.stock import StockKernel
from async_sim.system import System
from async_sim.workloads import Workload, built, workload_of

SERVICE_PS = 2000  # of a spike, and of each of its synapses
PACKETS = 200_000
SANAFE = Path(__file__).with_name("sanafe_comparison.py")
CYCLE_PS = 4300  # of a switch allocator: what bounds the traffic
pytestmark = pytest.mark.benchmark(timer=time.process_time)
ROWS: list[tuple[str, str, str]] = []


@pytest.fixture(scope="module", autouse=True)
def _table() -> Any:
    yield
    table = Table("network-on-chip", "goal", "here", title=None)
    for row in ROWS:
        table.add_row(*row)
    Console(width=100).print(table)


def best_s(work: Callable[[], object], rounds: int, clock: Any = time.process_time) -> float:
    """The shortest of several runs: what others take of the machine only adds."""
    found = []
    for _ in range(rounds):
        begin = clock()
        work()
        found.append(clock() - begin)
    return min(found)


def uniform(side: int, n: int, load: float) -> tuple[Network, Packets]:
    """Uniform traffic, at a share of the rate that the middle of the mesh can take."""
    random = np.random.default_rng(0)
    nodes = side * side
    span_ps = int(n * CYCLE_PS * side / (4 * nodes) / load)
    source, release_ps = random.integers(0, nodes, n), random.integers(0, span_ps, n)
    order = np.lexsort((release_ps, source))
    destination = random.integers(0, nodes, n)
    columns = source[order], destination, np.arange(n) % 4, release_ps[order], np.zeros(n, np.int64)
    return Network(Mesh(side, side)), Packets(*columns)


@cache
def workload(name: str) -> tuple[Network, Workload]:
    found = workload_of(*built(name), 4)
    return Network(found.mesh, decode_ps=SERVICE_PS, synapse_ps=SERVICE_PS), found


@pytest.mark.parametrize(
    ("what", "side", "load", "goal"),
    [
        ("8x8 at 10 % load", 8, 0.1, 35),
        ("8x8 at 200 % load", 8, 2, 25),
        ("32x32 at 10 % load", 32, 0.1, 12),
    ],
)
def test_handshakes_of_the_compiled_engine(
    benchmark: Any, what: str, side: int, load: float, goal: int
) -> None:
    case = uniform(side, PACKETS, load)
    n_fires = int(compiled.simulate(*case).fires.sum())
    assert n_fires > 14 * PACKETS
    benchmark.pedantic(lambda: compiled.simulate(*case), rounds=7)
    rate = n_fires / benchmark.stats.stats.min / 1e6
    benchmark.extra_info["million_handshakes_per_s"] = rate
    ROWS.append((f"compiled: {what}", f"{goal} M handshakes/s", f"{rate:.1f} M handshakes/s"))


@pytest.mark.parametrize(("name", "goal"), [("mlp_mnist", 120), ("csnn_cifar10", 60)])
def test_compiled_against_ticks(benchmark: Any, name: str, goal: int) -> None:
    network, steps = workload(name)
    runs: list[Run] = []
    expected = simulate_steps(network, steps)  # also compiles
    ticked_s = best_s(lambda: runs.append(simulate_steps(network, steps, tick.simulate)), 2)
    assert runs[0].digests == expected.digests
    benchmark.pedantic(lambda: simulate_steps(network, steps), rounds=7)
    ratio = ticked_s / benchmark.stats.stats.min
    benchmark.extra_info["ratio"] = ratio
    visits = sum(one.end_ps for one in expected.results) / tick.TICK_PS
    visit_ns = ticked_s / visits / network.mesh.n_nodes / N_CONTROLLERS * 1e9
    rate = expected.total("fires").sum() / benchmark.stats.stats.min / 1e6
    found = f"{ratio:.0f} times, {rate:.1f} M handshakes/s"
    ROWS.append((f"compiled against ticks: {name}", f"{goal} times", found))
    ROWS.append((f"ticks: {name}", "", f"{visit_ns:.2f} ns a controller and tick"))


def test_two_threads_over_time_steps(benchmark: Any) -> None:
    network, steps = workload("csnn_cifar10")

    def seconds(n_threads: int) -> float:
        work: Callable[[], object] = lambda: simulate_steps(network, steps, n_threads=n_threads)  # noqa: E731
        return best_s(work, 3, time.perf_counter)

    pairs = [(seconds(1), seconds(2)) for _ in range(5)]
    ratio = min(one for one, _ in pairs) / min(two for _, two in pairs)
    benchmark.pedantic(lambda: simulate_steps(network, steps, n_threads=2), rounds=1)
    benchmark.extra_info["ratio"] = ratio
    ROWS.append(
        ("two threads over the time steps of csnn_cifar10", "1.7 times", f"{ratio:.2f} times")
    )


def actors(kernel: Clock) -> System:
    """Uniform traffic on an 8x8 mesh."""
    network, packets = uniform(8, 6000, 0.3)
    system = System(network, kernel)
    system.send(packets)
    return system


def test_actors_on_our_kernel_and_on_the_stock_loop(benchmark: Any) -> None:
    systems: list[System] = []
    stock_s = []

    def prepare() -> None:
        stock = actors(StockKernel())
        stock_s.append(best_s(stock.run, 1))
        systems.append(actors(Kernel()))

    benchmark.pedantic(lambda: systems[-1].run(), setup=prepare, rounds=5)  # noqa: PLW0108 (a new one each time)
    fires = sum(unit.known.n_fires for node in systems[-1].nodes for unit in node.controllers)
    ratio = min(stock_s) / benchmark.stats.stats.min
    benchmark.extra_info["ratio"] = ratio
    found = f"{ratio:.1f} times, {fires / benchmark.stats.stats.min:,.0f} handshakes/s"
    ROWS.append(("actors: our kernel against the stock loop", "4 times", found))


def test_sanafe(benchmark: Any) -> None:
    work = partial(run, [sys.executable, SANAFE, "--plain"], check=True, capture_output=True)
    said = benchmark.pedantic(work, rounds=1, kwargs={"text": True}).stdout  # it may abort
    for line in said.splitlines():
        what, goal, here = line.split("\t") if "\t" in line else ("sanafe", "", "not installed")
        ROWS.append((what, goal, here))
