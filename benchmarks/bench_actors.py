"""The same actors on our own kernel and on the stock asyncio loop with queues, on one core.

Run with ``make bench``, or ``pytest benchmarks/bench_actors.py --benchmark-only -s``.
"""

import time
from typing import Any

import numpy as np
import pytest

from async_sim.kernel import Clock, Kernel
from async_sim.mesh import Mesh
from async_sim.network import Network
from async_sim.packets import Packets
from async_sim.stock import StockKernel
from async_sim.system import System

GOAL = 4  # times the stock loop
N_PACKETS = 6000
pytestmark = pytest.mark.benchmark(timer=time.process_time)  # of this core, whoever else works


def load(kernel: Clock) -> System:
    """Uniform traffic on an 8x8 mesh."""
    random = np.random.default_rng(0)
    source = np.sort(random.integers(0, 64, N_PACKETS))
    release_ps = random.integers(0, 2_500_000, N_PACKETS)
    order = np.lexsort((release_ps, source))
    nothing = np.zeros(N_PACKETS, np.int64)
    destination, channel = random.integers(0, 64, N_PACKETS), np.arange(N_PACKETS) % 4
    system = System(Network(Mesh(8, 8)), kernel)
    system.send(Packets(source, destination, channel, release_ps[order], nothing))
    return system


def n_fires(system: System) -> int:
    return sum(unit.known.n_fires for node in system.nodes for unit in node.controllers)


def stock_seconds() -> float:
    system = load(StockKernel())
    begin = time.process_time()
    system.run()
    return time.process_time() - begin


def test_actors_on_our_kernel(benchmark: Any) -> None:
    systems = []

    def prepare() -> None:
        systems.append(load(Kernel()))

    benchmark.pedantic(lambda: systems[-1].run(), setup=prepare, rounds=5)  # noqa: PLW0108 (a new one each time)
    fires = n_fires(systems[-1])
    assert fires > 14 * N_PACKETS
    stock_s, own_s = min(stock_seconds() for _ in range(3)), benchmark.stats.stats.min
    benchmark.extra_info["ratio"] = stock_s / own_s
    print(f"\nactors: {fires / own_s:,.0f} handshakes a second on our kernel, ", end="")
    print(f"{fires / stock_s:,.0f} on the stock loop: {stock_s / own_s:.1f} times (goal {GOAL})")
