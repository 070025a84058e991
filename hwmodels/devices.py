"""Memory devices: what one cell holds, costs and errs."""

import math
from dataclasses import dataclass
from functools import cache
from typing import Any

from configs import catalog
from hwmodels.units import to_si


@dataclass(frozen=True, slots=True)
class Device:
    """A memory cell technology, read from ``configs/device/<name>.yaml``.

    Attributes:
        cell_bits: Bits one cell stores.
        cell_area_f2_ratio: Cell area in squares of the feature size.
        on_resistance_ohm: Resistance of the most conducting state.
        off_resistance_ohm: Resistance of the least conducting state.
        read_voltage_v: Voltage over a cell while it is read.
        deviation_ratio: Standard deviation of a programmed level, as a share of full scale.
        source: Where the numbers come from.
    """

    name: str
    cell_bits: int
    cell_area_f2_ratio: float
    on_resistance_ohm: float
    off_resistance_ohm: float
    read_voltage_v: float
    deviation_ratio: float
    source: str

    def __post_init__(self) -> None:
        if self.cell_bits < 1:
            raise ValueError(f"{self.name}: cell_bits must be at least 1, got {self.cell_bits}")
        if not 0 < self.on_resistance_ohm < self.off_resistance_ohm:
            raise ValueError(f"{self.name}: need 0 < on_resistance_ohm < off_resistance_ohm")
        if min(self.cell_area_f2_ratio, self.read_voltage_v) <= 0 or self.deviation_ratio < 0:
            raise ValueError(
                f"{self.name}: area and voltage must exceed 0, deviation be at least 0"
            )

    @property
    def mean_conductance_s(self) -> float:
        """Conductance of a cell, averaged over its two end states."""
        return (1 / self.on_resistance_ohm + 1 / self.off_resistance_ohm) / 2

    @property
    def on_conductance_s(self) -> float:
        """Conductance of the most conducting state."""
        return 1 / self.on_resistance_ohm

    @property
    def off_conductance_s(self) -> float:
        """Conductance of the least conducting state."""
        return 1 / self.off_resistance_ohm

    def cells_per_weight(self, weight_bits: int) -> int:
        """Cells that hold one weight, joined by shift-and-add (NACIM, sec. III-e)."""
        return math.ceil(weight_bits / self.cell_bits)

    def weight_deviation_ratio(self, weight_bits: int) -> float:
        """Standard deviation of a stored weight, in units of R, its representable range.

        A weight in [-R, R) is stored with an offset, so that full scale spans 2R. With L levels a
        cell and k cells, digit j errs by its share ``(L-1) L^j / (L^k - 1)`` of full scale.
        """
        n_levels = 2**self.cell_bits
        n_cells = self.cells_per_weight(weight_bits)
        digits = ((n_levels - 1) * n_levels**j for j in range(n_cells))
        share: float = math.hypot(*digits) / (n_levels**n_cells - 1)
        return 2 * self.deviation_ratio * share


@cache
def load_device(name: str) -> Device:
    """Read a device by name.

    Raises:
        UnknownNameError: If ``configs/device`` has no such file.
    """
    content: dict[str, Any] = to_si(catalog.read("device", name))
    return Device(name=name, **content)
