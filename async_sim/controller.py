"""The Async Ctrl unit: the only thing that handles time and messages (ANCoEF, fig. 4)."""

from collections.abc import Callable
from enum import Enum
from typing import Any

from async_sim.actor import Actor
from async_sim.handshake import Handshake, ProtocolError
from async_sim.kernel import Clock
from async_sim.messages import AckMsg, InitMsg, ReqMsg, Token


class State(Enum):
    """Of one lane of a controller."""

    INIT = "init"
    FORWARD = "forward"
    BACKWARD = "backward"


class AsyncCtrl(Actor):
    """Passes tokens on under a request and acknowledge handshake, decoupled from its datapath.

    *Init*: waits to be told its neighbours. *Forward*, while a lane has credit: fires as soon as a
    token waits and its own last handshake is over. *Backward*, once as many tokens are
    unacknowledged as the receiver can hold: stashes what comes until it is acknowledged.

    A user's own unit overrides `main`, the datapath, and where it has a choice `lane` and `output`.

    Attributes:
        handshake: All that changes; None while in state init.
    """

    def __init__(self, kernel: Clock, name: str) -> None:
        super().__init__(kernel, name)
        self.handshake: Handshake | None = None
        self.n_lanes = 0

    def main(self, token: Token) -> Token | None:
        """The datapath: what leaves when ``token`` enters; None if it ends here."""
        return token

    def lane(self, channel: int, token: Token) -> int:  # noqa: ARG002 (for those who override it)
        """The lane on which the first token of a channel leaves."""
        return channel % self.n_lanes

    def output(self, token: Token) -> int:  # noqa: ARG002
        """Which of its lane's outputs a token takes."""
        return 0

    def parts(self, token: Token) -> tuple[Token, Token | None]:
        """What of a group goes first, and what stays for the next fire, if anything."""
        return token, None

    def stored(self) -> list[tuple[int, Token]]:
        """Tokens that wait from the beginning, each behind the time that it counts as come."""
        return []

    def own(self, name: str) -> Callable[..., Any] | None:
        """A method that a unit overrides; None if it is the one above, whose call is saved."""
        method = getattr(self, name)
        is_own = getattr(method, "__func__", method) is not getattr(AsyncCtrl, name)
        return method if is_own else None

    @property
    def coupling(self) -> "CoupledCtrl | None":
        """Itself, if the handshake waits for the datapath."""
        return None

    @property
    def known(self) -> Handshake:
        """The handshake of a controller that is past state init."""
        if self.handshake is None:
            raise ProtocolError(f"{self.name}: still in state init")
        return self.handshake

    def state(self, lane: int = 0) -> State:
        """The state of a lane."""
        if self.handshake is None:
            return State.INIT
        return State.FORWARD if self.handshake.credits[lane] else State.BACKWARD

    async def run(self) -> None:
        """Be initialised; then take the messages of an instant and fire if possible, for ever."""
        handshake = await self._initialised()
        receive, waiting, evaluate = self.inbox.receive, handshake.waiting, handshake.evaluate
        request, acknowledge = handshake.request, handshake.acknowledge
        while True:
            if waiting:
                evaluate()
            for message in await receive():
                match message:
                    case ReqMsg():
                        request(message.channel, message.token)
                    case AckMsg():
                        acknowledge(message.lane)
                    case InitMsg():
                        raise ProtocolError(f"{self.name}: initialised twice")

    async def _initialised(self) -> Handshake:
        """Wait for the first message."""
        first, *rest = await self.inbox.receive()
        if not isinstance(first, InitMsg) or rest:
            raise ProtocolError(f"{self.name}: {rest[0] if rest else first} while in state init")
        self.n_lanes = len(first.lanes)
        self.handshake = Handshake(self, first)
        self.handshake.load(self.stored())
        return self.handshake


class CoupledCtrl(AsyncCtrl):
    """A controller that waits for its datapath: overrides one or more of the three methods.

    A datapath that gets ready by itself calls `wake` for that instant; any message to the
    controller has it looked at as well.
    """

    @property
    def coupling(self) -> "CoupledCtrl":
        """Itself."""
        return self

    def is_ready(self, token: Token, time_ps: int) -> bool:  # noqa: ARG002
        """Whether the datapath can take a token at an instant."""
        return True

    def delay(self, token: Token) -> int:  # noqa: ARG002
        """Time that the datapath needs before the handshake goes on."""
        return 0

    def busy_ps(self, token: Token) -> int:  # noqa: ARG002
        """Time that the datapath takes no other token for, though the handshake is over."""
        return 0

    def wake(self, time_ps: int) -> None:
        """Have the datapath looked at again at a later instant, whether messages come or not."""
        self.known.wake(time_ps)
