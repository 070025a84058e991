"""How good untrained networks promise to be: the scores of `snn.score`, one start for all."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from configs import catalog
from envs.evaluation import InfeasibleError
from envs.neuronas_settings import FitnessSettings
from snn.cell_network import CellNetwork
from snn.macro import Macro
from snn.quantization import WeightFormat

VERSION = 2  # part of the store's key: raise it when any score of any network changes


@dataclass(frozen=True)
class Untrained:
    """Training-free fitness of networks whose weights are quantized first (NeuroNAS, QaFE).

    All networks meet the same images, and have the same weights in the same places.
    """

    settings: FitnessSettings
    macro: Macro
    weight_format: WeightFormat
    metric: str = "fitness"

    @property
    def context(self) -> dict[str, Any]:
        """Score, sizes of the frame that is scored, format of the weights and version."""
        return {
            "score": self.settings.model_dump(),
            "scoring": catalog.read("scoring", self.settings.mode),
            "format": asdict(self.weight_format),
            "version": VERSION,
        }

    def measured(self, networks: Sequence[CellNetwork]) -> Iterator[float | InfeasibleError]:
        """Score networks, one result each in their order."""
        if not networks:
            return
        from envs.scoring import scored  # noqa: PLC0415 (torch stays out of the CLI)

        for found in scored(self, networks):
            yield found.value if found.reason is None else InfeasibleError(found.reason)
