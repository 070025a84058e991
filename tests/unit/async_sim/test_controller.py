"""Controllers by hand: forward 10 ps, backward 5 ps, so that a handshake takes 15."""

import pytest

from async_sim.controller import AsyncCtrl, CoupledCtrl, ProtocolError, State
from async_sim.kernel import Kernel
from async_sim.messages import AckMsg, InitMsg, Input, Lane, Output, ReqMsg, Token
from async_sim.result import DeadlockError
from async_sim.timing import StageTiming
from async_sim.wiring import Wiring

TIMING = StageTiming(10, 5)
SLOW = StageTiming(10, 100)


class Stage(AsyncCtrl):
    """Notes when each token enters the datapath, and the state that it leaves behind."""

    def __init__(self, kernel: Kernel, name: str = "stage") -> None:
        super().__init__(kernel, name)
        self.fired: list[tuple[int, int]] = []

    def main(self, token: Token) -> Token | None:
        self.fired.append((token.number, self.kernel.now_ps))
        return token


class End(Stage):
    def main(self, token: Token) -> None:
        super().main(token)


class Slow(CoupledCtrl, Stage):
    def delay(self, token: Token) -> int:
        return token.value


class Gate(CoupledCtrl, Stage):
    """Opens at 100 ps."""

    def is_ready(self, token: Token, time_ps: int) -> bool:  # noqa: ARG002
        if time_ps < 100:
            self.wake(100)
        return time_ps >= 100


class Shut(CoupledCtrl, Stage):
    def is_ready(self, token: Token, time_ps: int) -> bool:  # noqa: ARG002
        return False


class Busy(CoupledCtrl, End):
    def busy_ps(self, token: Token) -> int:  # noqa: ARG002
        return 40


def run_two(first: Stage, second: Stage, *times_ps: int, slow_end: bool = False) -> Wiring:
    """Tokens come to the first stage at given times; one may be under way between the two."""
    wiring = Wiring(first.kernel)
    wiring.place(first, TIMING)
    wiring.place(second, SLOW if slow_end else TIMING)
    wiring.connect(first, second)
    for number, time_ps in enumerate(times_ps):
        wiring.feed(first, time_ps, Token(number, value=7))
    wiring.run()
    return wiring


def test_a_handshake_takes_forward_and_backward_time() -> None:
    kernel = Kernel()
    first, second = Stage(kernel), End(kernel)
    run_two(first, second, 0, 1)
    # the request arrives 10 after each fire; its acknowledgement 5 later: credit is back at 15
    assert first.fired == [(0, 0), (1, 15)]
    assert second.fired == [(0, 10), (1, 25)]
    assert (first.known.n_fires, first.known.wait_ps, first.known.max_occupancy) == (2, 14, [1])


def test_a_full_stage_waits_for_the_acknowledgement() -> None:
    kernel = Kernel()
    first, second = Stage(kernel), End(kernel)
    run_two(first, second, 0, 1, 2, slow_end=True)
    # taken at 10, acknowledged at 110: only then does the lane leave its state backward
    assert first.fired == [(0, 0), (1, 110), (2, 220)]
    assert first.known.max_occupancy == [2]
    assert first.known.wait_ps == 109 + 218


def test_the_stash_is_served_in_the_instant_of_the_acknowledgement_and_in_order() -> None:
    kernel = Kernel()
    first, second = Stage(kernel), End(kernel)
    run_two(first, second, 3, 8, 9, 10)
    assert [number for number, _ in second.fired] == [0, 1, 2, 3]
    assert [time_ps for _, time_ps in first.fired] == [3, 18, 33, 48]


def init_message(sender: Kernel, depth: int | None = None) -> InitMsg:
    """For a stage with one lane of two credits, to an inbox that nobody reads."""

    async def deaf() -> None:
        while True:
            await inbox.receive()

    inbox = sender.spawn(deaf)
    return InitMsg((Input(None, 0, depth),), (Lane((Output(inbox, 0),), 2),), TIMING, "round-robin")


