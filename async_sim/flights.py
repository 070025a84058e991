"""The packet table: when each packet was released, sent and taken, and what held it up."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from async_sim.network import Network
from async_sim.packets import Packets
from async_sim.result import Result

Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Flights:
    """n packets, each array (n,); the columns of the table, in order.

    Attributes:
        release_ps: When each might be sent ...
        injected_ps: ... when it left its source ...
        delivered_ps: ... and when it left the FIFO of its sink.
        n_hops: Links on its way.
        queued_ps: Time that it waited in its source.
        blocked_ps: Time that it took from there beyond an empty network's.
    """

    source: Integers
    destination: Integers
    channel: Integers
    n_synapses: Integers
    release_ps: Integers
    injected_ps: Integers
    delivered_ps: Integers
    n_hops: Integers
    queued_ps: Integers
    blocked_ps: Integers

    def __len__(self) -> int:
        return len(self.source)


def flights(network: Network, packets: Packets, result: Result) -> Flights:
    """What became of each packet."""
    n_hops = packets.hops(network.mesh)
    flight_ps = result.delivered_ps - result.injected_ps
    return Flights(
        source=packets.source,
        destination=packets.destination,
        channel=packets.channel,
        n_synapses=packets.n_synapses,
        release_ps=packets.release_ps,
        injected_ps=result.injected_ps,
        delivered_ps=result.delivered_ps,
        n_hops=n_hops,
        queued_ps=result.injected_ps - packets.release_ps,
        blocked_ps=flight_ps - zero_load_ps(network, n_hops),
    )


def zero_load_ps(network: Network, n_hops: Integers) -> Integers:
    """From injection to delivery in an empty network (law I6)."""
    timing = network.timing
    stages = (timing.input_unit, timing.switch_allocator, timing.output_unit)
    router_ps = sum(stage.forward_ps for stage in stages)
    return timing.source.forward_ps + (n_hops + 1) * router_ps + n_hops * network.link_ps
