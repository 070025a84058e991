"""Spikes of an image, over all neurons and time steps: a plain count to compare with."""

from dataclasses import dataclass

from snn.cell_network import CellNetwork
from snn.score import Fitness, Score, Tally


@dataclass(frozen=True, slots=True)
class Spikes(Score):
    """The mean over the images."""

    def judge(self, network: CellNetwork, tally: Tally, n_images: int) -> Fitness:  # noqa: ARG002
        """Divide."""
        return Fitness(tally.n_spikes / n_images)


SCORE = Spikes("spikes")
