"""The compiled engine: conservative windows, and chains of idle stages run at once.

No message takes less than the shortest latency, so that whatever happens within a window of that
length is decided by messages of earlier windows: the controllers of a window may be visited in any
order, without a heap. A stage with a single predecessor that is idle when its token comes will
certainly fire there and then, so it is run at once, ahead of its time; only switch allocators,
where ways merge, have to be waited for.
"""

import numpy as np

from async_sim.compilation import at, entry, inlined
from async_sim.events import Events
from async_sim.memory import Layout, constants, read
from async_sim.mesh import N_CONTROLLERS, SOURCE
from async_sim.network import Network
from async_sim.packets import Integers, Packets
from async_sim.queues import Constants
from async_sim.result import DeadlockError, Result
from async_sim.setup import Columns, are_in_range, load, set_up
from async_sim.stages import wake_source
from async_sim.tables import Table, Tables
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
    order: Integers,
    tables: tuple[Table, ...],
    found: tuple[Integers, Integers],
) -> bool:
    """Fill the tables, run, and put what became of the packets into their own order.

    Returns:
        Whether the packets fit the network; if not, nothing was run.
    """
    units, queues, returns, waiting, stashes, lanes, sent, taken, events, wheel = tables
    w = Tables(
        units[1], queues[0], returns[0], waiting[0], stashes[0], lanes[0], sent[0], taken[0],
        events[0], wheel[0],
    )  # fmt: skip
    f = figures
    k = Constants(
        f[0], f[1], f[2], f[3], f[4], f[5], f[6], f[7], f[8], f[9], f[10], f[11], f[12], f[13],
        f[14], f[15], f[16], f[17], f[18], f[19], f[20], f[21], f[22], f[23],
    )  # fmt: skip
    set_up(w, k)
    if not (are_in_range(k, columns) and load(w, k, columns, order)):
        return False
    run_windows(w, k)
    injected, delivered = found
    for i in range(len(order)):
        injected[i] = at(w.sent, order[i]).injected
        delivered[i] = at(w.taken, order[i]).delivered
    return True


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
    result, order, events = _run(network, packets, is_traced=True)
    packet = np.empty_like(order)
    packet[order] = np.arange(len(order))
    return result, Events.sorted(
        events["controller"], packet[events["packet"]], events["arrival"], events["fire"]
    )


def _run(network: Network, packets: Packets, *, is_traced: bool) -> tuple[Result, Integers, Table]:
    layout = Layout.of(network, packets, is_traced=is_traced)
    order = np.empty(len(packets), np.int64)
    found = np.empty_like(order), np.empty_like(order)
    has_groups = packets.following is not None
    columns = (
        packets.source, packets.destination, packets.channel, packets.release_ps,
        packets.n_synapses, order if packets.following is None else packets.following,
    )  # fmt: skip
    figures = constants(network, is_traced=is_traced, has_groups=has_groups)
    if has_groups:
        network.check(packets)
    if not simulate_windows(figures, columns, order, layout.tables, found):
        network.check(packets)
    if (found[1] < 0).any():
        name_deadlock(network, packets)
    return read(network, layout, *found), order, layout.events


def name_deadlock(network: Network, packets: Packets) -> None:
    """Run the case with actors, who know whom they wait for.

    Raises:
        DeadlockError: With the controllers that wait for each other.
    """
    from async_sim.actors import simulate as simulate_actors  # noqa: PLC0415 (hardly ever needed)

    simulate_actors(network, packets)
    raise DeadlockError("tokens wait for each other")
