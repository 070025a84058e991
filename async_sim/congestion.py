"""How congested a run was: the features that an agent sees of it, without a trace."""

from dataclasses import dataclass

import numpy as np

from async_sim.cores import sink_busy_ps, sum_of_steps
from async_sim.energy import utilization
from async_sim.mesh import N_PORTS, SINK, SWITCH
from async_sim.steps import Run


@dataclass(frozen=True, slots=True)
class Congestion:
    """Features of a run, from the engines' own counters.

    Attributes:
        aer_ps: Waiting in the FIFOs of processing elements, in ps a spike.
        noc_ps: Waiting at switch allocators, in ps a grant.
        busiest_link_ratio: Largest share of the time that a link is busy.
        mean_hops: Links on a packet's way; a number of links, not a time.
        imbalance_ratio: Time that the busiest core works on spikes over the mean of all cores in
            use, less 1: 0 if all work alike, n - 1 if one of n does it all. In use are those that
            send or receive.
    """

    aer_ps: float
    noc_ps: float
    busiest_link_ratio: float
    mean_hops: float
    imbalance_ratio: float


def congestion(run: Run) -> Congestion:
    """Features of a run, in a fraction of the time that its simulation took."""
    fires, waits = run.total("fires"), run.total("wait_ps")
    switches = slice(SWITCH, SWITCH + N_PORTS)
    n_packets = sum(len(packets) for packets in run.packets)
    n_hops = sum(int(packets.hops(run.network.mesh).sum()) for packets in run.packets)
    return Congestion(
        aer_ps=float(waits[:, SINK].sum() / max(fires[:, SINK].sum(), 1)),
        noc_ps=float(waits[:, switches].sum() / max(fires[:, switches].sum(), 1)),
        busiest_link_ratio=float(utilization(run).max(initial=0.0)),
        mean_hops=n_hops / max(n_packets, 1),
        imbalance_ratio=_imbalance(run),
    )


def _imbalance(run: Run) -> float:
    n_nodes = run.network.mesh.n_nodes
    load_ps, is_used = sum_of_steps(run, sink_busy_ps), np.zeros(n_nodes, bool)
    for packets in run.packets:
        is_used[packets.source] = is_used[packets.destination] = True
    total_ps = int(load_ps.sum())
    return float(load_ps.max() * is_used.sum() / total_ps - 1) if total_ps else 0.0
