"""Intervals by the bootstrap, and how soon a search reaches something."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Reals = NDArray[np.float64]
N_RESAMPLES = 10_000
LEVEL = 0.95
LARGE = 1000


@dataclass(frozen=True, slots=True)
class Interval:
    """A value, and bounds within which it lies with 95 %; NaN where nothing tells of them."""

    value: float
    low: float
    high: float

    def told(self, scale: float = 1.0) -> str:
        """Value and bounds, in other units."""
        if math.isnan(self.low):
            return f"{_short(self.value * scale)} (no interval)"
        bounds = (_short(one * scale) for one in (self.low, self.high))
        return f"{_short(self.value * scale)} [{', '.join(bounds)}]"


def _short(value: float) -> str:
    """Three digits, large numbers with commas and not as powers of ten."""
    digits = float(f"{value:.3g}")
    return f"{digits:,.0f}" if abs(digits) >= LARGE else f"{digits:.3g}"


def mean(values: Sequence[float], generator: np.random.Generator) -> Interval:
    """Mean of independent values."""
    return ratio(values, [1.0] * len(values), generator)


def ratio(
    above: Sequence[float], below: Sequence[float], generator: np.random.Generator
) -> Interval:
    """Mean of one of a pair over the mean of the other; pairs (of one seed) are drawn together.

    A single pair tells nothing of how far others would lie from it.
    """
    one, other = np.array(above, float), np.array(below, float)
    if len(one) == 1:
        return Interval(float(one[0] / other[0]), math.nan, math.nan)
    drawn = generator.integers(len(one), size=(N_RESAMPLES, len(one)))
    ratios: Reals = one[drawn].mean(axis=1) / other[drawn].mean(axis=1)
    low, high = np.quantile(ratios, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Interval(float(one.mean() / other.mean()), float(low), float(high))


def n_to_reach(curve: Sequence[float], target: float) -> int | None:
    """Number of steps until a falling curve is at a target; None if it never is."""
    reached = np.flatnonzero(np.array(curve) <= target)
    return int(reached[0]) + 1 if len(reached) else None
