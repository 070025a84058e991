"""Memory of the compiled engine: one block, cut into tables that begin at cache lines."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from async_sim import tables as of
from async_sim.mesh import N_CONTROLLERS, N_PORTS, SINK, Mesh
from async_sim.network import ARBITRATIONS, Network
from async_sim.packets import Integers, Packets
from async_sim.result import Result
from async_sim.routing import ROUTINGS
from async_sim.timing import STAGES
from async_sim.wheel import N_EVENTS, N_ROWS

LINE = 64  # bytes


@dataclass(frozen=True)
class Layout:
    """Tables in the order of `async_sim.tables.Tables`."""

    tables: tuple[NDArray[Any], ...]

    @classmethod
    def of(cls, network: Network, packets: Packets, *, is_traced: bool) -> Self:
        """Tables filled with zeros; a trace has room for all fires, known beforehand (law I4)."""
        n_nodes, n = network.mesh.n_nodes, network.n_channels
        n_queues, n_packets = n_nodes * (N_PORTS + 1) * n, max(len(packets), 1)
        n_places = n_queues << ring_bits(network)
        n_events = 1
        if is_traced:
            n_events += 2 * len(packets) + 3 * int((packets.hops(network.mesh) + 1).sum())
        return cls(
            _cut(
                (of.UNIT, n_nodes * N_CONTROLLERS + 1),  # before the first one: see the wheel
                (of.QUEUE, n_queues),
                (of.RETURN, n_places),
                (of.STASH, n_places),
                (of.STASH, n_nodes * N_PORTS * N_PORTS * n),
                (of.LANE, n_nodes * N_PORTS * n),
                (of.SENT, n_packets),
                (of.TAKEN, n_packets),
                (of.EVENT, n_events),
                (of.NUMBER, N_ROWS),
            )
        )

    @property
    def events(self) -> NDArray[Any]:
        """What a traced run noted."""
        events, wheel = self.tables[-2:]
        noted: NDArray[Any] = events[: wheel["n"][N_EVENTS]]
        return noted


def _cut(*shapes: tuple[np.dtype[Any], int]) -> tuple[NDArray[Any], ...]:
    """Tables of so many rows each, out of one block of zeros."""
    sizes = [-(-dtype.itemsize * n // LINE) * LINE for dtype, n in shapes]
    block = np.zeros(sum(sizes) + LINE, np.uint8)
    at, found = -block.ctypes.data % LINE, []
    for size, (dtype, n) in zip(sizes, shapes, strict=True):
        found.append(np.frombuffer(block.data, dtype, n, at))
        at += size
    return tuple(found)


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


def neighbours(mesh: Mesh) -> Integers:
    """The node behind each port, (R, 5); -1 at the edge."""
    found = [
        [mesh.neighbour(node, port) for port in range(N_PORTS)] for node in range(mesh.n_nodes)
    ]
    return np.array([[-1 if one is None else one for one in row] for row in found], np.int64)


def read(network: Network, layout: Layout, injected: Integers, delivered: Integers) -> Result:
    """What the tables tell at the end."""
    n_nodes, n = network.mesh.n_nodes, network.n_channels
    units, queues, _, _, stashes, lanes = layout.tables[:6]
    units = units[1:].reshape(n_nodes, N_CONTROLLERS)
    queue_peaks = queues["peak"].reshape(n_nodes, -1)
    peaks = (
        queue_peaks[:, : N_PORTS * n],
        stashes["arrival"].reshape(n_nodes, -1) >= 0,
        lanes["credit"].reshape(n_nodes, -1) > 0,
        np.zeros((n_nodes, 1), np.int64),
        queue_peaks[:, N_PORTS * n :],
    )
    return Result(
        injected,
        delivered,
        units["fires"].astype(np.int64),
        units["wait"].copy(),
        np.concatenate(peaks, axis=1, dtype=np.int64),
        int(units["ready"][:, SINK].max(initial=0)),
    )
