"""Ageing: how conductances move after programming (docs/models/variation.md)."""

from dataclasses import dataclass

import numpy as np

from hwmodels.conductance import Conductances, check, check_numbers

SMALLEST = float(np.finfo(np.float64).tiny)  # in place of 0 where a logarithm is taken


@dataclass(frozen=True, slots=True)
class LogFit:
    """A number that depends on the state g = G / G_on: slope ln g + offset, within two bounds."""

    slope_ratio: float
    offset_ratio: float
    lowest_ratio: float
    highest_ratio: float

    def __post_init__(self) -> None:
        check_numbers(self, "slope_ratio and offset_ratio", self.slope_ratio, self.offset_ratio)
        check_numbers(self, "bounds", self.lowest_ratio, self.highest_ratio)
        if not 0 <= self.lowest_ratio <= self.highest_ratio:
            raise ValueError("LogFit: need 0 <= lowest_ratio <= highest_ratio")

    def __call__(self, state: Conductances) -> Conductances:
        """Evaluate the fit."""
        line = self.slope_ratio * np.log(np.maximum(state, SMALLEST)) + self.offset_ratio
        return np.clip(line, self.lowest_ratio, self.highest_ratio)


def _check_times(step: "Drift | StateDrift | Retention") -> None:
    check(step)
    if step.reference_time_s <= 0:
        raise ValueError(f"{type(step).__name__}: reference_time_s must exceed 0")


def _age(step: "Drift | StateDrift | Retention") -> float:
    return max(step.time_s / step.reference_time_s, 1.0)  # nothing moves before the reference


@dataclass(frozen=True, slots=True)
class Drift:
    """G (t / t_c)^-nu, with one nu ~ N(mean, deviation) for each cell.

    Attributes:
        time_s: t, since programming; earlier than t_c counts as t_c.
        reference_time_s: t_c, at which the programmed conductance holds.
    """

    exponent_mean_ratio: float
    exponent_deviation_ratio: float
    reference_time_s: float
    time_s: float

    def __post_init__(self) -> None:
        _check_times(self)

    def __call__(self, conductance_s: Conductances, generator: np.random.Generator) -> Conductances:
        """Draw one exponent per cell."""
        shape = conductance_s.shape
        nu = generator.normal(self.exponent_mean_ratio, self.exponent_deviation_ratio, shape)
        return conductance_s * _age(self) ** -nu


@dataclass(frozen=True, slots=True)
class StateDrift:
    """`Drift` whose mean and deviation of nu depend on the state of the cell.

    The published fits take the target conductance, this step the one it is given.
    """

    exponent_mean: LogFit
    exponent_deviation: LogFit
    reference_time_s: float
    time_s: float
    on_conductance_s: float

    def __post_init__(self) -> None:
        _check_times(self)

    def __call__(self, conductance_s: Conductances, generator: np.random.Generator) -> Conductances:
        """Draw one exponent per cell."""
        state = conductance_s / self.on_conductance_s  # g
        nu = generator.normal(self.exponent_mean(state), self.exponent_deviation(state))
        return conductance_s * _age(self) ** -nu


@dataclass(frozen=True, slots=True)
class Retention:
    """G (t / t_c)^(+-nu) within the two end states (the form of DNN+NeuroSim's wrapper).

    Attributes:
        exponent_ratio: nu.
        target_ratio: The state, as a share of the range, to which all cells move and where they
            stop; without it each cell draws its sign.
    """

    exponent_ratio: float
    reference_time_s: float
    time_s: float
    off_conductance_s: float
    on_conductance_s: float
    target_ratio: float | None = None

    def __post_init__(self) -> None:
        _check_times(self)
        if self.target_ratio is not None:
            check_numbers(self, "target_ratio", self.target_ratio)
            if not 0 <= self.target_ratio <= 1:
                raise ValueError(
                    f"Retention: target_ratio must be in 0..1, got {self.target_ratio}"
                )

    def __call__(self, conductance_s: Conductances, generator: np.random.Generator) -> Conductances:
        """Move every cell, up or down."""
        growth = _age(self) ** self.exponent_ratio
        up, down = conductance_s * growth, conductance_s / growth
        moved = self._towards_target(conductance_s, up, down)
        if self.target_ratio is None:
            moved = np.where(generator.random(conductance_s.shape) < 1 / 2, up, down)
        return np.clip(moved, self.off_conductance_s, self.on_conductance_s)

    def _towards_target(
        self, conductance_s: Conductances, up: Conductances, down: Conductances
    ) -> Conductances:
        full_scale_s = self.on_conductance_s - self.off_conductance_s
        target_s = self.off_conductance_s + (self.target_ratio or 0.0) * full_scale_s
        is_below = conductance_s < target_s
        return np.where(is_below, np.minimum(up, target_s), np.maximum(down, target_s))
