"""The automaton of a controller: stash, credits, and the rule by which it fires.

One class for all controllers, and the units' methods bound to it once: Python looks up the
attributes of objects of one class three times faster than those of five.
"""

from collections import deque
from typing import TYPE_CHECKING

from async_sim.arbitration import load_arbiter
from async_sim.messages import WAKE, AckMsg, InitMsg, Output, ReqMsg, Token

if TYPE_CHECKING:
    from async_sim.controller import AsyncCtrl


class ProtocolError(RuntimeError):
    """A controller got a message, or sends a token, that the handshake does not allow."""


class Handshake:
    """State of a controller from its first message on.

    Attributes:
        credits: Tokens that each lane may still send before one is acknowledged.
        ready_ps: When the last handshake is over.
        arrival_ps: When the latest token to be passed on had come.
        n_fires: Tokens passed on ...
        wait_ps: ... and how long they waited, in all.
        max_occupancy: Largest number of tokens in each input channel.
        waiting: Channels where tokens wait, and the lane that the first one wants.
    """

    def __init__(self, controller: "AsyncCtrl", init: InitMsg) -> None:
        self._name, self._init = controller.name, init
        self._kernel, self._inbox = controller.kernel, controller.inbox
        self._post, self._coupling = controller.kernel.post, controller.coupling
        self._main, self._own_lane, self._output = map(controller.own, ("main", "lane", "output"))
        self._n_lanes = len(init.lanes)
        self._parts = controller.parts
        self._forward_ps, self._backward_ps = init.timing.forward_ps, init.timing.backward_ps
        self._arbiter = load_arbiter(init.arbitration)
        self._depths = [lane.depth for lane in init.lanes]
        self._outputs = [lane.outputs for lane in init.lanes]
        self._senders = [(one.inbox, one.wire_ps, AckMsg(one.lane)) for one in init.inputs]
        self._stashes: list[deque[tuple[int, Token]]] = [deque() for _ in init.inputs]
        self._turn = 0
        self._wake_ps = -1
        self.credits = list(self._depths)
        self.ready_ps = self.arrival_ps = self.n_fires = self.wait_ps = 0
        self.max_occupancy = [0] * len(init.inputs)
        self.waiting: dict[int, int] = {}

    def load(self, tokens: list[tuple[int, Token]]) -> None:
        """Put tokens, each behind its time of arrival, into the first channel."""
        self._stashes[0].extend(tokens)
        if tokens:
            self.waiting[0] = self._lane(0, tokens[0][1])

    def _lane(self, channel: int, token: Token) -> int:
        return self._own_lane(channel, token) if self._own_lane else channel % self._n_lanes

    def request(self, channel: int, token: Token) -> None:
        """A token comes."""
        stash = self._stashes[channel]
        if not stash:
            own = self._own_lane
            self.waiting[channel] = own(channel, token) if own else channel % self._n_lanes
        stash.append((self._kernel.now_ps, token))
        if len(stash) > self.max_occupancy[channel]:
            self.max_occupancy[channel] = len(stash)
            self._check_room(channel)

    def acknowledge(self, lane: int) -> None:
        """A token of a lane was taken."""
        self.credits[lane] += 1
        if self.credits[lane] > self._depths[lane]:
            raise ProtocolError(f"{self._name}: lane {lane} acknowledged without a request")

    def evaluate(self) -> None:
        """Fire if a token may go now, and see that one that may go later is not forgotten."""
        if self._coupling is None and len(self.waiting) == 1:  # as most of the time
            ((channel, lane),) = self.waiting.items()
            if not self.credits[lane]:
                return
            if self.ready_ps <= self._kernel.now_ps:
                self._fire(channel)
                if not self.waiting:
                    return
        candidates = self._candidates()
        if candidates and self.ready_ps <= self._kernel.now_ps:
            self._fire(candidates[0] if len(candidates) == 1 else self._choose(candidates))
            candidates = self._candidates() if self.waiting else []
        if candidates:
            self.wake(self.ready_ps)

    def wake(self, time_ps: int) -> None:
        """Be evaluated at a later instant, whether messages come or not."""
        if self._wake_ps != time_ps:
            self._wake_ps = time_ps
            self._post(time_ps, self._inbox, WAKE)

    def blocking(self) -> list[Output]:
        """Outputs whose acknowledgement the waiting tokens need."""
        lanes = [lane for lane in self.waiting.values() if not self.credits[lane]]
        return [output for lane in lanes for output in self._outputs[lane]]

    def _candidates(self) -> list[int]:
        """Channels whose first token could go, were the last handshake over."""
        credits_ = self.credits
        found = [channel for channel, lane in self.waiting.items() if credits_[lane]]
        if self._coupling is None:
            return found
        now_ps, is_ready = self._kernel.now_ps, self._coupling.is_ready
        return [channel for channel in found if is_ready(self._stashes[channel][0][1], now_ps)]

    def _choose(self, candidates: list[int]) -> int:
        return self._arbiter(candidates, self._turn, lambda channel: self._stashes[channel][0][0])

    def _fire(self, channel: int) -> None:
        """One handshake: take the token, acknowledge, hand on what the datapath makes of it."""
        now_ps, stash, lane = self._kernel.now_ps, self._stashes[channel], self.waiting[channel]
        arrival_ps, token = stash.popleft()
        self.arrival_ps = arrival_ps
        rest = None
        if token.others:
            token, rest = self._parts(token)
        self.n_fires += 1
        self._turn = channel + 1
        if rest is not None:  # it stays, and is not acknowledged: no place is free yet
            stash.appendleft((arrival_ps, rest))
        else:
            self.wait_ps += now_ps - arrival_ps
        if stash:
            self.waiting[channel] = self._lane(channel, stash[0][1])
        else:
            del self.waiting[channel]
        done_ps, coupling = now_ps, self._coupling
        if coupling is not None:
            done_ps += coupling.delay(token)
        forward_ps, back_ps = done_ps + self._forward_ps, done_ps + self._backward_ps
        self.ready_ps = forward_ps + self._backward_ps
        if coupling is not None:
            self.ready_ps = max(self.ready_ps, now_ps + coupling.busy_ps(token))
        inbox, wire_ps, acknowledgement = self._senders[channel]
        if inbox is not None and rest is None:
            self._post(back_ps + wire_ps, inbox, acknowledgement)
        result = self._main(token) if self._main else token
        if result is not None:
            self._send(lane, result, forward_ps)

    def _send(self, lane: int, token: Token, time_ps: int) -> None:
        self.credits[lane] -= 1
        outputs, number = self._outputs[lane], self._output(token) if self._output else 0
        if number >= len(outputs):
            raise ProtocolError(
                f"{self._name}: a token leaves lane {lane} by output {number}, which is not wired; "
                "where tokens end, main returns None"
            )
        inbox, channel, wire_ps = outputs[number]
        self._post(time_ps + wire_ps, inbox, ReqMsg(channel, token))

    def _check_room(self, channel: int) -> None:
        n, depth = self.max_occupancy[channel], self._init.inputs[channel].depth
        if depth is not None and n > depth:
            raise ProtocolError(f"{self._name}: {n} tokens in channel {channel}, room for {depth}")
