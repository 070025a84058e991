"""What a search finds beside ANAS, and how much sooner it is at what ANAS finds in the end."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from agents import bootstrap
from agents.bootstrap import Interval
from configs import catalog

ANCHOR = catalog.read("anchor", "ancoef_table3")
PUBLISHED = {name: (one["reduction"], one["saving"]) for name, one in ANCHOR["runs"].items()}
LEAST_SAVING: float = ANCHOR["least_saving"]


@dataclass(frozen=True)
class Comparison:
    """An agent beside ANAS, seed by seed.

    Attributes:
        edp_js: What it found in the end.
        reduction: EDP of ANAS over its own.
        n_needed: Simulations until it is at what ANAS found in the end; where it never is, the
            whole budget: the mean is at least this much.
        saving: Simulations of ANAS until it found that, over ``n_needed``: then at most this much.
        n_missed: Seeds in which it never is.
        n_seeds: Of them all.
    """

    edp_js: Interval
    reduction: Interval
    n_needed: Interval
    saving: Interval
    n_missed: int
    n_seeds: int

    @classmethod
    def of(
        cls, anas: Sequence[Sequence[float]], own: Sequence[Sequence[float]], n_taught: int = 0
    ) -> "Comparison":
        """Compare curves of the same seeds.

        Args:
            n_taught: Simulations that each search is to answer for besides its own.
        """
        generator = np.random.default_rng(0)
        targets = [curve[-1] for curve in anas]
        pairs = list(zip(own, targets, strict=True))
        needed = [bootstrap.n_to_reach(curve, target) for curve, target in pairs]
        theirs = [bootstrap.n_to_reach(one, one[-1]) or len(one) for one in anas]
        counted = [n_taught + (n or len(one)) for n, one in zip(needed, own, strict=True)]
        return cls(
            bootstrap.mean([curve[-1] for curve in own], generator),
            bootstrap.ratio(targets, [curve[-1] for curve in own], generator),
            bootstrap.mean(counted, generator),
            bootstrap.ratio(theirs, counted, generator),
            needed.count(None),
            len(own),
        )

    @property
    def is_reached(self) -> bool:
        """Whether the means are as the paper claims, and no seed is left out of them."""
        is_sooner = self.saving.value >= LEAST_SAVING and not self.n_missed
        return self.reduction.value >= 1 and is_sooner

    @property
    def is_sure(self) -> bool:
        """Whether all of the intervals is so too."""
        return self.is_reached and self.reduction.low >= 1 and self.saving.low >= LEAST_SAVING

    @property
    def verdict(self) -> str:
        """Whether the claim is reached, and how far the seeds tell."""
        if self.is_sure:
            return "reached, by the whole of both intervals"
        if self.is_reached:
            return "reached by the means; the intervals leave it open"
        if self.n_missed:
            return f"NOT REACHED: {self.n_missed} of {self.n_seeds} seeds never get to ANAS's best"
        return "NOT REACHED"
