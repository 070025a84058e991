"""Trainable parameters: a plain count to compare with."""

from dataclasses import dataclass

from snn.cell_network import CellNetwork
from snn.score import Fitness, Score, Tally


@dataclass(frozen=True, slots=True)
class Parameters(Score):
    """All of them, those of dead edges included."""

    def judge(self, network: CellNetwork, tally: Tally, n_images: int) -> Fitness:  # noqa: ARG002
        """Count them."""
        return Fitness(float(network.n_parameters()))


SCORE = Parameters("parameters", needs="nothing")
