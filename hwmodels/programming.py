"""Programming: how far a written conductance lies from its target (docs/models/variation.md)."""

from dataclasses import dataclass

import numpy as np

from hwmodels.conductance import Conductances, check, check_numbers, physical, share_of_range


@dataclass(frozen=True, slots=True)
class Gaussian:
    """The same error at every level (NACIM, sec. V-A): G + N(0, s (G_on - G_off)), at least 0.

    Attributes:
        deviation_ratio: s, as a share of full scale.
    """

    deviation_ratio: float
    off_conductance_s: float
    on_conductance_s: float

    def __post_init__(self) -> None:
        check(self)

    def __call__(self, conductance_s: Conductances, generator: np.random.Generator) -> Conductances:
        """Draw one error per cell."""
        deviation_s = self.deviation_ratio * (self.on_conductance_s - self.off_conductance_s)
        return physical(generator.normal(conductance_s, deviation_s))


@dataclass(frozen=True, slots=True)
class Proportional:
    """An error that grows with the conductance: G (1 + N(0, s)), at least 0.

    Attributes:
        deviation_ratio: s, as a share of the conductance itself.
    """

    deviation_ratio: float

    def __post_init__(self) -> None:
        check(self)

    def __call__(self, conductance_s: Conductances, generator: np.random.Generator) -> Conductances:
        """Draw one factor per cell."""
        factor = generator.normal(1.0, self.deviation_ratio, conductance_s.shape)
        return physical(conductance_s * factor)


@dataclass(frozen=True, slots=True)
class Lognormal:
    """ln R ~ N(ln R_target, s): the median is kept, the mean of G rises by exp(s^2 / 2).

    Between the two end states s runs linearly with the conductance, which is assumed.

    Attributes:
        on_deviation_ratio: s of the on state.
        off_deviation_ratio: s of the off state, usually the wider.
    """

    on_deviation_ratio: float
    off_deviation_ratio: float
    off_conductance_s: float
    on_conductance_s: float

    def __post_init__(self) -> None:
        check(self)

    def __call__(self, conductance_s: Conductances, generator: np.random.Generator) -> Conductances:
        """Draw one factor per cell."""
        share = share_of_range(conductance_s, self.off_conductance_s, self.on_conductance_s)
        spread = self.on_deviation_ratio - self.off_deviation_ratio
        deviation = self.off_deviation_ratio + share * spread
        return conductance_s * np.exp(generator.normal(0.0, deviation))


@dataclass(frozen=True, slots=True)
class Polynomial:
    """A measured deviation: G + N(0, sigma(G)), at least 0, sigma a polynomial of G.

    Cells of another on state are brought to the published one before sigma is taken, and back
    after: the error is then the same share of the on state.

    Attributes:
        coefficients: c_k of sigma / unit = sum of c_k (G / unit)^k; a negative sum counts as 0.
        deviation_unit_s: Unit of sigma.
        conductance_unit_s: Unit of G.
        published_on_conductance_s: Largest conductance of the measured cells.
    """

    coefficients: tuple[float, ...]
    deviation_unit_s: float
    conductance_unit_s: float
    published_on_conductance_s: float
    on_conductance_s: float

    def __post_init__(self) -> None:
        check(self)
        check_numbers(self, "coefficients", *self.coefficients)

    def deviation_s(self, conductance_s: Conductances) -> Conductances:
        """Return sigma(G) of cells of this device."""
        scale = self.on_conductance_s / self.published_on_conductance_s
        published = conductance_s / (scale * self.conductance_unit_s)
        sigma: Conductances = np.polynomial.Polynomial(self.coefficients)(published)
        return scale * self.deviation_unit_s * np.maximum(sigma, 0.0)

    def __call__(self, conductance_s: Conductances, generator: np.random.Generator) -> Conductances:
        """Draw one error per cell."""
        return physical(generator.normal(conductance_s, self.deviation_s(conductance_s)))


@dataclass(frozen=True, slots=True)
class StuckAt:
    """Defects: a cell sits in its on or its off state, whatever was written.

    Attributes:
        on_probability_ratio: Share of cells that are stuck in the on state.
        off_probability_ratio: Share of cells that are stuck in the off state.
    """

    on_probability_ratio: float
    off_probability_ratio: float
    off_conductance_s: float
    on_conductance_s: float

    def __post_init__(self) -> None:
        check(self)
        if self.on_probability_ratio + self.off_probability_ratio > 1:
            raise ValueError("StuckAt: the two probabilities must not exceed 1 together")

    def __call__(self, conductance_s: Conductances, generator: np.random.Generator) -> Conductances:
        """Draw which cells are stuck."""
        draw = generator.random(conductance_s.shape)
        is_on = draw < self.on_probability_ratio
        is_off = ~is_on & (draw < self.on_probability_ratio + self.off_probability_ratio)
        defect_s = np.where(is_on, self.on_conductance_s, self.off_conductance_s)
        return np.where(is_on | is_off, defect_s, conductance_s)
