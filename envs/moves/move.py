"""What every move offers, and the limits that all of them keep."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from async_sim.application import Application
from async_sim.hardware import Hardware


@dataclass(frozen=True)
class Limits:
    """How far moves may go.

    Attributes:
        least_neurons: Smallest room of a core ...
        most_neurons: ... and its largest one; powers of two.
        longest_side: Most columns, and rows, of a mesh.
        depths: What the FIFOs may hold, in rising order.
        channels: Virtual channels that there may be, in rising order.
        arbitrations: Ways to arbitrate ...
        routings: ... and to route, each in a round.
        n_candidates: Swaps that a move on the map compares.
    """

    least_neurons: int
    most_neurons: int
    longest_side: int
    depths: tuple[int, ...]
    channels: tuple[int, ...]
    arbitrations: tuple[str, ...]
    routings: tuple[str, ...]
    n_candidates: int


class Move(Protocol):
    """One way to change a design; the design given is left as it was, so undoing is keeping it."""

    @property
    def name(self) -> str:
        """What it is called in ``configs/env/ancoef.yaml``."""
        ...

    def is_possible(self, hardware: Hardware, application: Application) -> bool:
        """Whether it leads to another valid design."""
        ...

    def apply(
        self, hardware: Hardware, application: Application, generator: np.random.Generator
    ) -> Hardware:
        """Return the design after it, always a valid one."""
        ...


@dataclass(frozen=True)
class Neighbourhood:
    """Where a search by moves begins, and where it may go from any design."""

    application: Application
    start: Hardware
    moves: tuple[Move, ...]

    def application_on(self, hardware: Hardware) -> Application:
        """What runs on a design; cores may have other figures on another."""
        del hardware
        return self.application

    def possible(self, hardware: Hardware) -> tuple[bool, ...]:
        """Which of the moves may be made."""
        return tuple(move.is_possible(hardware, self.application) for move in self.moves)

    def after(self, move: int, hardware: Hardware, generator: np.random.Generator) -> Hardware:
        """The design after the move of an index."""
        return self.moves[move].apply(hardware, self.application_on(hardware), generator)
