"""The same actors on the event loop of the standard library, with its queues and tasks.

Some four times slower than our own kernel and otherwise the same: it is here to be compared with,
and for actors that use asyncio themselves.
"""

import asyncio
import selectors
from typing import Any

from async_sim.kernel import BEGINNING_PS, Main


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """An event loop whose clock is a whole number that jumps to the next timer.

    The stock loop moves all timers of an instant to its ready list before it runs any, and tasks
    that they wake come after them: these are our two phases. Time must not be a float: timers that
    are equal in picoseconds would no longer be due together (CPython issue 116342).
    """

    def __init__(self) -> None:
        super().__init__(_TimeSelector(self))
        self.now_ps = BEGINNING_PS
        self._clock_resolution = 1  # due is what lies before the time plus this
        self.is_quiet: asyncio.Future[None] = self.create_future()

    def time(self) -> int:
        """The present instant in picoseconds."""
        return self.now_ps

    def jump(self) -> None:
        """Go to the next timer."""
        self.now_ps = self._scheduled[0]._when  # type: ignore[attr-defined]  # noqa: SLF001


class _TimeSelector(selectors.DefaultSelector):
    """Lets time pass where the stock loop would sleep."""

    def __init__(self, loop: VirtualTimeLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[Any]:
        if timeout is None:  # no timer, and nothing ready: the end
            if not self._loop.is_quiet.done():
                self._loop.is_quiet.set_result(None)
        elif timeout > 0:
            self._loop.jump()
        return []


class QueueMailbox:
    """Messages of one actor in an `asyncio.Queue`."""

    def __init__(self, main: Main) -> None:
        self.main = main
        self.queue: asyncio.Queue[Any] = asyncio.Queue()

    async def receive(self) -> list[Any]:
        """Wait for the next instant that brings messages, and return them all."""
        messages = [await self.queue.get()]
        while not self.queue.empty():
            messages.append(self.queue.get_nowait())
        return messages


class StockKernel:
    """Runs actors as tasks of a `VirtualTimeLoop`, once."""

    def __init__(self) -> None:
        self._loop = VirtualTimeLoop()
        self._mailboxes: list[QueueMailbox] = []

    @property
    def now_ps(self) -> int:
        """The present instant."""
        return self._loop.now_ps

    def spawn(self, main: Main) -> QueueMailbox:
        """Have a coroutine run from the beginning; return its inbox."""
        self._mailboxes.append(QueueMailbox(main))
        return self._mailboxes[-1]

    def post(self, time_ps: int, inbox: QueueMailbox, message: object) -> None:
        """Deliver a message at a later instant.

        Raises:
            ValueError: If that instant is not later.
        """
        if time_ps <= self.now_ps:
            raise ValueError(f"a message for {time_ps} ps was sent at {self.now_ps} ps")
        self._loop.call_at(time_ps, inbox.queue.put_nowait, message)

    def run(self) -> None:
        """Run until no message is under way any more."""
        try:
            self._loop.run_until_complete(self._live())
        except BaseExceptionGroup as group:
            raise group.exceptions[0] from None
        finally:
            self._loop.close()

    async def _live(self) -> None:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(mailbox.main()) for mailbox in self._mailboxes]
            await self._loop.is_quiet
            for task in tasks:
                task.cancel()
