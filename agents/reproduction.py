"""A published figure beside ours, and how far they may be apart."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from rich.table import Table

from configs import catalog


@dataclass(frozen=True, slots=True)
class Figure:
    """One printed number.

    Attributes:
        what: What it is the number of.
        unit: Of both numbers.
        tolerance: Largest distance of ours, as a share of the published one.
        note: What was inferred or assumed.
    """

    what: str
    unit: str
    published: float
    ours: float
    tolerance: float
    note: str = ""

    @property
    def ratio(self) -> float:
        """Ours over the published one."""
        return self.ours / self.published

    @property
    def is_met(self) -> bool:
        """Whether ours is within the tolerance."""
        return math.isfinite(self.ratio) and abs(self.ratio - 1) <= self.tolerance


@dataclass(frozen=True, slots=True)
class Reproduction:
    """The figures of one paper.

    Attributes:
        name: As typed on the command line.
        source: Paper and sections.
        figures: Computes ours.
        table: Shows a run of ours in the form of the paper, if that is how it is compared.
    """

    name: str
    source: str
    figures: Callable[[], list[Figure]]
    table: Callable[[Path], Table] | None = None


@dataclass(frozen=True, slots=True)
class Experiment:
    """A paper's table that takes searches, with settings of their own.

    Attributes:
        name: As typed on the command line.
        source: Paper and table.
        run: Takes ``key=value`` arguments of `agents.train`, prints the table; returns the exit
            code: 1 if something that the paper claims is not reached.
    """

    name: str
    source: str
    run: Callable[[Sequence[str]], int]


@cache
def experiments() -> dict[str, Experiment]:
    """All tables that take searches, by name."""
    import agents.reproductions  # noqa: PLC0415 (its modules import this one)

    return catalog.discover(agents.reproductions, Experiment)


@cache
def reproductions() -> dict[str, Reproduction]:
    """All papers by name: one per file of ``agents/reproductions``."""
    import agents.reproductions  # noqa: PLC0415 (its modules import this one)

    return catalog.discover(agents.reproductions, Reproduction)
