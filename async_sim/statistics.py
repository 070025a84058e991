"""Exact statistics of a run: latencies, waiting, congestion."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from async_sim.congestion import congestion
from async_sim.flights import flights
from async_sim.steps import Run

Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Statistics:
    """Of all packets of a run; times in ps.

    Attributes:
        n_hops: Links passed, over all packets.
        p50_ps: Half of the packets arrive within this time of their release; exact, as are
            ``p99_ps`` and ``longest_ps``.
        queued_ps: Time that packets waited in their sources, over all packets ...
        blocked_ps: ... and that they took from there beyond an empty network's.
        congestion_ps: Waiting at switch allocators per grant: the NoC congestion that a search
            sees.
        sink_wait_ps: Waiting in the FIFOs of processing elements per spike: AER congestion.
        busiest_link_ratio: Largest share of the time that a link is busy.
        imbalance_ratio: Work of the busiest core over that of the mean one, less 1.
    """

    n_packets: int
    n_hops: int
    p50_ps: int
    p99_ps: int
    longest_ps: int
    queued_ps: int
    blocked_ps: int
    congestion_ps: float
    sink_wait_ps: float
    busiest_link_ratio: float
    imbalance_ratio: float


def statistics(run: Run) -> Statistics:
    """Summarize a run."""
    latency, seen = latencies(run), congestion(run)
    steps = zip(run.packets, run.results, strict=True)
    tables = [flights(run.network, *step) for step in steps]

    def total(name: str) -> int:
        return int(sum(getattr(table, name).sum() for table in tables))

    return Statistics(
        n_packets=len(latency),
        n_hops=total("n_hops"),
        p50_ps=_rank(latency, 50),
        p99_ps=_rank(latency, 99),
        longest_ps=int(latency.max(initial=0)),
        queued_ps=total("queued_ps"),
        blocked_ps=total("blocked_ps"),
        congestion_ps=seen.noc_ps,
        sink_wait_ps=seen.aer_ps,
        busiest_link_ratio=seen.busiest_link_ratio,
        imbalance_ratio=seen.imbalance_ratio,
    )


def latencies(run: Run) -> Integers:
    """From release to delivery, of every packet."""
    pairs = zip(run.results, run.packets, strict=True)
    return np.concatenate([one.delivered_ps - sent.release_ps for one, sent in pairs])


def _rank(values: Integers, percent: int) -> int:
    """The smallest value that a percentage of all does not exceed."""
    if not len(values):
        return 0
    return int(np.sort(values)[-(-percent * len(values) // 100) - 1])


def histogram(run: Run) -> tuple[Integers, Integers]:
    """Latencies in bins that double: lower edges in ps, and packets in each."""
    exponents = np.frexp(np.maximum(latencies(run), 1))[1] - 1  # exact, which log2 is not
    counts = np.bincount(exponents)
    first = int(np.argmax(counts > 0)) if len(counts) else 0
    return 2 ** np.arange(first, len(counts)), counts[first:]
