"""Reads a result out of the tables of the compiled engine."""

from async_sim.compilation import at, compiled
from async_sim.mesh import N_CONTROLLERS, N_PORTS, SINK
from async_sim.packets import Integers
from async_sim.queues import Constants
from async_sim.tables import Tables

Arrays = tuple[Integers, Integers, Integers, Integers, Integers]
"""As in `async_sim.result.Result`."""


@compiled
def read(w: Tables, k: Constants, order: Integers, found: Arrays) -> int:
    """Fill the arrays of a result; return when the last sink is ready again."""
    injected, delivered, fires, waits, peaks = found
    for i in range(len(order)):
        injected[i] = at(w.sent, order[i]).injected
        delivered[i] = at(w.taken, order[i]).delivered
    end = 0
    for node in range(k.n_nodes):
        for i in range(N_CONTROLLERS):
            unit = at(w.units, node * N_CONTROLLERS + i)
            fires[node, i], waits[node, i] = unit.fires, unit.wait
        end = max(end, at(w.units, node * N_CONTROLLERS + SINK).ready)
        read_peaks(w, k, node, peaks[node])
    return end


@compiled
def read_peaks(w: Tables, k: Constants, node: int, peaks: Integers) -> None:
    """Fill a row of the largest numbers of tokens; a place for one was used, or never."""
    n = k.channels
    n_inputs, n_stashes, n_lanes = N_PORTS * n, N_PORTS * N_PORTS * n, N_PORTS * n
    queues, lanes = node * (N_PORTS + 1) * n, n_inputs + n_stashes
    source = lanes + n_lanes
    for i in range(n_inputs):
        peaks[i] = at(w.queues, queues + i).peak
    for i in range(n_stashes):
        peaks[n_inputs + i] = at(w.stashes, node * n_stashes + i).arrival >= 0
    for i in range(n_lanes):
        peaks[lanes + i] = at(w.lanes, node * n_lanes + i).credit > 0
    peaks[source] = 0
    for i in range(n):
        peaks[source + 1 + i] = at(w.queues, queues + n_inputs + i).peak
