"""Depth first, then the number of live convolutions, then the score ``paper``: ours."""

import math
from dataclasses import dataclass

from snn.cell_network import CellNetwork
from snn.kernel_score import KernelScore
from snn.score import Fitness, Tally
from snn.scores.depth_convolutions import shape_of

PER_KERNEL = 0.001
KERNEL_SCALE = 1000.0  # where the squashing of log-determinants bends


@dataclass(frozen=True, slots=True)
class Hybrid(KernelScore):
    """Three orders in one number: each counts only where those before it are equal."""

    def judge(self, network: CellNetwork, tally: Tally, n_images: int) -> Fitness:
        """Add to depth and convolutions less than a thousandth for the kernel."""
        found = KernelScore.judge(self, network, tally, n_images)
        if not found.is_valid:
            return found
        squashed = math.atan(found.value / KERNEL_SCALE) / math.pi  # within (-1/2, 1/2)
        return Fitness(shape_of(network) + PER_KERNEL * squashed, None, found.sign)


SCORE = Hybrid("hybrid")
