"""Actors: processes that share nothing and hear of each other by messages alone."""

from abc import ABC, abstractmethod

from async_sim.kernel import Clock


class Actor(ABC):
    """A coroutine with an inbox.

    Attributes:
        name: For people.
        inbox: Where messages to it are posted.
    """

    def __init__(self, kernel: Clock, name: str) -> None:
        self.kernel = kernel
        self.name = name
        self.inbox = kernel.spawn(self.run)

    @abstractmethod
    async def run(self) -> None:
        """Live: receive messages and act on them, for ever."""
