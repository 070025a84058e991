"""The identity; what it carries are values, not spikes."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from snn.operation import Operation

if TYPE_CHECKING:
    from torch import nn

    from snn.operation import NeuronFactory
    from snn.spike_graph import FeedKind


@dataclass(frozen=True, slots=True)
class Skip(Operation):
    """Yields what it takes."""

    @property
    def feed_kind(self) -> "FeedKind":
        """Spikes as they are."""
        return "identity"

    def build(self, channels: int, neuron: "NeuronFactory") -> "nn.Module":  # noqa: ARG002
        """Make the identity."""
        from torch import nn  # noqa: PLC0415 (sizes need no torch)

        return nn.Identity()


OPERATION = Skip("skip")
