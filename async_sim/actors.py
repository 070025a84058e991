"""The actor engine, the reference: controllers as coroutines in virtual time."""

from itertools import chain

import numpy as np

from async_sim.controller import AsyncCtrl
from async_sim.events import Events
from async_sim.kernel import Clock, Kernel
from async_sim.mesh import SOURCE
from async_sim.messages import Token
from async_sim.network import Network
from async_sim.packets import Integers, Packets
from async_sim.result import Result, n_stashes
from async_sim.system import System


def simulate(network: Network, packets: Packets, kernel: Clock | None = None) -> Result:
    """Run one time step to its end.

    Args:
        network: What does not change while spikes move.
        packets: What is sent.
        kernel: Runs the actors, once; our own unless given.

    Raises:
        ValueError: If a packet does not fit the network.
        DeadlockError: If tokens wait for each other for ever; it names the controllers.
    """
    network.check(packets)
    system = System(network, kernel or Kernel())
    system.send(packets)
    system.run()
    return read(system, len(packets))


def simulate_traced(
    network: Network, packets: Packets, kernel: Clock | None = None
) -> tuple[Result, Events]:
    """The same, and every fire of every controller.

    Raises:
        ValueError: If a packet does not fit the network.
        DeadlockError: If tokens wait for each other for ever; it names the controllers.
    """
    network.check(packets)
    system = System(network, kernel or Kernel())
    system.send(packets)
    fires: list[tuple[int, int, int, int]] = []
    units = chain.from_iterable(node.controllers for node in system.nodes)
    for i, unit in enumerate(units):
        _watch(unit, i, fires)
    system.run()
    rows = np.array(fires, np.int64).reshape(-1, 4)
    return read(system, len(packets)), Events.sorted(*rows.T)


def _watch(unit: AsyncCtrl, controller: int, fires: list[tuple[int, int, int, int]]) -> None:
    """Have a controller's datapath, which each fire goes through, note the fire."""
    main = unit.main

    def noting(token: Token) -> Token | None:
        fires.append((controller, token.number, unit.known.arrival_ps, unit.kernel.now_ps))
        return main(token)

    unit.main = noting  # type: ignore[method-assign]


def read(system: System, n_packets: int) -> Result:
    """What the controllers counted."""
    interfaces = [node.interface for node in system.nodes]
    units = [node.controllers for node in system.nodes]
    wait_ps = np.array([[unit.known.wait_ps for unit in row] for row in units], np.int64)
    wait_ps[:, SOURCE] = 0  # by convention: it is the injection less the release
    return Result(
        _by_number(n_packets, [interface.source.injected_ps for interface in interfaces]),
        _by_number(n_packets, [interface.sink.delivered_ps for interface in interfaces]),
        np.array([[unit.known.n_fires for unit in row] for row in units], np.int64),
        wait_ps,
        _occupancy(system),
        max(interface.sink.known.ready_ps for interface in interfaces),
    )


def _by_number(n_packets: int, found: list[dict[int, int]]) -> Integers:
    """Times in the order of the packets."""
    times = np.full(n_packets, -1, np.int64)
    for number, time_ps in chain.from_iterable(some.items() for some in found):
        times[number] = time_ps
    return times


def _occupancy(system: System) -> Integers:
    """Largest number of tokens in each channel, (R, 36 V + 1)."""
    rows = [
        list(chain.from_iterable(unit.known.max_occupancy for unit in node.controllers))
        for node in system.nodes
    ]
    occupancy = np.array(rows, np.int64)
    assert occupancy.shape[1] == n_stashes(system.network.n_channels)  # noqa: S101
    return occupancy
