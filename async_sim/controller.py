"""The Async Ctrl unit: the only thing that handles time and messages (ANCoEF, fig. 4)."""

from collections import deque
from enum import Enum

from async_sim.actor import Actor
from async_sim.arbitration import load_arbiter
from async_sim.kernel import Clock
from async_sim.messages import WAKE, AckMsg, InitMsg, Output, ReqMsg, Token


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
        return [output for lane in lanes for output in self._outputs[lane]]

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
        receive, stash = self.inbox.receive, self._stash
        while True:
            if self._waiting:
                self._evaluate()
            for message in await receive():
                match message:
                    case ReqMsg():
                        stash(message.channel, message.token)
                    case AckMsg():
                        self._add_credit(message.lane)
                    case InitMsg():
                        raise ProtocolError(f"{self.name}: initialised twice")

    def wake(self, time_ps: int) -> None:
        """Be evaluated at a later instant, whether messages come or not."""
        if self._wake_ps != time_ps:
            self._wake_ps = time_ps
            self.kernel.post(time_ps, self.inbox, WAKE)

    def _initialise(self, init: InitMsg) -> None:
        self._init, timing = init, init.timing
        self._forward_ps, self._backward_ps = timing.forward_ps, timing.backward_ps
        self._arbiter = load_arbiter(init.arbitration)
        self.credits = [lane.depth for lane in init.lanes]
        self._stashes = tuple(deque() for _ in init.inputs)
        self._depths = [lane.depth for lane in init.lanes]
        self._outputs = [lane.outputs for lane in init.lanes]
        self._senders = [(one.inbox, one.wire_ps, AckMsg(one.lane)) for one in init.inputs]
        self._post = self.kernel.post
        self.max_occupancy = [0] * len(init.inputs)

    def _stash(self, channel: int, token: Token) -> None:
        stash = self._stashes[channel]
        if not stash:
            self._waiting[channel] = self.lane(channel, token)
        stash.append((self.kernel.now_ps, token))
        if len(stash) > self.max_occupancy[channel]:
            self.max_occupancy[channel] = len(stash)
            self._check_room(channel)

    def _add_credit(self, lane: int) -> None:
        self.credits[lane] += 1
        if self.credits[lane] > self._depths[lane]:
            raise ProtocolError(f"{self.name}: lane {lane} acknowledged without a request")

    def _evaluate(self) -> None:
        """Fire if a token may go now, and see that one that may go later is not forgotten."""
        candidates = self._candidates()
        if candidates and self.ready_ps <= self.kernel.now_ps:
            self._fire(candidates[0] if len(candidates) == 1 else self._choose(candidates))
            candidates = self._candidates() if self._waiting else []
        if candidates:
            self.wake(self.ready_ps)

    def _candidates(self) -> list[int]:
        """Channels whose first token could go, were the last handshake over."""
        credits_ = self.credits
        return [channel for channel, lane in self._waiting.items() if credits_[lane]]

    def _choose(self, candidates: list[int]) -> int:
        return self._arbiter(candidates, self._turn, lambda channel: self._stashes[channel][0][0])

    def _fire(self, channel: int, delay_ps: int = 0) -> None:
        """One handshake: take the token, acknowledge, hand on what the datapath makes of it."""
        now_ps, lane = self.kernel.now_ps, self._waiting[channel]
        arrival_ps, token = self._pop(channel)
        self.n_fires += 1
        self.wait_ps += now_ps - arrival_ps
        self._turn = channel + 1
        forward_ps = now_ps + delay_ps + self._forward_ps
        self.ready_ps = forward_ps + self._backward_ps
        inbox, wire_ps, acknowledgement = self._senders[channel]
        if inbox is not None:
            self._post(self.ready_ps - self._forward_ps + wire_ps, inbox, acknowledgement)
        result = self.main(token)
        if result is not None:
            self._request(lane, result, forward_ps)

    def _request(self, lane: int, token: Token, time_ps: int) -> None:
        self.credits[lane] -= 1
        outputs, number = self._outputs[lane], self.output(token)
        if number >= len(outputs):
            raise ProtocolError(
                f"{self.name}: a token leaves lane {lane} by output {number}, which is not wired; "
                "where tokens end, main returns None"
            )
        inbox, channel, wire_ps = outputs[number]
        self._post(time_ps + wire_ps, inbox, ReqMsg(channel, token))

    def _pop(self, channel: int) -> tuple[int, Token]:
        """Take the first token of a channel, with the time of its arrival."""
        stash = self._stashes[channel]
        first = stash.popleft()
        if stash:
            self._waiting[channel] = self.lane(channel, stash[0][1])
        else:
            del self._waiting[channel]
        return first

    def _check_room(self, channel: int) -> None:
        n, depth = self.max_occupancy[channel], self._init.inputs[channel].depth
        if depth is not None and n > depth:
            raise ProtocolError(f"{self.name}: {n} tokens in channel {channel}, room for {depth}")


class CoupledCtrl(AsyncCtrl):
    """A controller that waits for its datapath: overrides one or more of the three methods.

    A datapath that gets ready by itself calls `wake` for that instant; any message to the
    controller has it looked at as well.
    """

    def is_ready(self, token: Token, time_ps: int) -> bool:  # noqa: ARG002
        """Whether the datapath can take a token at an instant."""
        return True

    def delay(self, token: Token) -> int:  # noqa: ARG002
        """Time that the datapath needs before the handshake goes on."""
        return 0

    def busy_ps(self, token: Token) -> int:  # noqa: ARG002
        """Time that the datapath takes no other token for, though the handshake is over."""
        return 0

    def _candidates(self) -> list[int]:
        now_ps, stashes = self.kernel.now_ps, self._stashes
        return [c for c in super()._candidates() if self.is_ready(stashes[c][0][1], now_ps)]

    def _fire(self, channel: int, delay_ps: int = 0) -> None:
        token = self._stashes[channel][0][1]
        super()._fire(channel, delay_ps + self.delay(token))
        self.ready_ps = max(self.ready_ps, self.kernel.now_ps + self.busy_ps(token))
