"""Depth first, then the number of live convolutions: `hybrid` without data, so with many ties."""

from dataclasses import dataclass

from snn.cell_network import CellNetwork
from snn.score import Fitness, Score, Tally

PER_CONVOLUTION = 0.01  # a network has fewer than 100 of them


@dataclass(frozen=True, slots=True)
class DepthConvolutions(Score):
    """Two orders in one number: the second counts only where depths are equal."""

    def judge(self, network: CellNetwork, tally: Tally, n_images: int) -> Fitness:  # noqa: ARG002
        """Add hundredths for convolutions."""
        return Fitness(shape_of(network))


def shape_of(network: CellNetwork) -> float:
    """Depth, and a hundredth for each live convolution."""
    n_live = sum(cell.n_effective_convolutions for cell in network.cells)
    return network.depth + PER_CONVOLUTION * n_live


SCORE = DepthConvolutions("depth_convolutions", needs="nothing")