def test_a_lane_goes_through_init_forward_and_backward() -> None:
    kernel = Kernel()
    stage = Stage(kernel)
    states = [stage.state()]
    kernel.post(-1, stage.inbox, init_message(kernel))
    messages = (ReqMsg(0, Token(0)), ReqMsg(0, Token(1)), AckMsg(0))
    kernel.run()
    states.append(stage.state())
    for message in messages:
        kernel.post(kernel.now_ps + 100, stage.inbox, message)
        kernel.run()
        states.append(stage.state())
    assert states == [State.INIT, State.FORWARD, State.FORWARD, State.BACKWARD, State.FORWARD]


@pytest.mark.parametrize("message", [ReqMsg(0, Token(0)), AckMsg(0)])
def test_a_message_before_the_first_is_an_error(message: ReqMsg | AckMsg) -> None:
    kernel = Kernel()
    kernel.post(0, Stage(kernel, "me").inbox, message)
    with pytest.raises(ProtocolError, match=r"me: .*Msg.* while in state init"):
        kernel.run()


def test_a_message_together_with_the_first_is_an_error() -> None:
    kernel = Kernel()
    stage = Stage(kernel, "me")
    kernel.post(0, stage.inbox, init_message(kernel))
    kernel.post(0, stage.inbox, AckMsg(0))
    with pytest.raises(ProtocolError, match=r"me: AckMsg.* while in state init"):
        kernel.run()


@pytest.mark.parametrize(
    ("messages", "complaint"),
    [
        ([AckMsg(0)], "lane 0 acknowledged without a request"),
        ([ReqMsg(0, Token(n)) for n in range(4)], "2 tokens in channel 0, room for 1"),
        (["init"], "initialised twice"),
    ],
)
def test_messages_against_the_handshake_are_errors(messages: list[object], complaint: str) -> None:
    kernel = Kernel()
    stage, init = Stage(kernel, "me"), init_message(kernel, depth=1)
    kernel.post(-1, stage.inbox, init)
    for message in messages:
        kernel.post(5, stage.inbox, init if message == "init" else message)
    with pytest.raises(ProtocolError, match=f"me: {complaint}"):
        kernel.run()


def test_a_coupled_stage_answers_when_its_datapath_is_done() -> None:
    kernel = Kernel()
    first, second = Slow(kernel, "slow"), End(kernel)
    run_two(first, second, 0, 0)
    # request 7 + 10 after the fire, the next fire 7 + 15 after it
    assert first.fired == [(0, 0), (1, 22)]
    assert second.fired == [(0, 17), (1, 39)]


def test_a_coupled_stage_delays_its_acknowledgement_too() -> None:
    kernel = Kernel()
    first, second = Stage(kernel), Slow(kernel, "slow")
    second.main = lambda token: None  # type: ignore[assignment,method-assign]  # noqa: ARG005
    run_two(first, second, 0, 0)
    assert first.fired == [(0, 0), (1, 10 + 7 + 5)]


def test_a_coupled_stage_waits_until_its_datapath_is_ready() -> None:
    kernel = Kernel()
    first, second = Gate(kernel, "gate"), End(kernel)
    run_two(first, second, 0, 200)
    assert first.fired == [(0, 100), (1, 200)]
    assert first.known.wait_ps == 100


def test_a_busy_datapath_takes_no_token_but_acknowledges() -> None:
    kernel = Kernel()
    first, second = Stage(kernel), Busy(kernel)
    run_two(first, second, 0, 0)
    assert first.fired == [(0, 0), (1, 15)]  # acknowledged as ever
    assert second.fired == [(0, 10), (1, 50)]
    assert second.known.ready_ps == 90


def merge(arbitration: str) -> list[int]:
    """The order in which three channels of four tokens each are served; the third came first."""
    kernel = Kernel()
    wiring, stage = Wiring(kernel, arbitration), End(kernel)
    wiring.place(stage, TIMING, n_channels=3)
    for channel, time_ps in ((0, 1), (1, 1), (2, 0)):
        for number in range(4):
            wiring.feed(stage, time_ps + 2 * number, Token(channel), channel)
    wiring.run()
    return [number for number, _ in stage.fired]


