"""Pareto archive and hypervolume of losses, all to be minimised (moocore does the geometry)."""

from collections.abc import Sequence

import moocore
import numpy as np
from numpy.typing import NDArray


def front(losses: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Tell which points no other point dominates; of equal points the first is kept.

    Args:
        losses: Shape ``(n_points, n_objectives)``.

    Returns:
        A mask, shape ``(n_points,)``.
    """
    if not len(losses):
        return np.zeros(0, bool)
    mask: NDArray[np.bool_] = moocore.is_nondominated(losses)
    return mask


def hypervolume(losses: NDArray[np.float64], reference: Sequence[float]) -> float:
    """Volume that a front dominates; points beyond the reference count for nothing.

    Args:
        losses: Shape ``(n_points, n_objectives)``; dominated points do no harm.
        reference: A point worse than every point of interest, shape ``(n_objectives,)``.

    Returns:
        The volume in the product of the objectives' units; 0 for no points.

    Raises:
        ValueError: If the two widths differ, or a loss or the reference is not finite.
    """
    if not np.isfinite(reference).all():
        raise ValueError(f"the reference point must be finite, got {list(reference)}")
    if not len(losses):
        return 0.0
    if not np.isfinite(losses).all():
        raise ValueError("losses must be finite")  # moocore would never end
    if losses.shape[1] != len(reference):
        raise ValueError(f"{losses.shape[1]} objectives, but a reference of {len(reference)}")
    return float(moocore.hypervolume(losses, ref=np.asarray(reference)))


class ParetoArchive:
    """The loss vectors that no other one dominates, each with the item it belongs to."""

    def __init__(self, n_objectives: int) -> None:
        self.losses = np.zeros((0, n_objectives))
        self.items: list[object] = []

    def add(self, losses: NDArray[np.float64], item: object) -> bool:
        """Offer a point; return whether it stays. Points that it dominates leave."""
        dominated = (self.losses <= losses).all(axis=1)
        if dominated.any():
            return False
        keep = np.flatnonzero(~(losses <= self.losses).all(axis=1))
        self.losses = np.vstack([self.losses[keep], losses])
        self.items = [self.items[i] for i in keep] + [item]
        return True

    def hypervolume(self) -> float:
        """Volume dominated within the unit cube of losses."""
        return hypervolume(self.losses, [1.0] * self.losses.shape[1])
