"""The system: a mesh of nodes, each a router, a network interface and a processing element."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from async_sim.controller import AsyncCtrl
from async_sim.interface import NetworkInterface, ProcessingElement
from async_sim.kernel import Clock
from async_sim.mesh import LOCAL, N_PORTS, OPPOSITE
from async_sim.messages import Token
from async_sim.network import Network
from async_sim.packets import Packets
from async_sim.router import Router
from async_sim.routing import choice_keys
from async_sim.wiring import Wiring


class Node:
    """One node: its three modules, wired to each other."""

    def __init__(self, network: Network, node: int, wiring: Wiring) -> None:
        self.router = Router(network, node, wiring)
        self.element = ProcessingElement(network)
        self.interface = NetworkInterface(network, node, wiring, self.element)
        into, out_of = self.router.inputs[LOCAL], self.router.outputs[LOCAL]
        for channel in range(network.n_channels):
            at = channel, channel
            wiring.connect(self.interface.source, into, network.depth, at)
            wiring.connect(out_of, self.interface.sink, network.sink_depth, at)

    @property
    def controllers(self) -> list[AsyncCtrl]:
        """All seventeen, in the order of `async_sim.mesh`."""
        return [*self.router.controllers, self.interface.source, self.interface.sink]


def groups(packets: Packets) -> Iterator[tuple[int, list[int]]]:
    """The first packet of each multicast group, and the others; single packets are groups too."""
    if packets.following is None:
        yield from ((number, []) for number in range(len(packets)))
        return
    order = np.argsort(packets.source, kind="stable").tolist()
    following, i = packets.following.tolist(), 0
    while i < len(order):
        n = following[order[i]]
        yield order[i], order[i + 1 : i + 1 + n]
        i += 1 + n


class System:
    """All nodes of a network; runs one time step of a spiking neural network, up to its barrier."""

    def __init__(self, network: Network, kernel: Clock) -> None:
        self.network = network
        self.kernel = kernel
        self.wiring = Wiring(kernel, network.arbitration)
        self.nodes = [Node(network, node, self.wiring) for node in range(network.mesh.n_nodes)]
        for node in range(network.mesh.n_nodes):
            for port in range(N_PORTS):
                self._link(node, port)

    def _link(self, node: int, port: int) -> None:
        """Lead a port of a node to its neighbour, if it has one there."""
        other = self.network.mesh.neighbour(node, port)
        if other is None:
            return
        sender = self.nodes[node].router.outputs[port]
        receiver = self.nodes[other].router.inputs[OPPOSITE[port]]
        for channel in range(self.network.n_channels):
            at = channel, channel
            self.wiring.connect(sender, receiver, self.network.depth, at, self.network.link_ps)

    def send(self, packets: Packets) -> None:
        """Give packets to their sources; to be called once, before the system runs."""
        keys = choice_keys(np.arange(len(packets)))
        columns = (packets.source, packets.destination, packets.channel, packets.n_synapses, keys)
        rows = zip(*(column.tolist() for column in columns), strict=True)
        tokens = [Token(number, *row) for number, row in enumerate(rows)]
        release_ps = packets.release_ps.tolist()
        for first, joined in groups(packets):
            token = tokens[first]
            if joined:
                token = replace(token, others=tuple(tokens[number] for number in joined))
            self.nodes[token.source].interface.source.load(release_ps[first], token)

    def run(self) -> None:
        """Run to the barrier: until no token is under way and every sink is ready again.

        Raises:
            DeadlockError: If tokens wait for each other for ever.
        """
        self.wiring.run()
