"""What the scoring engine asks of whoever does the sums, on whatever device."""

from typing import Any, Protocol

import torch

from snn.macro import Neuron
from snn.score import Firing

Values = Any
"""Values of a node, in the backend's own form."""
Spikes = Any


class Backend(Protocol):
    """Steps of a network in training mode, weights and values in the backend's own form."""

    def stem(self, images: torch.Tensor, weight: torch.Tensor, stride: int, steps: int) -> Values:
        """Convolve images (S, C, H, W), normalize, repeat in time."""
        ...

    def add(self, terms: list[Values]) -> Values:
        """Add up one to three terms, in this order."""
        ...

    def pool3x3(self, values: Values) -> Values:
        """Mean of 3x3 neighbours; the padding counts."""
        ...

    def normalized(self, values: Values) -> Values:
        """BatchNorm, over all time steps together."""
        ...

    def fire(self, values: Values, neuron: Neuron, threshold: float) -> tuple[Spikes, Firing]:
        """Run spiking neurons from rest."""
        ...

    def convolve(self, spikes: Spikes, weight: Any, pool: int) -> Values:  # noqa: ANN401
        """Convolve, normalize, take the mean of windows of ``pool``."""
        ...

    def prepared(self, weight: torch.Tensor, n_fraction_bits: int) -> Any:  # noqa: ANN401
        """Weights (out, in, k, k), multiples of 2^-fraction bits, as `convolve` takes them."""
        ...
