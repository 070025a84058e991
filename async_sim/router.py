"""A router: for each of its five ports an input unit, a switch allocator and an output unit."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache

from async_sim.controller import AsyncCtrl
from async_sim.kernel import Clock
from async_sim.mesh import INPUT, N_PORTS, OUTPUT, SWITCH, controller_name
from async_sim.messages import Token
from async_sim.network import Network
from async_sim.routing import ODD_EVEN, ROUTINGS, next_port
from async_sim.wiring import Wiring

PortOf = Callable[[int, int, int], int]
"""From destination, source and key of a packet to the port by which it leaves."""


class InputUnit(AsyncCtrl):
    """Takes what comes to a port; its datapath computes the route. One FIFO per virtual channel."""

    def __init__(self, kernel: Clock, name: str, port_of: PortOf) -> None:
        super().__init__(kernel, name)
        self._port_of = port_of

    def output(self, token: Token) -> int:
        """The switch allocator of the port by which a token leaves."""
        return self._port_of(token.destination, token.source, token.key)

    def parts(self, token: Token) -> tuple[Token, Token | None]:
        """Those that leave by the port of the first one, and the rest."""
        port, others, n = self.output(token), token.others, 0
        while n < len(others) and self.output(others[n]) == port:
            n += 1
        if n == len(others):
            return token, None
        return replace(token, others=others[:n]), replace(others[n], others=others[n + 1 :])


class SwitchAllocator(AsyncCtrl):
    """Grants its output port to one of up to five inputs times virtual channels at a time.

    Only tokens routed to it come at all, and only those whose channel has credit at the output unit
    are candidates: this couples it to its datapath.
    """


class OutputUnit(AsyncCtrl):
    """Sends over the link, where the same virtual channel has room behind it."""


class Router:
    """The fifteen controllers of one node's router.

    Attributes:
        inputs: Input units by port; likewise ``switches`` and ``outputs``.
    """

    def __init__(self, network: Network, node: int, wiring: Wiring) -> None:
        def name(first: int, port: int) -> str:
            return controller_name(node, first + port, network.mesh)

        ports, kernel = range(N_PORTS), wiring.kernel
        port_of = routes_from(network, node)
        self.inputs = [InputUnit(kernel, name(INPUT, port), port_of) for port in ports]
        self.switches = [SwitchAllocator(kernel, name(SWITCH, port)) for port in ports]
        self.outputs = [OutputUnit(kernel, name(OUTPUT, port)) for port in ports]
        self._wire(network, wiring)

    def _wire(self, network: Network, wiring: Wiring) -> None:
        n, timing = network.n_channels, network.timing
        for port in range(N_PORTS):
            wiring.place(self.inputs[port], timing.input_unit, n, n)
            wiring.place(self.switches[port], timing.switch_allocator, N_PORTS * n, n)
            wiring.place(self.outputs[port], timing.output_unit, n, n)
        for channel in range(n):
            for port, unit in enumerate(self.inputs):
                for switch in self.switches:  # in the order of their ports: see InputUnit.output
                    wiring.connect(unit, switch, at=(channel, port * n + channel))
            for switch, onward in zip(self.switches, self.outputs, strict=True):
                wiring.connect(switch, onward, at=(channel, channel))

    @property
    def controllers(self) -> list[AsyncCtrl]:
        """All fifteen, in the order of `async_sim.mesh`."""
        return [*self.inputs, *self.switches, *self.outputs]


def routes_from(network: Network, node: int) -> PortOf:
    """The routing function of one node, which remembers what it was asked before."""
    mesh, routing = network.mesh, ROUTINGS[network.routing]
    x, y = mesh.at(node)

    @cache
    def port_of(destination: int, source: int, key: int) -> int:
        return int(next_port(routing, x, y, mesh.at(source)[0], *mesh.at(destination), key))

    if routing == ODD_EVEN:
        return port_of
    return lambda destination, _source, _key: port_of(destination, 0, 0)
