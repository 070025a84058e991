"""Virtual time: the clock jumps from one instant to the next, and never sleeps.

An instant has two phases: first all its messages are delivered, then every actor that got one runs
until it waits again. Messages take at least a picosecond, so that what an actor does at an instant
cannot reach another one before the next: the order in which actors run changes nothing.
"""

import types
from collections.abc import Callable, Coroutine, Generator
from heapq import heappop, heappush
from typing import Any, Protocol

BEGINNING_PS = -2  # actors are initialised at -1, so that tokens may come from 0 on
Main = Callable[[], Coroutine[Any, Any, None]]


class Inbox(Protocol):
    """Address of an actor."""

    async def receive(self) -> list[Any]:
        """Wait for the next instant that brings messages, and return them all."""


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


class Mailbox:
    """Messages of one instant for one actor."""

    __slots__ = ("main", "messages", "resume")

    def __init__(self, main: Main) -> None:
        self.main = main
        self.messages: list[Any] = []
        self.resume: Callable[[None], object]

    @types.coroutine
    def receive(self) -> Generator[None, None, list[Any]]:
        """Wait for the next instant that brings messages, and return them all."""
        yield
        messages, self.messages = self.messages, []
        return messages


def as_delivered(touched: list[Mailbox]) -> None:
    """Leave the actors of an instant in the order of their messages."""


class Kernel:
    """Our own loop: messages by instant, a heap of instants, bare coroutines driven by ``send``.

    Args:
        arrange: Changes the order in which the actors of an instant run; for tests.
    """

    def __init__(self, arrange: Callable[[list[Mailbox]], None] = as_delivered) -> None:
        self.now_ps = BEGINNING_PS
        self.n_messages = 0
        self._arrange = arrange
        self._instants: dict[int, list[tuple[Mailbox, object]]] = {}
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
        if instant is not None:
            instant.append((inbox, message))
            return
        if time_ps <= self.now_ps:  # the present has been taken out, so that this is always seen
            raise ValueError(f"a message for {time_ps} ps was sent at {self.now_ps} ps")
        self._instants[time_ps] = [(inbox, message)]
        heappush(self._times, time_ps)

    def run(self) -> None:
        """Run until no message is under way any more."""
        self._start()
        while self._times:
            self.now_ps = heappop(self._times)
            touched = self._deliver(self._instants.pop(self.now_ps))
            self._arrange(touched)
            for mailbox in touched:
                mailbox.resume(None)

    def _start(self) -> None:
        for mailbox in self._unstarted:
            mailbox.resume = mailbox.main().send
            mailbox.resume(None)
        self._unstarted.clear()

    def _deliver(self, instant: list[tuple[Mailbox, object]]) -> list[Mailbox]:
        """Hand out all messages of an instant; return the inboxes that got any."""
        self.n_messages += len(instant)
        touched = []
        for mailbox, message in instant:
            if not mailbox.messages:
                touched.append(mailbox)
            mailbox.messages.append(message)
        return touched
