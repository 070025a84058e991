"""SNIP (Lee et al., ICLR 2019): how much the loss feels each weight, through the surrogate."""

import math
from dataclasses import dataclass

from snn.cell_network import CellNetwork
from snn.score import UNBOUNDED, Fitness, Score, Tally, invalid


@dataclass(frozen=True, slots=True)
class Snip(Score):
    """The sum of |weight x gradient|, which whoever runs the network puts into the kernel."""

    def judge(self, network: CellNetwork, tally: Tally, n_images: int) -> Fitness:  # noqa: ARG002
        """Pass it on."""
        value = float(tally.kernel)
        return Fitness(value) if math.isfinite(value) else invalid(UNBOUNDED)


SCORE = Snip("snip", needs="gradient")
