"""Most convolutions on one live path, added up over the cells: ours, and it needs no data.

Many networks share a depth; the sum for unlike cells is an extension that no benchmark has tested.
"""

from dataclasses import dataclass

from snn.cell_network import CellNetwork
from snn.score import Fitness, Score, Tally


@dataclass(frozen=True, slots=True)
class Depth(Score):
    """Convolutions in a row."""

    def judge(self, network: CellNetwork, tally: Tally, n_images: int) -> Fitness:  # noqa: ARG002
        """Count them."""
        return Fitness(float(network.depth))


SCORE = Depth("depth", needs="nothing")
