"""Weights that all candidates share, so that scores differ by cells and not by luck."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from snn.blocks import KAIMING_SLOPE
from snn.cells import Edge
from snn.engine.backend import Backend
from snn.engine.sparse_convolution import MOST_WEIGHT_BITS
from snn.macro import Macro
from snn.quantization import WeightFormat
from snn.weight_formats import fraction_bits, quantized

FINEST = WeightFormat(MOST_WEIGHT_BITS)
Key = tuple[int, ...]
STEM, EDGE, REDUCTION, HEAD = range(4)


def _exact(format_: WeightFormat) -> WeightFormat:
    """The same format, or one of the same range whose sums the engine adds exactly."""
    n_lost = format_.bits - MOST_WEIGHT_BITS
    if n_lost <= 0:
        return format_
    if format_.scope == "tensor":
        return replace(format_, bits=MOST_WEIGHT_BITS)
    given = format_.bits - 1 if format_.fraction_bits is None else format_.fraction_bits
    return replace(format_, bits=MOST_WEIGHT_BITS, fraction_bits=max(0, given - n_lost))


class WeightBank:
    """Convolution weights by place; each place has its own seed, so order does not matter.

    Weights are Kaiming-uniform as in a built network, then rounded to the format; where there is
    none to 13 bits per tensor, and where it has more bits than the engine adds exactly, to 13 bits
    of the same range.
    """

    def __init__(
        self, macro: Macro, seed: int, quantization: WeightFormat | None, backend: Backend
    ) -> None:
        self.macro = macro
        self.quantization = quantization
        self.format = FINEST if quantization is None else _exact(quantization)
        self._seed = seed
        self._backend = backend
        self._drawn: dict[Key, tuple[torch.Tensor, int]] = {}
        self._prepared: dict[Key, Any] = {}

    def stem(self) -> torch.Tensor:
        """Weights of the first convolution."""
        return self._weight((STEM,), (self.macro.channels, self.macro.in_channels, 3, 3))[0]

    def edge(self, position: int, edge: Edge, kernel: int) -> torch.Tensor:
        """Weights of an edge of a cell, whatever the threshold of its neurons."""
        return self._weight(*self._edge(position, edge, kernel))[0]

    def reduction(self, position: int) -> torch.Tensor:
        """Weights of the reduction behind a cell."""
        return self._weight(*self._reduction(position))[0]

    def generator_of_head(self) -> torch.Generator:
        """What draws the linear layers."""
        return self._generator((HEAD,))

    def prepared_edge(self, position: int, edge: Edge, kernel: int) -> Any:  # noqa: ANN401
        """The same in the backend's form."""
        return self._ready(*self._edge(position, edge, kernel))

    def prepared_reduction(self, position: int) -> Any:  # noqa: ANN401
        """The same in the backend's form."""
        return self._ready(*self._reduction(position))

    def _edge(self, position: int, edge: Edge, kernel: int) -> tuple[Key, Sequence[int]]:
        channels = self.macro.channels << position
        return (EDGE, position, *edge, kernel), (channels, channels, kernel, kernel)

    def _reduction(self, position: int) -> tuple[Key, Sequence[int]]:
        channels = self.macro.channels << position
        return (REDUCTION, position), (2 * channels, channels, 3, 3)

    def _ready(self, key: Key, shape: Sequence[int]) -> Any:  # noqa: ANN401
        if key not in self._prepared:
            self._prepared[key] = self._backend.prepared(*self._weight(key, shape))
        return self._prepared[key]

    def _weight(self, key: Key, shape: Sequence[int]) -> tuple[torch.Tensor, int]:
        """Weights, and the fraction bits they have."""
        if key not in self._drawn:
            generator = self._generator(key)
            weight = torch.empty(tuple(shape))
            torch.nn.init.kaiming_uniform_(weight, a=KAIMING_SLOPE, generator=generator)
            n_bits = fraction_bits(weight, self.format)
            self._drawn[key] = quantized(weight, self.format, generator, n_bits), n_bits
        return self._drawn[key]

    def _generator(self, key: Key) -> torch.Generator:
        state = np.random.SeedSequence([self._seed, *key]).generate_state(1, np.uint64)
        return torch.Generator().manual_seed(int(state[0] >> np.uint64(1)))
