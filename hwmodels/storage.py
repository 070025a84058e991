"""Weights on cells: what is stored, what variation makes of it, what is read back."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hwmodels.conductance import Conductances, Step
from hwmodels.devices import Device, load_device
from hwmodels.variation import load_variation, nominal_variation

Integers = NDArray[np.int64]
N_WEIGHTS = 100_000  # near-Gaussian errors: one standard error is 0.3 %; rare defects: 5 %


@dataclass(frozen=True, slots=True)
class Storage:
    """Integer weights of one width on the cells of a device.

    A weight w in [-2^(b-1), 2^(b-1)) is stored as w + 2^(b-1), its most significant bits in the
    first cell; bits that the last cell has to spare are its lowest, and zero. Levels are linear in
    conductance between the off and the on state. Reading is ideal: no wires, no converter.
    """

    device: Device
    weight_bits: int

    @property
    def n_levels(self) -> int:
        """Levels of one cell."""
        return 1 << self.device.cell_bits

    @property
    def places(self) -> Integers:
        """Weight of each cell's digit, the most significant first."""
        n_cells = self.device.cells_per_weight(self.weight_bits)
        return self.n_levels ** np.arange(n_cells - 1, -1, -1, dtype=np.int64)

    def digits(self, weights: Integers) -> Integers:
        """Return the level of each cell, shape ``(*weights.shape, n_cells)``.

        Raises:
            ValueError: If a weight is out of range.
        """
        half = 1 << (self.weight_bits - 1)
        if np.any((weights < -half) | (weights >= half)):
            raise ValueError(f"weights of {self.weight_bits} bits lie in [{-half}, {half - 1}]")
        places = self.places
        spare_bits = len(places) * self.device.cell_bits - self.weight_bits
        stored = (weights + half) << spare_bits
        return stored[..., None] // places % self.n_levels

    def conductances_s(self, digits: Integers) -> Conductances:
        """Return the target conductance of each level."""
        d = self.device
        full_scale_s = d.on_conductance_s - d.off_conductance_s
        return d.off_conductance_s + digits / (self.n_levels - 1) * full_scale_s

    def weights_ratio(self, conductance_s: Conductances) -> NDArray[np.float64]:
        """Read weights back, in units of R: all cells off is -1, all on is +1.

        The last axis, the cells of a weight, is joined by shift-and-add.
        """
        d, places = self.device, self.places
        full_scale_s = d.on_conductance_s - d.off_conductance_s
        shares = (conductance_s - d.off_conductance_s) / full_scale_s
        weights: NDArray[np.float64] = shares @ (places / places.sum())
        return 2 * weights - 1

    def errors_ratio(
        self, weights: Integers, variation: Step, generator: np.random.Generator
    ) -> NDArray[np.float64]:
        """Return what is read back minus what was stored, in units of R."""
        target_s = self.conductances_s(self.digits(weights))
        return self.weights_ratio(variation(target_s, generator)) - self.weights_ratio(target_s)


def effective_weight_deviation_ratio(
    device: Device,
    weight_bits: int,
    variation: Step,
    generator: np.random.Generator,
    n_weights: int = N_WEIGHTS,
) -> float:
    """Return the sampled standard deviation of the error of a weight, in units of R.

    Weights are drawn evenly from all levels. The mean error is taken off; an error that depends on
    the weight, as drift makes it, counts. `Device.weight_deviation_ratio` is the closed form for
    Gaussian levels that are not clipped.
    """
    half = 1 << (weight_bits - 1)
    weights = generator.integers(-half, half, n_weights)
    return float(Storage(device, weight_bits).errors_ratio(weights, variation, generator).std())


@dataclass(frozen=True, slots=True)
class DeviationRow:
    """Deviations of one device at one width: of a level, in full scales; of a weight, in R."""

    device: str
    weight_bits: int
    cell_deviation_ratio: float
    weight_deviation_ratio: float


def deviation_table(
    devices: Sequence[str], weight_bits: Sequence[int], variation: str | None = None, seed: int = 0
) -> list[DeviationRow]:
    """Sample the deviations of devices, by name, for docs and command lines.

    Args:
        variation: Name of a variation; without it each device's own Gaussian deviation is used.
        seed: Each row starts from it, so that rows do not depend on which others are asked for.

    Raises:
        UnknownNameError: If there is no such device or variation.
    """
    return [_row(name, bits, variation, seed) for name in devices for bits in weight_bits]


def _row(name: str, weight_bits: int, variation: str | None, seed: int) -> DeviationRow:
    device, generator = load_device(name), np.random.default_rng(seed)
    step = load_variation(variation, device) if variation else nominal_variation(device)
    # one cell that spans 2R errs by twice its share of full scale
    cell = effective_weight_deviation_ratio(device, device.cell_bits, step, generator) / 2
    weight = effective_weight_deviation_ratio(device, weight_bits, step, generator)
    return DeviationRow(name, weight_bits, cell, weight)
