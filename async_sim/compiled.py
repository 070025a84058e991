"""The compiled engine: conservative windows, and chains of idle stages run at once.

No message takes less than the shortest latency, so that whatever happens within a window of that
length is decided by messages of earlier windows: the controllers of a window may be visited in any
order, without a heap. A stage with a single predecessor that is idle when its token comes will
certainly fire there and then, so it is run at once, ahead of its time; only switch allocators,
where ways merge, have to be waited for.
"""

from dataclasses import replace

import numpy as np

from async_sim.compilation import at, entry, inlined, rows
from async_sim.events import Events
from async_sim.memory import Memory, constants, result_to_fill
from async_sim.mesh import N_CONTROLLERS, SOURCE
from async_sim.network import Network
from async_sim.packets import Integers, Packets
from async_sim.queues import Constants
from async_sim.readout import Arrays, read
from async_sim.result import DeadlockError, Result
from async_sim.setup import Columns, are_in_range, load, set_up
from async_sim.stages import wake_source
from async_sim.tables import (
    EVENT,
    LANE,
    NUMBER,
    QUEUE,
    RETURN,
    SENT,
    STASH,
    TAKEN,
    UNIT,
    Table,
    Tables,
)
from async_sim.visits import visit
from async_sim.wheel import next_window, take_first


@inlined
def run_windows(w: Tables, k: Constants) -> None:
    """Run until nothing is due any more."""
    for node in range(k.n_nodes):
        wake_source(w, k, node * N_CONTROLLERS + SOURCE, 0)
    now = next_window(w, 0)
    while now >= 0:
        c = take_first(w, now)
        while c >= 0:
            visit(w, k, c, now)
            c = take_first(w, now)
        now = next_window(w, now)


@entry
def simulate_windows(
    figures: Integers,
    columns: Columns,
    memory: tuple[Table, Integers, Integers],
    found: Arrays,
) -> int:
    """Fill the tables, run, and read the result.

    Returns:
        When the last sink is ready again; below 0 if the packets do not fit the network.
    """
    block, begins, order = memory
    b = begins
    w = Tables(
        at(rows(block, b[0], UNIT), 1), rows(block, b[1], QUEUE),
        rows(block, b[2], RETURN), rows(block, b[3], STASH), rows(block, b[4], STASH),
        rows(block, b[5], LANE), rows(block, b[6], SENT), rows(block, b[7], TAKEN),
        rows(block, b[8], EVENT), rows(block, b[9], NUMBER),
    )  # fmt: skip
    f = figures
    k = Constants(
        f[0], f[1], f[2], f[3], f[4], f[5], f[6], f[7], f[8], f[9], f[10], f[11], f[12], f[13],
        f[14], f[15], f[16], f[17], f[18], f[19], f[20], f[21], f[22], f[23],
    )  # fmt: skip
    block[: b[2]] = 0  # rings are written before they are read
    block[b[4] : b[6]] = 0
    set_up(w, k)
    if not (are_in_range(k, columns) and load(w, k, columns, order)):
        return -1
    run_windows(w, k)
    return read(w, k, order, found)


def simulate(network: Network, packets: Packets) -> Result:
    """Run one time step to its end.

    Raises:
        ValueError: If a packet does not fit the network.
        DeadlockError: If tokens wait for each other for ever.
    """
    return _run(network, packets, is_traced=False)[0]


def simulate_traced(network: Network, packets: Packets) -> tuple[Result, Events]:
    """The same, and every fire of every controller.

    Raises:
        ValueError: If a packet does not fit the network.
        DeadlockError: If tokens wait for each other for ever.
    """
    result, memory = _run(network, packets, is_traced=True)
    events, packet = memory.events, np.empty_like(memory.order)
    packet[memory.order] = np.arange(len(packets))
    return result, Events.sorted(
        events["controller"], packet[events["packet"]], events["arrival"], events["fire"]
    )


def _run(network: Network, packets: Packets, *, is_traced: bool) -> tuple[Result, Memory]:
    following = packets.following
    if following is not None:
        network.check(packets)
    network.check_times(packets)
    memory = Memory.of(network, packets, is_traced=is_traced)
    columns = (
        packets.source, packets.destination, packets.channel, packets.release_ps,
        packets.n_synapses, memory.order if following is None else following,
    )  # fmt: skip
    result = result_to_fill(network, len(packets))
    figures = constants(network, is_traced=is_traced, has_groups=following is not None)
    arrays = (
        result.injected_ps, result.delivered_ps, result.fires, result.wait_ps,
        result.max_occupancy,
    )  # fmt: skip
    end_ps = simulate_windows(figures, columns, (memory.block, memory.begins, memory.order), arrays)
    if end_ps < 0:
        network.check(packets)
    if (result.delivered_ps < 0).any():
        name_deadlock(network, packets)
    return replace(result, end_ps=end_ps), memory


def name_deadlock(network: Network, packets: Packets) -> None:
    """Run the case with actors, who know whom they wait for.

    Raises:
        DeadlockError: With the controllers that wait for each other.
    """
    from async_sim.actors import simulate as simulate_actors  # noqa: PLC0415 (hardly ever needed)

    simulate_actors(network, packets)
    raise DeadlockError("tokens wait for each other")
