"""What sits beside a router: a network interface, and the processing element that it serves."""

from async_sim.controller import CoupledCtrl
from async_sim.kernel import Clock
from async_sim.mesh import SINK, SOURCE, controller_name
from async_sim.messages import Token
from async_sim.network import Network
from async_sim.wiring import Wiring


class ProcessingElement:
    """Decodes spikes and reads the weights of their synapses.

    Attributes:
        n_spikes: Spikes received ...
        n_synapses: ... and synapses fed by them.
    """

    def __init__(self, network: Network) -> None:
        self._network = network
        self.n_spikes = 0
        self.n_synapses = 0

    def accept(self, token: Token) -> None:
        """Begin to decode a spike."""
        self.n_spikes += 1
        self.n_synapses += token.n_synapses

    def service_ps(self, token: Token) -> int:
        """Time from the decoder to the last weight read."""
        return self._network.service_ps(token.n_synapses)


class Source(CoupledCtrl):
    """Sends the packets of a node, in order and none before its release.

    Attributes:
        injected_ps: When each packet left, by its number.
    """

    def __init__(self, kernel: Clock, name: str) -> None:
        super().__init__(kernel, name)
        self.injected_ps: dict[int, int] = {}
        self._packets: list[Token] = []
        self._release_ps: dict[int, int] = {}  # by number

    def load(self, release_ps: int, token: Token) -> None:
        """Add a packet to those that will be sent; to be called before the system runs."""
        self._packets.append(token)
        for one in (token, *token.others):
            self._release_ps[one.number] = release_ps

    def stored(self) -> list[tuple[int, Token]]:
        """The packets, in order."""
        return [(self._release_ps[token.number], token) for token in self._packets]

    def is_ready(self, token: Token, time_ps: int) -> bool:
        """Whether the first packet is released."""
        release_ps = self._release_ps[token.number]
        if release_ps > time_ps:
            self.wake(release_ps)
        return release_ps <= time_ps

    def lane(self, channel: int, token: Token) -> int:  # noqa: ARG002
        """The virtual channel that the packet was given."""
        return token.channel

    def main(self, token: Token) -> Token:
        """Note when the packet leaves."""
        for one in (token, *token.others):
            self.injected_ps[one.number] = self.kernel.now_ps
        return token


class Sink(CoupledCtrl):
    """Hands tokens to the processing element, which takes none while it works.

    The place in the FIFO is free as soon as decoding begins: the acknowledgement does not wait for
    the service, the next token does.

    Attributes:
        delivered_ps: When each packet left the FIFO, by its number.
    """

    def __init__(self, kernel: Clock, name: str, element: ProcessingElement) -> None:
        super().__init__(kernel, name)
        self.delivered_ps: dict[int, int] = {}
        self._element = element

    def main(self, token: Token) -> None:
        """Hand the spike over; nothing leaves."""
        self.delivered_ps[token.number] = self.kernel.now_ps
        self._element.accept(token)

    def busy_ps(self, token: Token) -> int:
        """The service of a spike."""
        return self._element.service_ps(token)


class NetworkInterface:
    """Source and sink of one node."""

    def __init__(
        self, network: Network, node: int, wiring: Wiring, element: ProcessingElement
    ) -> None:
        mesh, kernel, timing = network.mesh, wiring.kernel, network.timing
        self.source = Source(kernel, controller_name(node, SOURCE, mesh))
        self.sink = Sink(kernel, controller_name(node, SINK, mesh), element)
        wiring.place(self.source, timing.source, n_lanes=network.n_channels)
        wiring.place(self.sink, timing.sink, n_channels=network.n_channels)
