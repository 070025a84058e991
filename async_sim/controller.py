"""The Async Ctrl unit: the only thing that handles time and messages (ANCoEF, fig. 4)."""

from collections import deque
from enum import Enum

from async_sim.actor import Actor
from async_sim.arbitration import load_arbiter
from async_sim.kernel import Clock
from async_sim.messages import WAKE, AckMsg, InitMsg, Output, ReqMsg, Token, WakeMsg


class State(Enum):
    """Of one lane of a controller."""

    INIT = "init"
    FORWARD = "forward"
    BACKWARD = "backward"


class ProtocolError(RuntimeError):
    """A controller got a message that the handshake does not allow."""


class AsyncCtrl(Actor):
    """Passes tokens on under a request and acknowledge handshake, decoupled from its datapath.

    *Init*: waits to be told its neighbours. *Forward*, while a lane has credit: fires as soon as a
    token waits and its own last handshake is over. *Backward*, once as many tokens are
    unacknowledged as the receiver can hold: stashes what comes until it is acknowledged.

    A user's own unit overrides `main`, the datapath, and where it has a choice `lane` and `output`.
    """

    def __init__(self, kernel: Clock, name: str) -> None:
        super().__init__(kernel, name)
        self.n_fires = 0
        self.wait_ps = 0  # summed over tokens
        self.ready_ps = 0  # when the last handshake is over
        self.max_occupancy: list[int] = []  # by channel
        self.credits: list[int] = []  # by lane
        self._stashes: tuple[deque[tuple[int, Token]], ...] = ()  # arrival and token, by channel
        self._waiting: dict[int, int] = {}  # channels where tokens wait, and the lanes they want
        self._turn = 0
        self._wake_ps = -1

    def main(self, token: Token) -> Token | None:
        """The datapath: what leaves when ``token`` enters; None if it ends here."""
        return token

    def lane(self, channel: int, token: Token) -> int:  # noqa: ARG002 (for those who override it)
        """The lane on which the first token of a channel leaves."""
        return channel % len(self.credits)

    def output(self, token: Token) -> int:  # noqa: ARG002
        """Which of its lane's outputs a token takes."""
        return 0

    def state(self, lane: int = 0) -> State:
        """The state of a lane."""
        if not self.credits:
            return State.INIT
        return State.FORWARD if self.credits[lane] else State.BACKWARD

    def holds(self, channel: int) -> bool:
        """Whether tokens wait in an input channel."""
        return bool(self._stashes[channel])

    def blocking(self) -> list[Output]:
        """Outputs whose acknowledgement the waiting tokens need."""
        lanes = [lane for lane in self._waiting.values() if not self.credits[lane]]
        return [output for lane in lanes for output in self._init.lanes[lane].outputs]

    @property
    def is_waiting(self) -> bool:
        """Whether tokens wait here at all."""
        return bool(self._waiting)

    async def run(self) -> None:
        """Be initialised; then take the messages of an instant and fire if possible, for ever."""
        first, *rest = await self.inbox.receive()
        if not isinstance(first, InitMsg) or rest:
            raise ProtocolError(f"{self.name}: {rest[0] if rest else first} while in state init")
        self._initialise(first)
        receive = self.inbox.receive
        while True:
            for message in await receive():
                self._take(message)
            if self._waiting:
                self._evaluate()

    def wake(self, time_ps: int) -> None:
        """Be evaluated at a later instant, whether messages come or not."""
        if self._wake_ps != time_ps:
            self._wake_ps = time_ps
            self.kernel.post(time_ps, self.inbox, WAKE)

    def _initialise(self, init: InitMsg) -> None:
        self._init = init
        self._forward_ps, self._backward_ps = init.timing.forward_ps, init.timing.backward_ps
        self._arbiter = load_arbiter(init.arbitration)
        self.credits = [lane.depth for lane in init.lanes]
        self._stashes = tuple(deque() for _ in init.inputs)
        self.max_occupancy = [0] * len(init.inputs)

    def _take(self, message: ReqMsg | AckMsg | WakeMsg) -> None:
        """Note what one message tells."""
        match message:
            case ReqMsg():
                self._stash(message.channel, message.token)
            case AckMsg():
                self._add_credit(message.lane)
            case WakeMsg():
                pass
            case _:
                raise ProtocolError(f"{self.name}: {message} while in state {self.state().value}")

    def _stash(self, channel: int, token: Token) -> None:
        stash = self._stashes[channel]
        if not stash:
            self._waiting[channel] = self.lane(channel, token)
        stash.append((self.kernel.now_ps, token))
        n = len(stash)
        if n > self.max_occupancy[channel]:
            depth = self._init.inputs[channel].depth
            if depth is not None and n > depth:
                raise ProtocolError(f"{self.name}: {n} tokens in channel {channel}, room for {depth}")
            self.max_occupancy[channel] = n

    def _add_credit(self, lane: int) -> None:
        self.credits[lane] += 1
        if self.credits[lane] > self._init.lanes[lane].depth:
            raise ProtocolError(f"{self.name}: lane {lane} acknowledged without a request")

    def _evaluate(self) -> None:
        """Fire if a token may go now, and see that one that may go later is not forgotten."""
        candidates = self._candidates()
        if candidates and self.ready_ps <= self.kernel.now_ps:
            self._fire(self._choose(candidates))
            candidates = self._candidates()
        if candidates:
            self.wake(self.ready_ps)

    def _candidates(self) -> list[int]:
        """Channels whose first token could go, were the last handshake over."""
        credits_ = self.credits
        return [channel for channel, lane in self._waiting.items() if credits_[lane]]

    def _choose(self, candidates: list[int]) -> int:
        if len(candidates) == 1:
            return candidates[0]
        return self._arbiter(candidates, self._turn, lambda channel: self._stashes[channel][0][0])

    def _fire(self, channel: int) -> None:
        """One handshake: take the token, hand on what the datapath makes of it, acknowledge."""
        lane, token = self._pop(channel)
        done_ps = self.kernel.now_ps + self.delay(token)
        result = self.main(token)
        if result is not None:
            self._send(lane, result, done_ps)
        sender = self._init.inputs[channel]
        if sender.inbox is not None:
            back_ps = done_ps + self._backward_ps + sender.wire_ps
            self.kernel.post(back_ps, sender.inbox, AckMsg(sender.lane))
        self.ready_ps = done_ps + self.handshake_ps(token)

    def delay(self, token: Token) -> int:  # noqa: ARG002
        """Time that the datapath needs before the handshake goes on: none, if decoupled."""
        return 0

    def handshake_ps(self, token: Token) -> int:  # noqa: ARG002
        """From the datapath's end to the next token."""
        return self._forward_ps + self._backward_ps

    def _pop(self, channel: int) -> tuple[int, Token]:
        """Take the first token of a channel; return it behind the lane that it wants."""
        stash, lane = self._stashes[channel], self._waiting.pop(channel)
        arrival_ps, token = stash.popleft()
        if stash:
            self._waiting[channel] = self.lane(channel, stash[0][1])
        self.n_fires += 1
        self.wait_ps += self.kernel.now_ps - arrival_ps
        self._turn = channel + 1
        return lane, token

    def _send(self, lane: int, token: Token, done_ps: int) -> None:
        self.credits[lane] -= 1
        output = self._init.lanes[lane].outputs[self.output(token)]
        request = ReqMsg(output.channel, token)
        self.kernel.post(done_ps + self._forward_ps + output.wire_ps, output.inbox, request)


class CoupledCtrl(AsyncCtrl):
    """A controller that waits for its datapath: overrides `delay` or `is_ready`, or both.

    A datapath that gets ready by itself calls `wake` for that instant; any message to the
    controller has it looked at as well.
    """

    def is_ready(self, token: Token, time_ps: int) -> bool:  # noqa: ARG002
        """Whether the datapath can take a token at an instant."""
        return True

    def _candidates(self) -> list[int]:
        now_ps, stashes = self.kernel.now_ps, self._stashes
        return [c for c in super()._candidates() if self.is_ready(stashes[c][0][1], now_ps)]
