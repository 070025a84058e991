"""What all steps of a device variation share: a conductance per cell in, one out."""

import math
from dataclasses import fields
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Conductances = NDArray[np.float64]


class Step(Protocol):
    """Anything that moves conductances away from where they were, cell by cell."""

    def __call__(self, conductance_s: Conductances, generator: np.random.Generator) -> Conductances:
        """Return new conductances of the same shape, none of them negative."""
        ...


def physical(conductance_s: Conductances) -> Conductances:
    """Raise what chance drove below zero to zero: a cell yields no current."""
    return np.maximum(conductance_s, 0.0)


def share_of_range(conductance_s: Conductances, off_s: float, on_s: float) -> Conductances:
    """Where a conductance lies between the off state (0) and the on state (1), held to that."""
    return np.clip((conductance_s - off_s) / (on_s - off_s), 0.0, 1.0)


def check(step: object) -> None:
    """Refuse a step with a number that is none, negative or infinite, or with an empty range.

    Raises:
        ValueError: With the class and the number.
    """
    for field in fields(step):  # type: ignore[arg-type]
        value = getattr(step, field.name)
        if field.type is float and not (_is_number(value) and value >= 0):
            raise ValueError(
                f"{_name(step)}: {field.name} must be finite and at least 0, got {value!r}"
            )
    if getattr(step, "on_conductance_s", 1.0) <= getattr(step, "off_conductance_s", 0.0):
        raise ValueError(f"{_name(step)}: need off_conductance_s < on_conductance_s")


def check_numbers(step: object, field: str, *values: object) -> None:
    """Refuse values of a field, of either sign, that are not finite numbers.

    Raises:
        ValueError: With the class, the field and the first such value.
    """
    for value in values:
        if not _is_number(value):
            raise ValueError(f"{_name(step)}: {field} must hold finite numbers, got {value!r}")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and math.isfinite(value)


def _name(step: object) -> str:
    return type(step).__name__
