"""Virtual time: the clock jumps from one instant to the next, and never sleeps.

An instant has two phases: first all its messages are delivered, then every actor that got one runs
until it waits again. Messages take at least a picosecond, so that what an actor does at an instant
cannot reach another one before the next: the order in which actors run changes nothing.
"""

import gc
import types
from collections.abc import Callable, Coroutine, Generator, Iterator
from contextlib import contextmanager
from heapq import heappop, heappush
from typing import Any, Protocol

BEGINNING_PS = -2  # actors are initialised at -1, so that tokens may come from 0 on
Main = Callable[[], Coroutine[Any, Any, None]]


class Clock(Protocol):
    """What actors know of the kernel that runs them."""

    @property
    def now_ps(self) -> int:
        """The present instant."""

    def spawn(self, main: Main) -> Any:  # noqa: ANN401 (each kernel has inboxes of its own)
        """Have a coroutine run from the beginning; return its inbox."""

    def post(self, time_ps: int, inbox: Any, message: object) -> None:  # noqa: ANN401
        """Deliver a message at a later instant."""

    def run(self) -> None:
        """Run until no message is under way any more."""


@types.coroutine
def next_instant() -> Generator[None, list[Any], list[Any]]:
    """Wait for the next instant that brings messages, and return them all."""
    return (yield)


class Mailbox:
    """Address of an actor that our own kernel runs."""

    __slots__ = ("main", "resume")
    receive = staticmethod(next_instant)

    def __init__(self, main: Main) -> None:
        self.main = main
        self.resume: Callable[[list[Any] | None], object]


Instant = dict[Mailbox, list[Any]]
"""Messages by receiver, so that one that gets several gets them together."""


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Messages make no circles of references, so that to look for some is wasted time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _ended(messages: list[Any] | None) -> None:
    """What messages to an actor whose coroutine has returned come to."""


class Kernel:
    """Our own loop: messages by instant, a heap of instants, bare coroutines driven by ``send``.

    Args:
        arrange: Changes the order in which the actors of an instant run; for tests.
    """

    def __init__(self, arrange: Callable[[Instant], Instant] | None = None) -> None:
        self.now_ps = BEGINNING_PS
        self._arrange = arrange
        self._instants: dict[int, Instant] = {}
        self._times: list[int] = []
        self._unstarted: list[Mailbox] = []

    def spawn(self, main: Main) -> Mailbox:
        """Have a coroutine run from the beginning; return its inbox."""
        mailbox = Mailbox(main)
        self._unstarted.append(mailbox)
        return mailbox

    def post(self, time_ps: int, inbox: Mailbox, message: object) -> None:
        """Deliver a message at a later instant.

        Raises:
            ValueError: If that instant is not later.
        """
        instant = self._instants.get(time_ps)
        if instant is None:
            if time_ps <= self.now_ps:  # the present was taken out, so that none slips in
                raise ValueError(f"a message for {time_ps} ps was sent at {self.now_ps} ps")
            self._instants[time_ps] = {inbox: [message]}
            heappush(self._times, time_ps)
        elif inbox in instant:
            instant[inbox].append(message)
        else:
            instant[inbox] = [message]

    def run(self) -> None:
        """Run until no message is under way any more."""
        for mailbox in self._unstarted:
            mailbox.resume = mailbox.main().send
            mailbox.resume(None)
        self._unstarted.clear()
        with _collector_paused():
            self._run()

    def _run(self) -> None:
        times, instants = self._times, self._instants
        while times:
            self.now_ps = now_ps = heappop(times)
            instant = instants.pop(now_ps)
            if self._arrange is not None:
                instant = self._arrange(instant)
            for mailbox, messages in instant.items():
                try:
                    mailbox.resume(messages)
                except StopIteration:
                    mailbox.resume = _ended
