"""Packets, fires and statistics of a run as files of numbers."""

from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from async_sim import channels
from async_sim.cores import busy_ps, cores, sum_of_steps
from async_sim.flights import Flights, flights
from async_sim.links import flits_per_bin, link_map
from async_sim.report.traced import Traced
from async_sim.statistics import histogram
from async_sim.steps import Run

N_BINS = 50  # of each time step, for the use of links over time


def write_packets(directory: Path, run: Run) -> list[Path]:
    """Write ``packets.csv`` and ``packets.npz``: a row per packet, all steps."""
    columns = packet_columns(run)
    csv, npz = directory / "packets.csv", directory / "packets.npz"
    rows = np.stack(list(columns.values()), axis=1)
    np.savetxt(csv, rows, "%d", ",", header=",".join(columns), comments="", encoding="utf-8")
    np.savez_compressed(npz, **columns)  # type: ignore[arg-type]
    return [csv, npz]


def packet_columns(run: Run) -> dict[str, NDArray[np.int64]]:
    """The packet table: time step and number of each packet, and the columns of `Flights`."""
    steps = zip(run.packets, run.results, strict=True)
    tables = [flights(run.network, *step) for step in steps]
    sizes = [len(table) for table in tables]
    columns = {
        "step": np.repeat(np.arange(len(sizes)), sizes),
        "packet": np.concatenate([np.arange(size) for size in sizes]),
    }
    for one in fields(Flights):
        columns[one.name] = np.concatenate([getattr(table, one.name) for table in tables])
    return columns


def write_statistics(path: Path, trace: Traced) -> None:
    """Write all exact statistics, summed over the steps: see `statistics_of`."""
    np.savez_compressed(path, **statistics_of(trace))


def statistics_of(trace: Traced) -> dict[str, Any]:
    """Statistics of controllers, channels, lanes, links and cores of a run.

    Sums over all steps, but for largest numbers, and for ``flits_per_bin``, which is (steps, bins,
    R, 5) with ``bin_ps`` for each step.
    """
    run, steps = trace.run, [trace.passages(step) for step in range(len(trace.events))]
    found, edges = cores(run), histogram(run)
    bins_ps = np.maximum(-(-run.step_ps // N_BINS), 1)
    granted = _sum([channels.grants(one) for one in steps])
    pairs = zip(steps, bins_ps.tolist(), strict=True)
    return {
        "time_ps": run.latency_ps,
        "fires": run.total("fires"),
        "wait_ps": run.total("wait_ps"),
        "busy_ps": sum_of_steps(run, busy_ps),
        "stall_ps": _sum([channels.stalls_ps(one) for one in steps]),
        "channel_wait_ps": _sum([channels.channel_waits_ps(one) for one in steps]),
        "max_occupancy": np.max([one.max_occupancy for one in run.results], axis=0),
        "grants": granted,
        "fairness": channels.fairness(granted, granted),
        "link_busy_ratio": link_map(run),
        "bin_ps": bins_ps,
        "flits_per_bin": np.array([flits_per_bin(one, bin_ps, N_BINS) for one, bin_ps in pairs]),
        "core_spikes": found.n_spikes,
        "core_wait_ps": found.wait_ps,
        "core_max_occupancy": found.max_occupancy,
        "core_busy_ps": found.busy_ps,
        "latency_from_ps": edges[0],
        "latency_packets": edges[1],
    }


def _sum(arrays: Sequence[NDArray[np.int64]]) -> NDArray[np.int64]:
    total: NDArray[np.int64] = np.sum(arrays, axis=0)
    return total
