"""Exact statistics of a run: latencies, waiting, congestion."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from async_sim.energy import utilization
from async_sim.mesh import N_PORTS, SINK, SWITCH
from async_sim.steps import Run

Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Statistics:
    """Of all packets of a run; times in ps.

    Attributes:
        n_hops: Links passed, over all packets.
        p50_ps: Half of the packets arrive within this time of their release; exact, as are
            ``p99_ps`` and ``longest_ps``.
        blocked_ps: Time that packets took beyond an empty network's, over all packets.
        congestion_ps: Waiting at switch allocators per grant: the NoC congestion that a search
            sees.
        sink_wait_ps: Waiting in the FIFOs of processing elements per spike: AER congestion.
        busiest_link_ratio: Largest share of the time that a link is busy.
    """

    n_packets: int
    n_hops: int
    p50_ps: int
    p99_ps: int
    longest_ps: int
    blocked_ps: int
    congestion_ps: float
    sink_wait_ps: float
    busiest_link_ratio: float


def statistics(run: Run) -> Statistics:
    """Summarize a run."""
    latency, hops = latencies(run), _hops(run)
    fires, waits = run.total("fires"), run.total("wait_ps")
    grants, granted_wait = (x[:, SWITCH : SWITCH + N_PORTS].sum() for x in (fires, waits))
    return Statistics(
        n_packets=len(latency),
        n_hops=int(hops.sum()),
        p50_ps=_rank(latency, 0.5),
        p99_ps=_rank(latency, 0.99),
        longest_ps=int(latency.max(initial=0)),
        blocked_ps=int((latency - zero_load(run, hops)).sum()),
        congestion_ps=float(granted_wait / max(grants, 1)),
        sink_wait_ps=float(waits[:, SINK].sum() / max(fires[:, SINK].sum(), 1)),
        busiest_link_ratio=float(utilization(run).max(initial=0.0)),
    )


def latencies(run: Run) -> Integers:
    """From release to delivery, of every packet."""
    pairs = zip(run.results, run.packets, strict=True)
    return np.concatenate([one.delivered_ps - sent.release_ps for one, sent in pairs])


def zero_load(run: Run, hops: Integers) -> Integers:
    """From release to delivery in an empty network (law I6)."""
    timing, link = run.network.timing, run.network.link_ps
    router = sum(
        stage.forward_ps
        for stage in (timing.input_unit, timing.switch_allocator, timing.output_unit)
    )
    return timing.source.forward_ps + (hops + 1) * router + hops * link


def _hops(run: Run) -> Integers:
    return np.concatenate([packets.hops(run.network.mesh) for packets in run.packets])


def _rank(values: Integers, share: float) -> int:
    """The smallest value that a share of all does not exceed."""
    if not len(values):
        return 0
    return int(np.sort(values)[int(np.ceil(share * len(values))) - 1])


def histogram(run: Run) -> tuple[Integers, Integers]:
    """Latencies in bins that double: lower edges in ps, and packets in each."""
    exponents = np.log2(np.maximum(latencies(run), 1)).astype(np.int64)
    counts = np.bincount(exponents)
    first = int(np.argmax(counts > 0)) if len(counts) else 0
    return 2 ** np.arange(first, len(counts)), counts[first:]
