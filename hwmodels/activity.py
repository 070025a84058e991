"""From statistics of weights and activations to the currents of a column, in mean field.

A column of r rows, each active with probability p, conducts a normally distributed amount; the
power of its converter is averaged over that distribution with five Gauss-Hermite points.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.polynomial.hermite_e import hermegauss
from numpy.typing import NDArray

from hwmodels.compiled import Record, compiled
from hwmodels.components.converter import column_power
from hwmodels.layout import LAYOUT

N_POINTS = 5
MAX_DIGITS, MAX_LEVELS = 16, 16
_POINTS, _WEIGHTS = hermegauss(N_POINTS)
POINTS = tuple(float(x) for x in _POINTS)
WEIGHTS = tuple(float(w) for w in _WEIGHTS / _WEIGHTS.sum())
Histogram = NDArray[np.float64]


class Column(NamedTuple):
    """Mean power of a column's converter, and mean conductance of the column."""

    power_w: float
    conductance_s: float


def digit_histogram(
    weight_bits: int, cell_bits: int, sigma_ratio: float, shares: Sequence[float] | None = None
) -> Histogram:
    """How often each digit of a weight takes each level, (MAX_DIGITS, MAX_LEVELS).

    Weights take their 2^b levels as often as ``shares`` says, or are normal with a deviation of
    ``sigma_ratio`` of half the range, rounded and clipped. They are stored offset binary, most
    significant digit first.

    Raises:
        ValueError: If a weight needs more digits, or a digit more levels, than there is room for.
    """
    n_digits, n_levels = -(-weight_bits // cell_bits), 2**cell_bits
    if n_digits > MAX_DIGITS or n_levels > MAX_LEVELS:
        raise ValueError(
            f"{weight_bits} bits in cells of {cell_bits}: at most {MAX_DIGITS} digits of "
            f"{MAX_LEVELS} levels"
        )
    levels = np.arange(2**weight_bits)
    histogram = np.zeros((MAX_DIGITS, MAX_LEVELS))
    if shares is None:
        shares = _level_probabilities(weight_bits, sigma_ratio)
    for digit in range(n_digits):
        values = (levels >> (cell_bits * (n_digits - 1 - digit))) % n_levels
        np.add.at(histogram[digit], values, shares)
    return histogram


def _level_probabilities(weight_bits: int, sigma_ratio: float) -> list[float]:
    half = 2 ** (weight_bits - 1)
    edges = (np.arange(-half, half - 1) + 0.5) / (sigma_ratio * half * math.sqrt(2))
    below = np.array([0.5 * (1 + math.erf(edge)) for edge in edges])
    return np.diff(np.concatenate([[0.0], below, [1.0]])).tolist()


@compiled
def column(
    process: Record,
    cell: Record,
    circuit: Record,
    stage: Record,
    histogram: Histogram,
    n_digits: int,
    n_rows: int,
    density_ratio: float,
) -> Column:
    """Average over the digits of a weight."""
    return columns(
        process, cell, circuit, stage, histogram, n_digits, n_rows, n_rows, density_ratio
    )[0]


@compiled
def columns(
    process: Record,
    cell: Record,
    circuit: Record,
    stage: Record,
    histogram: Histogram,
    n_digits: int,
    n_rows: int,
    n_other_rows: int,
    density_ratio: float,
) -> tuple[Column, Column]:
    """The same for columns of two lengths."""
    idle = (1 - density_ratio) ** n_rows
    other_idle = idle if n_rows == n_other_rows else (1 - density_ratio) ** n_other_rows
    power = conductance = other_power = other_conductance = 0.0
    for digit in range(n_digits):
        mean, square = _moments(cell, stage, histogram[digit])
        square -= density_ratio * mean**2
        one = _digit(process, cell, circuit, mean, square, n_rows, density_ratio, idle)
        power += one.power_w
        conductance += one.conductance_s
        if n_rows != n_other_rows:
            one = _digit(
                process, cell, circuit, mean, square, n_other_rows, density_ratio, other_idle
            )
        other_power += one.power_w
        other_conductance += one.conductance_s
    return (
        Column(power / n_digits, conductance / n_digits),
        Column(other_power / n_digits, other_conductance / n_digits),
    )


@compiled
def _moments(cell: Record, stage: Record, histogram: Histogram) -> tuple[float, float]:
    """Mean and mean square of the conductance of one cell, wires and access included."""
    mean = square = 0.0
    for level in range(1 << cell.cell_bits):
        conductance = stage.levels_s[level]
        mean += histogram[level] * conductance
        square += histogram[level] * conductance**2
    return mean, square


@compiled
def _digit(
    process: Record,
    cell: Record,
    circuit: Record,
    mean: float,
    spread: float,
    n_rows: int,
    density_ratio: float,
    idle: float,
) -> Column:
    if n_rows == 0 or idle == 1:
        return Column(LAYOUT.idle_column_w, 0.0)
    n_active = n_rows * density_ratio
    centre, deviation = n_active * mean / (1 - idle), math.sqrt(max(n_active * spread, 0.0))
    power = 0.0
    for i in range(N_POINTS):
        total = max(centre + POINTS[i] * deviation, LAYOUT.conductance_floor_ratio * mean)
        power += WEIGHTS[i] * column_power(
            process, circuit.is_sar, circuit.n_levels, 1 / total, cell.read_voltage_v
        )
    return Column(idle * LAYOUT.idle_column_w + (1 - idle) * power, n_active * mean)
