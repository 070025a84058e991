"""No connection."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from snn.operation import Operation

if TYPE_CHECKING:
    from torch import nn

    from snn.operation import NeuronFactory


@dataclass(frozen=True, slots=True)
class Zeroize(Operation):
    """Yields zeros."""

    @property
    def is_live(self) -> bool:
        """Nothing passes."""
        return False

    def build(self, channels: int, neuron: "NeuronFactory") -> "nn.Module":  # noqa: ARG002
        """Make a module that yields zeros."""
        from snn.blocks import Zeros  # noqa: PLC0415 (sizes need no torch)

        return Zeros()


OPERATION = Zeroize("zeroize")
