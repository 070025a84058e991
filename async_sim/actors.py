"""The actor engine, the reference: controllers as coroutines in virtual time."""

from itertools import chain

import numpy as np

from async_sim.kernel import Clock, Kernel
from async_sim.mesh import SOURCE
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
