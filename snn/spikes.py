"""Spikes of a run of a spiking network, as plain data that the simulator reads without torch."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]


@dataclass(frozen=True)
class SpikeTrace:
    """Who fired when; each of the arrays is (n,), one entry per spike.

    Attributes:
        layer_sizes: Neurons of each layer, the input first.
        n_timesteps: Time steps that were run.
        timestep: Of each spike; never falls.
        neuron: Its number, counted over all layers.
    """

    layer_sizes: tuple[int, ...]
    n_timesteps: int
    timestep: Integers
    neuron: Integers

    def __post_init__(self) -> None:
        if not self.layer_sizes or min(self.layer_sizes) < 1 or self.n_timesteps < 1:
            raise ValueError("a spike trace needs layers with neurons, and at least one time step")
        for name in ("timestep", "neuron"):
            object.__setattr__(self, name, np.asarray(getattr(self, name), np.int64))
        if self.timestep.shape != self.neuron.shape or self.timestep.ndim != 1:
            raise ValueError("a spike trace needs one time step and one neuron per spike")
        limits = {"timestep": self.n_timesteps, "neuron": self.n_neurons}
        for name, limit in limits.items():
            values = getattr(self, name)
            outside = np.flatnonzero((values < 0) | (values >= limit))
            if len(outside):
                i = outside[0]
                raise ValueError(f"spike {i}: {name} {values[i]} is not below {limit}")
        if (np.diff(self.timestep) < 0).any():
            raise ValueError("spikes must be sorted by time step")

    @property
    def n_neurons(self) -> int:
        """Neurons of all layers."""
        return sum(self.layer_sizes)

    @property
    def layer_starts(self) -> Integers:
        """Number of each layer's first neuron, and of the last one's end, (layers + 1,)."""
        return np.concatenate([[0], np.cumsum(self.layer_sizes)])

    @classmethod
    def from_dense(cls, layers: list[NDArray[np.bool_]]) -> "SpikeTrace":
        """From one array per layer, (timesteps, neurons), true where a neuron fires."""
        whole = np.concatenate([layer.reshape(len(layer), -1) for layer in layers], axis=1)
        timestep, neuron = np.nonzero(whole)
        sizes = tuple(int(np.prod(layer.shape[1:])) for layer in layers)
        return cls(sizes, len(whole), timestep, neuron)


def generated(
    layer_sizes: tuple[int, ...],
    rates: tuple[float, ...],
    n_timesteps: int,
    generator: np.random.Generator,
) -> SpikeTrace:
    """Draw spikes at a given mean rate per layer and time step.

    Neurons differ: the rate of each is drawn from Beta(2 r, 2 (1 - r)).

    Raises:
        ValueError: If a rate lies outside [0, 1], or there is not one per layer.
    """
    if len(rates) != len(layer_sizes) or not all(0 <= rate <= 1 for rate in rates):
        raise ValueError(f"need a rate in [0, 1] for each of {len(layer_sizes)} layers: {rates}")
    layers = []
    for size, rate in zip(layer_sizes, rates, strict=True):
        each = np.full(size, rate)
        if 0 < rate < 1:
            each = generator.beta(2 * rate, 2 * (1 - rate), size)
        layers.append(generator.random((n_timesteps, size)) < each)
    return SpikeTrace.from_dense(layers)
