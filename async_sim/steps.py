"""Many time steps: each ends at a barrier with an empty network, so that they run in parallel."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from async_sim import compiled
from async_sim.mesh import LOCAL, SINK
from async_sim.network import Network
from async_sim.packets import Packets
from async_sim.result import Result
from async_sim.workloads import Workload

TASKS_PER_THREAD = 8  # enough to share the work, too few to spend time on handing it out
Engine = Callable[[Network, Packets], Result]


@dataclass(frozen=True)
class Run:
    """Time steps of one workload on one network.

    Attributes:
        packets: Of each step.
        results: Of each step, in order.
        step_ps: Length of each step: until the last sink is ready and the last neuron updated.
        n_updates: Neurons updated, over all steps.
    """

    network: Network
    packets: tuple[Packets, ...]
    results: tuple[Result, ...]
    step_ps: NDArray[np.int64]
    n_updates: int

    @property
    def latency_ps(self) -> int:
        """Of all steps, one after the other."""
        return int(self.step_ps.sum())

    @property
    def n_saved_hops(self) -> int:
        """Links that copies would have passed and multicast trees did not."""
        mesh = self.network.mesh
        n_copies = sum(int(packets.hops(mesh).sum()) for packets in self.packets)
        return n_copies - int(self.total("link_flits")[:, LOCAL + 1 :].sum())

    def total(self, name: str) -> NDArray[np.int64]:
        """An array of the results, summed over the steps."""
        summed: NDArray[np.int64] = np.sum([getattr(one, name) for one in self.results], axis=0)
        return summed

    @property
    def digests(self) -> list[str]:
        """One per step."""
        return [result.digest for result in self.results]


def simulate_steps(
    network: Network,
    workload: Workload,
    engine: Engine = compiled.simulate,
    n_threads: int = 1,
) -> Run:
    """Run every time step of a workload, several at once if there is more than one thread.

    Raises:
        ValueError: If the network's mesh is not the workload's.
        DeadlockError: If tokens wait for each other for ever.
    """
    if network.mesh != workload.mesh:
        mine, theirs = network.mesh, workload.mesh
        raise ValueError(
            f"the workload was placed on a {theirs.width}x{theirs.height} mesh, the network has "
            f"{mine.width}x{mine.height}"
        )
    cases = [(network, packets) for packets in workload.steps]
    results = simulate_many(cases, engine, n_threads)
    ends = np.array([result.end_ps for result in results], np.int64)
    return Run(
        network,
        tuple(workload.steps),
        tuple(results),
        np.maximum(ends, workload.sweep_ps),
        int(workload.neurons.sum()) * len(results),
    )


def simulate_many(
    cases: Sequence[tuple[Network, Packets]],
    engine: Engine = compiled.simulate,
    n_threads: int = 1,
) -> list[Result]:
    """Run independent cases, such as the networks of a population, each on one thread.

    The compiled engine lets other threads run beside it; results do not depend on their number.

    Raises:
        ValueError: If packets do not fit their network, or there is no thread.
        DeadlockError: If tokens wait for each other for ever.
    """
    if n_threads < 1:
        raise ValueError(f"needs at least 1 thread, got {n_threads}")
    if n_threads == 1:
        return [engine(*case) for case in cases]
    size = max(1, len(cases) // (TASKS_PER_THREAD * n_threads))
    tasks = [cases[i : i + size] for i in range(0, len(cases), size)]
    with ThreadPoolExecutor(n_threads) as pool:
        found = pool.map(lambda task: [engine(*case) for case in task], tasks)
        return list(chain.from_iterable(found))


def sink_fires(results: Sequence[Result]) -> int:
    """Spikes that arrived."""
    return int(sum(result.fires[:, SINK].sum() for result in results))
