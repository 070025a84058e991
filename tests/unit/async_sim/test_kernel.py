"""Both kernels: virtual time, two phases, the end."""

from typing import Any

import pytest

from async_sim.actor import Actor
from async_sim.kernel import BEGINNING_PS, Clock, Kernel
from async_sim.stock import StockKernel


class Listener(Actor):
    """Notes what it hears, and when."""

    def __init__(self, kernel: Clock) -> None:
        super().__init__(kernel, "listener")
        self.heard: list[tuple[int, list[Any]]] = []

    async def run(self) -> None:
        while True:
            messages = await self.inbox.receive()
            self.heard.append((self.kernel.now_ps, messages))


class Echo(Listener):
    """Answers four times, after a long time each; then lets messages lie."""

    async def run(self) -> None:
        for _ in range(4):
            await self.inbox.receive()
            self.kernel.post(self.kernel.now_ps + 10**15, self.inbox, "again")


class Hasty(Listener):
    async def run(self) -> None:
        await self.inbox.receive()
        self.kernel.post(self.kernel.now_ps, self.inbox, "now")


@pytest.fixture(params=[Kernel, StockKernel])
def kernel(request: pytest.FixtureRequest) -> Clock:
    kernel: Clock = request.param()
    return kernel


def test_messages_of_an_instant_come_together(kernel: Clock) -> None:
    listener = Listener(kernel)
    for time_ps, message in ((7, "b"), (3, "a"), (7, "c")):
        kernel.post(time_ps, listener.inbox, message)
    kernel.run()
    assert [(time_ps, sorted(messages)) for time_ps, messages in listener.heard] == [
        (3, ["a"]),
        (7, ["b", "c"]),
    ]


def test_time_is_exact_far_away_and_does_not_pass_by_itself(kernel: Clock) -> None:
    echo = Echo(kernel)
    assert kernel.now_ps == BEGINNING_PS
    kernel.post(1, echo.inbox, "go")
    kernel.run()  # four thousand seconds, but not here
    assert kernel.now_ps == 4 * 10**15 + 1


def test_neighbouring_picoseconds_stay_apart_far_away(kernel: Clock) -> None:
    listener = Listener(kernel)
    for time_ps in (2**60 + 1, 2**60):
        kernel.post(time_ps, listener.inbox, "x")
    kernel.run()
    assert [time_ps for time_ps, _ in listener.heard] == [2**60, 2**60 + 1]


def test_a_message_takes_at_least_a_picosecond(kernel: Clock) -> None:
    kernel.post(5, Hasty(kernel).inbox, "go")
    with pytest.raises(ValueError, match="a message for 5 ps was sent at 5 ps"):
        kernel.run()


def test_without_messages_the_end_is_at_once(kernel: Clock) -> None:
    listener = Listener(kernel)
    kernel.run()
    assert listener.heard == []