def test_arbitration_decides_who_goes_first() -> None:
    assert merge("round-robin") == [2, 0, 1] * 4
    assert merge("fixed") == [2, *[0] * 4, *[1] * 4, *[2] * 3]
    assert merge("age") == [2, 0, 1] * 4  # those that came together: the lowest


def test_age_looks_at_the_arrival_and_not_at_the_turn() -> None:
    kernel = Kernel()
    wiring, stage = Wiring(kernel, "age"), End(kernel)
    wiring.place(stage, TIMING, n_channels=2)
    for time_ps, channel in ((0, 0), (1, 0), (2, 1)):
        wiring.feed(stage, time_ps, Token(channel), channel)
    wiring.run()
    assert [number for number, _ in stage.fired] == [0, 0, 1]


def test_an_unknown_arbitration_is_named() -> None:
    kernel = Kernel()
    wiring, stage = Wiring(kernel, "agee"), End(kernel)
    wiring.place(stage, TIMING)
    with pytest.raises(ValueError, match=r"agee.*did you mean 'age'"):
        wiring.run()


def test_a_token_without_an_output_is_an_error() -> None:
    kernel = Kernel()
    wiring, stage = Wiring(kernel), Stage(kernel, "me")
    wiring.place(stage, TIMING)
    wiring.feed(stage, 0, Token(0))
    with pytest.raises(ProtocolError, match="me: a token leaves lane 0 by output 0, which is not"):
        wiring.run()


def test_a_datapath_that_never_gets_ready_is_named() -> None:
    kernel = Kernel()
    first, second = Stage(kernel, "first"), Shut(kernel, "second")
    with pytest.raises(
        DeadlockError, match="for ever: first -> second, whose datapath never gets ready"
    ):
        run_two(first, second, 0, 1, 2)


def test_controllers_that_wait_for_each_other_are_named() -> None:
    kernel = Kernel()
    wiring = Wiring(kernel)
    ring = [Stage(kernel, name) for name in "abc"]
    outside = Stage(kernel, "outside")
    wiring.place(outside, TIMING)
    for stage in ring:
        wiring.place(stage, TIMING, n_channels=3)
    for sender, receiver in zip(ring, [*ring[1:], ring[0]], strict=True):
        wiring.connect(sender, receiver)
        wiring.feed(sender, 0, Token(0), channel=1)
        wiring.feed(sender, 0, Token(1), channel=1)
    wiring.connect(outside, ring[1], at=(0, 2))
    wiring.feed(outside, 0, Token(2))
    wiring.feed(outside, 0, Token(3))
    with pytest.raises(DeadlockError) as caught:
        wiring.run()
    circle = str(caught.value).removeprefix("tokens wait for each other: ").split(" -> ")
    assert circle[0] == circle[-1]
    assert circle[:-1] in (["a", "b", "c"], ["b", "c", "a"], ["c", "a", "b"])


def test_of_tokens_that_came_together_age_takes_the_lowest_channel() -> None:
    kernel = Kernel()
    wiring, stage = Wiring(kernel, "age"), End(kernel)
    wiring.place(stage, TIMING, n_channels=2)
    for channel in (1, 0):  # in whatever order their messages are delivered
        wiring.feed(stage, 0, Token(channel), channel)
    wiring.run()
    assert [number for number, _ in stage.fired] == [0, 1]


class ToTheSecond(Stage):
    def output(self, token: Token) -> int:  # noqa: ARG002
        return 1


def test_only_a_receiver_that_holds_the_token_is_named() -> None:
    kernel = Kernel()
    wiring = Wiring(kernel)
    first, other, holder = ToTheSecond(kernel, "first"), Shut(kernel, "b"), Shut(kernel, "c")
    for stage in (first, other, holder):
        wiring.place(stage, TIMING, n_channels=2)
    wiring.connect(first, other)
    wiring.connect(first, holder)
    wiring.feed(other, 0, Token(0), channel=1)  # stuck as well, but with a token of its own
    wiring.feed(first, 0, Token(1))
    wiring.feed(first, 1, Token(2))
    with pytest.raises(DeadlockError, match="for ever: first -> c, whose"):
        wiring.run()
