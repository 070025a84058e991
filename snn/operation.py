"""What a searchable operation of a cell tells about itself, and the named sets of operations.

Sizes need no torch: it is imported by whoever builds a module.
"""

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

from configs import catalog
from configs.imports import OwnClassError, imported

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import nn

    from snn.spike_graph import FeedKind

    NeuronFactory = Callable[[float], nn.Module]
    """From a firing threshold to a spiking neuron."""

THRESHOLD = 1.0
MARK = "@"  # conv3x3@0.5 fires from 0.5 on


@dataclass(frozen=True, slots=True)
class Operation(ABC):
    """An edge of a cell: (T, B, C, H, W) -> the same shape.

    Attributes:
        kernel: Side of its weights' kernel; 0 if it has no weights.
        threshold: Potential from which its neurons fire; nothing to one that has none.
    """

    name: str
    kernel: int = 0
    threshold: float = THRESHOLD

    @abstractmethod
    def build(self, channels: int, neuron: "NeuronFactory") -> "nn.Module":
        """Make the module; its weights are drawn later, by who builds the network."""

    @property
    def feed_kind(self) -> "FeedKind | None":
        """How spikes go through it from core to core; None if they cannot."""
        return None

    @property
    def is_live(self) -> bool:
        """Whether anything passes."""
        return True

    @property
    def is_spiking(self) -> bool:
        """Whether it has neurons, behind which a convolution sees spikes only."""
        return self.kernel > 0

    @property
    def reach(self) -> int:
        """Places that a value reaches in each direction."""
        return self.kernel // 2

    def n_weights(self, channels: int) -> int:
        """Number of weights, k^2 C^2; those of BatchNorm do not count."""
        return self.kernel**2 * channels**2

    def n_parameters(self, channels: int) -> int:
        """Number of trainable parameters, those of BatchNorm (2 C) included."""
        return self.n_weights(channels) + (2 * channels if self.is_spiking else 0)

    def n_macs(self, channels: int, side: int) -> int:
        """Multiply-accumulates of one image and time step, padding included."""
        return self.n_weights(channels) * side**2


@dataclass(frozen=True, slots=True)
class SpikingConvolution(Operation):
    """Neurons, a convolution without bias, BatchNorm; the convolution sees spikes only."""

    def __post_init__(self) -> None:
        if self.kernel < 1 or self.kernel % 2 == 0:
            raise ValueError(f"{self.name}: a kernel needs an odd side, got {self.kernel}")

    @property
    def feed_kind(self) -> "FeedKind":
        """A convolution, of the spikes of the neurons before it."""
        return "convolution"

    def build(self, channels: int, neuron: "NeuronFactory") -> "nn.Module":
        """Make neurons, convolution and BatchNorm."""
        from snn.blocks import spiking_convolution  # noqa: PLC0415 (sizes need no torch)

        return spiking_convolution(neuron(self.threshold), channels, channels, self.kernel)


@cache
def operations() -> dict[str, Operation]:
    """All operations by name: one per file of ``snn/operations``."""
    import snn.operations  # noqa: PLC0415 (its modules import this one)

    return catalog.discover(snn.operations, Operation)  # type: ignore[type-abstract]


@cache
def operation(name: str) -> Operation:
    """Find an operation; ``conv3x3@0.5`` is ``conv3x3`` with another firing threshold.

    A user's own goes by its path: ``my_module.MY_OPERATION``.

    Raises:
        ValueError: If there is no such operation (with the nearest name), if it has no neurons to
            carry a threshold, or if that is no positive number.
    """
    base, mark, threshold = name.partition(MARK)
    found = _own(base) if "." in base else operations().get(base)
    if found is None:
        raise catalog.UnknownNameError("operation", base, operations())
    if not mark:
        return found
    if not found.is_spiking:
        raise ValueError(f"'{name}': {base} has no neurons, so no threshold")
    return replace(found, name=name, threshold=_threshold(name, threshold))


def _own(path: str) -> Operation:
    """A user's own operation, named by its path wherever designs are told."""
    found = imported(path)
    if not isinstance(found, Operation):
        raise OwnClassError(f"'{path}' is no snn.operation.Operation but {found!r:.60}")
    return replace(found, name=path)


def _threshold(name: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value < math.inf:
        raise ValueError(f"'{name}': a threshold needs a finite number above 0, got '{text}'")
    return value


@cache
def operation_set(name: str) -> tuple[str, ...]:
    """Names of the operations of a set; their places are the codes of a cell's vector.

    Raises:
        ValueError: If ``configs/operation_set`` has no such file, or it names what is none.
    """
    names = catalog.read("operation_set", name).get("operations")
    if not isinstance(names, list) or not names:
        raise ValueError(f"operation_set {name}: needs operations, a list of names")
    for one in names:
        operation(str(one))
    return tuple(str(one) for one in names)
