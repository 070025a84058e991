"""Memory of the compiled engine: one block, cut into tables that begin at cache lines."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from async_sim import tables as of
from async_sim.mesh import N_CONTROLLERS, N_PORTS
from async_sim.network import ARBITRATIONS, Network
from async_sim.packets import Integers, Packets
from async_sim.result import Result, n_stashes
from async_sim.routing import ROUTINGS
from async_sim.tables import Table
from async_sim.timing import STAGES
from async_sim.wheel import N_EVENTS, N_ROWS

LINE = 64  # bytes
DTYPES = (
    of.UNIT, of.QUEUE, of.RETURN, of.STASH, of.STASH, of.LANE, of.SENT, of.TAKEN, of.EVENT,
    of.NUMBER,
)  # fmt: skip
SIZES = tuple(dtype.itemsize for dtype in DTYPES)
EVENTS, WHEEL = len(DTYPES) - 2, len(DTYPES) - 1


@dataclass(frozen=True)
class Memory:
    """What a run works on, not yet initialised.

    Attributes:
        block: Bytes of all tables.
        begins: Where each table begins, in the order of `async_sim.tables.Tables`, and the end.
        order: For where the packets are among those of all sources, (n,).
    """

    block: Table
    begins: Integers
    order: Integers

    @classmethod
    def of(cls, network: Network, packets: Packets, *, is_traced: bool) -> Self:
        """Enough; a trace has room for all fires, whose number is known beforehand (law I4)."""
        n_nodes, n, n_packets = network.mesh.n_nodes, network.n_channels, len(packets)
        n_queues, n_events = n_nodes * (N_PORTS + 1) * n, 0
        if is_traced:
            n_events = 2 * n_packets + 3 * int((packets.hops(network.mesh) + 1).sum())
        n_places, n_lanes = n_queues << ring_bits(network), n_nodes * N_PORTS * n
        n_rows = (
            n_nodes * N_CONTROLLERS + 1,  # one before the first controller: see the wheel
            n_queues, n_places, n_places, n_lanes * N_PORTS, n_lanes, n_packets, n_packets,
            n_events, N_ROWS,
        )  # fmt: skip
        begins = [0]
        for rows, size in zip(n_rows, SIZES, strict=True):
            begins.append(begins[-1] - (-rows * size // LINE) * LINE)
        block = np.empty(begins[-1] + LINE, np.uint8)
        start = -block.ctypes.data % LINE
        return cls(block[start:], np.array(begins), np.empty(n_packets, np.int64))

    @property
    def events(self) -> Table:
        """What a traced run noted."""
        n = int(np.frombuffer(self.block, np.int64, 1, self.begins[WHEEL] + 8 * N_EVENTS)[0])
        found: Table = np.frombuffer(self.block, of.EVENT, n, self.begins[EVENTS])
        return found


def ring_bits(network: Network) -> int:
    """A queue has room for 2 to this power of tokens."""
    return (max(network.depth, network.sink_depth) - 1).bit_length()


def constants(network: Network, *, is_traced: bool = False, has_groups: bool = False) -> Integers:
    """What `async_sim.queues.Constants` names, in its order."""
    stages = [getattr(network.timing, name) for name in STAGES]
    return np.array(
        [
            network.n_channels, network.depth, network.sink_depth, ring_bits(network),
            network.timing.shortest_ps.bit_length() - 1, ARBITRATIONS[network.arbitration],
            ROUTINGS[network.routing], network.link_ps,
            *(ps for stage in stages for ps in (stage.forward_ps, stage.backward_ps)),
            network.decode_ps, network.synapse_ps, network.mesh.width, network.mesh.n_nodes,
            is_traced, has_groups,
        ],
        np.int64,
    )  # fmt: skip


def result_to_fill(network: Network, n_packets: int) -> Result:
    """Arrays that are not yet initialised; the end is told apart."""
    per_unit = network.mesh.n_nodes, N_CONTROLLERS
    per_stash = network.mesh.n_nodes, n_stashes(network.n_channels)
    return Result(
        injected_ps=np.empty(n_packets, np.int64),
        delivered_ps=np.empty(n_packets, np.int64),
        fires=np.empty(per_unit, np.int64),
        wait_ps=np.empty(per_unit, np.int64),
        max_occupancy=np.empty(per_stash, np.int64),
        end_ps=0,
    )
