"""Training-free scores: what one tells about itself, and how it is found by name.

A score sees how the neurons of an untrained network fire on a batch. Each layer of neurons adds to
a `Tally`, in whatever order; the score turns the sum into one number, of which more is better.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from configs import catalog
from snn.cell_network import CellNetwork

Counts = NDArray[np.int64]
Kernel = NDArray[np.float64]
Need = Literal["nothing", "firing", "gradient"]
DISCONNECTED = "disconnected: nothing reaches the output of a cell"
SILENT = "silent: the last neurons, before the classifier, never fire"
SINGULAR = "singular: the determinant of the kernel is zero or not finite"
UNBOUNDED = "not finite: the score is no number"


@dataclass(frozen=True, slots=True)
class Fitness:
    """What a score says of a network.

    Attributes:
        value: More is better; -infinity for a network that is not valid, never NaN.
        reason: Why it is not valid, or None.
        sign: Of the determinant whose logarithm the value is; 1 for any other score.
    """

    value: float
    reason: str | None = None
    sign: float = 1.0

    @property
    def is_valid(self) -> bool:
        """Whether the value may be compared."""
        return self.reason is None


def invalid(reason: str) -> Fitness:
    """Refuse a network."""
    return Fitness(-math.inf, reason, 0.0)


@dataclass(frozen=True)
class Firing:
    """How one layer of neurons fired.

    Attributes:
        n_neurons: N, of one image.
        counts: Spikes per time step and image (T, S).
        hamming: Yields the number of neurons in which two images differ (T, S, S).
    """

    n_neurons: int
    counts: Counts
    hamming: Callable[[], Counts]


@dataclass(frozen=True)
class Tally:
    """Sum over layers of neurons and time steps.

    Attributes:
        kernel: (S, S), or 0 for a score without one.
        n_calls: Number of layers times time steps, silent ones included.
        n_spikes: Of all images together.
    """

    kernel: Kernel | float = 0.0
    n_calls: int = 0
    n_spikes: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        """Add up."""
        return Tally(
            self.kernel + other.kernel,
            self.n_calls + other.n_calls,
            self.n_spikes + other.n_spikes,
        )


@dataclass(frozen=True, slots=True)
class Score(ABC):
    """A number for an untrained network.

    Attributes:
        needs: What must be computed first: nothing, how neurons fire, or also a gradient.
    """

    name: str
    needs: Need = "firing"

    def kernel(self, firing: Firing) -> Kernel | float:  # noqa: ARG002 (for those that have one)
        """What one layer adds to the kernel; nothing unless overridden."""
        return 0.0

    @abstractmethod
    def judge(self, network: CellNetwork, tally: Tally, n_images: int) -> Fitness:
        """Turn what was counted into a number; the network is connected and fires."""

    def tally(self, firing: Firing) -> Tally:
        """Count one layer of neurons."""
        n_spikes = int(firing.counts.sum())
        return Tally(self.kernel(firing), len(firing.counts), n_spikes)


@cache
def scores() -> dict[str, Score]:
    """All scores by name: one per file of ``snn/scores``."""
    import snn.scores  # noqa: PLC0415 (its modules import this one)

    return catalog.discover(snn.scores, Score)  # type: ignore[type-abstract]


def load_score(name: str) -> Score:
    """Find a score.

    Raises:
        UnknownNameError: If there is no such score, with the nearest name.
    """
    if name not in scores():
        raise catalog.UnknownNameError("score", name, scores())
    return scores()[name]
