"""How good untrained networks promise to be: the scores of `snn.score`, one start for all."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from envs.evaluation import InfeasibleError
from envs.neuronas_settings import FitnessSettings
from snn.cell_network import CellNetwork
from snn.macro import Macro

VERSION = 1  # part of the store's key: raise it when any score of any network changes
SMALL_CHANNELS, SMALL_SIDE, SMALL_FEATURES = 16, 16, 128


@dataclass(frozen=True)
class Untrained:
    """Training-free fitness of networks whose weights are quantized first (NeuroNAS, QaFE).

    All networks meet the same images, and draw their weights from the same seed.

    Attributes:
        macro: The frame in which cells are scored.
        dataset: ``name`` of a loader in `snn.datasets` and its arguments; None for noise.
    """

    settings: FitnessSettings
    macro: Macro
    weight_bits: int
    dataset: dict[str, Any] | None
    metric: str = "fitness"

    @property
    def context(self) -> dict[str, Any]:
        """Score, frame, images and version."""
        return {
            "score": self.settings.model_dump(),
            "macro": asdict(self.macro),
            "bits": self.weight_bits,
            "images": self.dataset,
            "version": VERSION,
        }

    def measured(self, networks: Sequence[CellNetwork]) -> Iterator[float | InfeasibleError]:
        """Score networks, one result each in their order."""
        if not networks:
            return
        from envs.scoring import scored  # noqa: PLC0415 (torch stays out of the CLI)

        framed = [CellNetwork(network.cells, self.macro) for network in networks]
        for found in scored(self, framed):
            yield found.value if found.reason is None else InfeasibleError(found.reason)


def scoring_frame(macro: Macro, geometry: str) -> Macro:
    """The frame in which cells are scored: the network's own, or a small one (``small``).

    The small one, 16 channels, images of at most 16x16, one time step, ranks networks as well as
    the papers' own size (reference: docs/neuronas.md).
    """
    if geometry == "own":
        return macro
    return replace(
        macro,
        channels=min(macro.channels, SMALL_CHANNELS),
        in_side=min(macro.stem_side, SMALL_SIDE),
        stem_stride=1,
        hidden_features=min(macro.hidden_features, SMALL_FEATURES),
        timesteps=1,
    )
