"""What each controller and each processing element did: exact, from the engines' own counters."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from async_sim.mesh import SINK
from async_sim.network import Network
from async_sim.packets import Packets
from async_sim.passages import latencies_ps
from async_sim.result import Result
from async_sim.steps import Run

Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Cores:
    """Of each of R processing elements, over a run; each array is (R,).

    Attributes:
        n_spikes: Spikes that came.
        wait_ps: Time that they waited in the AER FIFO, in all.
        max_occupancy: Most of them that waited at once, in any of its channels.
        busy_ps: Time that it worked on them, or its sink was in a handshake.
        time_ps: Length of the run.
    """

    n_spikes: Integers
    wait_ps: Integers
    max_occupancy: Integers
    busy_ps: Integers
    time_ps: int

    @property
    def mean_occupancy(self) -> NDArray[np.float64]:
        """Mean number of spikes in the AER FIFO (Little's law), (R,)."""
        return self.wait_ps / max(self.time_ps, 1)

    @property
    def busy_ratio(self) -> NDArray[np.float64]:
        """Share of the time that each works on spikes, (R,)."""
        return self.busy_ps / max(self.time_ps, 1)


def cores(run: Run) -> Cores:
    """What the processing elements of a run did."""
    fires, waits = run.total("fires"), run.total("wait_ps")
    peaks = np.max([one.max_occupancy for one in run.results], axis=0)
    return Cores(
        n_spikes=fires[:, SINK],
        wait_ps=waits[:, SINK],
        max_occupancy=peaks[:, -run.network.n_channels :].max(axis=1),
        busy_ps=sum_of_steps(run, sink_busy_ps),
        time_ps=run.latency_ps,
    )


def busy_ps(network: Network, packets: Packets, result: Result) -> Integers:
    """Time that each controller is between a fire and being ready again, (R, 17)."""
    cycle_ps = latencies_ps(network, forward=True) + latencies_ps(network, forward=False)
    busy: Integers = result.fires * cycle_ps
    busy[:, SINK] = sink_busy_ps(network, packets, result)
    return busy


def sink_busy_ps(network: Network, packets: Packets, _: Result | None = None) -> Integers:
    """Time that each sink or its processing element is busy with spikes, (R,).

    A spike takes the longer of its service and the sink's handshake.
    """
    service_ps = network.decode_ps + network.synapse_ps * packets.n_synapses
    busy = np.zeros(network.mesh.n_nodes, np.int64)
    np.add.at(busy, packets.destination, np.maximum(service_ps, network.timing.sink.cycle_ps))
    return busy


def sum_of_steps(run: Run, count: Callable[[Network, Packets, Result], Integers]) -> Integers:
    """What is counted in each step, summed over the steps."""
    steps = zip(run.packets, run.results, strict=True)
    total: Integers = np.sum([count(run.network, *step) for step in steps], axis=0)
    return total
