"""The mean of 3x3 neighbours; what it yields are values, not spikes."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from snn.operation import Operation

if TYPE_CHECKING:
    from torch import nn

    from snn.operation import NeuronFactory
    from snn.spike_graph import FeedKind


@dataclass(frozen=True, slots=True)
class AveragePooling(Operation):
    """Zeros of the padding count, as in the code of SNASNet."""

    @property
    def reach(self) -> int:
        """One place in each direction."""
        return 1

    @property
    def feed_kind(self) -> "FeedKind":
        """The mean of the spikes of a window."""
        return "average"

    def build(self, channels: int, neuron: "NeuronFactory") -> "nn.Module":  # noqa: ARG002
        """Make a pooling of stride 1 that keeps the side."""
        from spikingjelly.activation_based import layer  # noqa: PLC0415 (sizes need no torch)

        pooling: nn.Module = layer.AvgPool2d(3, stride=1, padding=1, step_mode="m")
        return pooling


OPERATION = AveragePooling("avgpool3x3")
