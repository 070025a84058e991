"""A published figure beside ours, and how far they may be apart."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from rich.table import Table

from configs import catalog


@dataclass(frozen=True, slots=True)
class Figure:
    """One printed number, and what is asked of ours: nothing where no bound is given.

    Attributes:
        what: What it is the number of.
        unit: Of both numbers.
        published: None where the paper prints none.
        tolerance: Largest distance of ours, as a share of the published one.
        note: What was inferred or assumed.
        least: Ours is at least this much ...
        most: ... and at most this much.
    """

    what: str
    unit: str
    published: float | None
    ours: float
    tolerance: float | None = None
    note: str = ""
    least: float | None = None
    most: float | None = None

    @property
    def ratio(self) -> float:
        """Ours over the published one; not a number without one."""
        return math.nan if self.published is None else self.ours / self.published

    @property
    def is_asked(self) -> bool:
        """Whether there is anything that ours has to be."""
        return (self.tolerance, self.least, self.most) != (None, None, None)

    @property
    def is_met(self) -> bool:
        """Whether ours is all that it has to be."""
        return (
            (self.tolerance is None or self._is_near(self.tolerance))
            and (self.least is None or self.ours >= self.least)
            and (self.most is None or self.ours <= self.most)
        )

    def _is_near(self, tolerance: float) -> bool:
        return math.isfinite(self.ratio) and abs(self.ratio - 1) <= tolerance

    @property
    def needed(self) -> str:
        """What ours has to be, in words; empty for nothing."""
        told = [] if self.tolerance is None else [f"within {100 * self.tolerance:.3g} %"]
        told += [] if self.least is None else [f">= {self.least:g}"]
        told += [] if self.most is None else [f"<= {self.most:g}"]
        return ", ".join(told)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one paper's figures.

    Attributes:
        settings: What they were computed with, as plain data.
        remarks: What a reader has to know of them, a sentence each.
        before: Commands that come before the one that shows them.
    """

    figures: Sequence[Figure]
    settings: Mapping[str, Any]
    remarks: Sequence[str] = ()
    before: Sequence[str] = ()

    @property
    def asked(self) -> list[Figure]:
        """Figures of which something is asked."""
        return [one for one in self.figures if one.is_asked]

    @property
    def n_met(self) -> int:
        """How many of these are what they have to be."""
        return sum(one.is_met for one in self.asked)


class StoppedError(Exception):
    """A search that has not come to its end.

    Args:
        code: Exit code that it ended with.
    """

    def __init__(self, code: int) -> None:
        super().__init__(f"exit code {code}")
        self.code = code


@dataclass(frozen=True, slots=True)
class Reproduction:
    """The figures of one paper.

    Attributes:
        name: As typed on the command line.
        source: Paper and sections.
        figures: Computes ours.
        table: Shows a run of ours in the form of the paper, if that is how it is compared.
        searched: For the page of all papers: runs what such a table shows, with ``search=`` and
            ``run_dir=``.
    """

    name: str
    source: str
    figures: Callable[[], list[Figure]]
    table: Callable[[Path], Table] | None = None
    searched: Callable[[Sequence[str]], Outcome] | None = None


@dataclass(frozen=True, slots=True)
class Experiment:
    """A paper's table that takes searches, with settings of their own.

    Attributes:
        name: As typed on the command line.
        source: Paper and table.
        run: Takes ``key=value`` arguments of `agents.train`, prints the table; returns the exit
            code: 1 if something that the paper claims is not reached.
        outcome: Reads what ``run`` has left for the same arguments, for a page of all papers.
    """

    name: str
    source: str
    run: Callable[[Sequence[str]], int]
    outcome: Callable[[Sequence[str]], Outcome] | None = None


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
