"""Reading: how a conductance flickers from read to read (docs/models/variation.md)."""

import math
from dataclasses import dataclass

import numpy as np

from hwmodels.ageing import SMALLEST
from hwmodels.conductance import Conductances, check, physical, share_of_range


@dataclass(frozen=True, slots=True)
class PinkNoise:
    """1/f noise, gathered since programming: G + N(0, G Q sqrt(ln((t + t_r) / (2 t_r)))), >= 0.

    Q = min(m / g^p, limit) with g = G / G_on (the phase-change model of aihwkit, whose g is the
    target's; this step takes the conductance it is given).

    Attributes:
        magnitude_ratio: m.
        power_ratio: p.
        limit_ratio: Largest Q.
        read_pulse_s: t_r, the length of a read.
        time_s: t, since programming; at least t_r.
    """

    magnitude_ratio: float
    power_ratio: float
    limit_ratio: float
    read_pulse_s: float
    time_s: float
    on_conductance_s: float

    def __post_init__(self) -> None:
        check(self)
        if not 0 < self.read_pulse_s <= self.time_s:
            raise ValueError("PinkNoise: need 0 < read_pulse_s <= time_s")

    def deviation_ratio(self, conductance_s: Conductances) -> Conductances:
        """Return the standard deviation as a share of the conductance."""
        state = np.maximum(conductance_s / self.on_conductance_s, SMALLEST)  # g
        q = np.minimum(self.magnitude_ratio * state**-self.power_ratio, self.limit_ratio)
        span = (self.time_s + self.read_pulse_s) / (2 * self.read_pulse_s)
        return q * math.sqrt(math.log(span))

    def __call__(self, conductance_s: Conductances, generator: np.random.Generator) -> Conductances:
        """Draw one read."""
        deviation_s = conductance_s * self.deviation_ratio(conductance_s)
        return physical(generator.normal(conductance_s, deviation_s))


@dataclass(frozen=True, slots=True)
class Telegraph:
    """Random telegraph noise: each cell is found in one of two states, a G apart.

    The mean over time is the programmed conductance, as write-and-verify sees to it: with p the
    share of time in the low state, G (1 + a p) or G (1 - a (1 - p)). Between the end states, a
    runs linearly with the conductance, which is assumed.

    Attributes:
        on_amplitude_ratio: a of the on state.
        off_amplitude_ratio: a of the off state, usually the larger.
        low_dwell_s: Mean time in the low state.
        high_dwell_s: Mean time in the high state.
    """

    on_amplitude_ratio: float
    off_amplitude_ratio: float
    low_dwell_s: float
    high_dwell_s: float
    off_conductance_s: float
    on_conductance_s: float

    def __post_init__(self) -> None:
        check(self)
        if self.low_dwell_s + self.high_dwell_s <= 0:
            raise ValueError("Telegraph: a cell must dwell somewhere")
        if max(self.on_amplitude_ratio, self.off_amplitude_ratio) > 1:
            raise ValueError("Telegraph: an amplitude must not exceed 1")

    def __call__(self, conductance_s: Conductances, generator: np.random.Generator) -> Conductances:
        """Draw the state in which each cell is found."""
        share = share_of_range(conductance_s, self.off_conductance_s, self.on_conductance_s)
        spread = self.on_amplitude_ratio - self.off_amplitude_ratio
        amplitude = self.off_amplitude_ratio + share * spread
        low_share = self.low_dwell_s / (self.low_dwell_s + self.high_dwell_s)  # p
        is_low = generator.random(conductance_s.shape) < low_share
        return conductance_s * (1.0 + amplitude * (low_share - is_low))
