"""Memory devices: what one cell holds, costs and errs."""

import math
from dataclasses import dataclass, fields
from functools import cache
from typing import Any

from configs import catalog
from hwmodels.units import to_si

KINDS = ("sram", "resistive", "fefet")  # in the order of hwmodels.periphery's codes


@dataclass(frozen=True, slots=True)
class Device:
    """A memory cell technology, read from ``configs/device/<name>.yaml``.

    Attributes:
        kind: Circuit of a cell: `sram`, `resistive` (with an access transistor) or `fefet`.
        cell_bits: Bits one cell stores.
        cell_height_f_ratio: Cell height in feature sizes.
        cell_width_f_ratio: Cell width in feature sizes.
        on_resistance_ohm: Resistance of the most conducting state.
        off_resistance_ohm: Resistance of the least conducting state.
        read_voltage_v: Voltage over a cell while it is read.
        access_voltage_v: Voltage at the gate of an access transistor.
        write_voltage_v: Voltage that writes a cell; above 1.5 V lines need level shifters.
        deviation_ratio: Standard deviation of a programmed level, as a share of full scale.
        source: Where the numbers come from.
    """

    name: str
    kind: str
    cell_bits: int
    cell_height_f_ratio: float
    cell_width_f_ratio: float
    on_resistance_ohm: float
    off_resistance_ohm: float
    read_voltage_v: float
    access_voltage_v: float
    write_voltage_v: float
    deviation_ratio: float
    source: str

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(
                f"{self.name}: kind must be one of {', '.join(KINDS)}; got '{self.kind}'"
            )
        for figure, (least, most) in LIMITS.items():
            if not least <= getattr(self, figure) <= most:
                raise ValueError(
                    f"{self.name}: {figure} must lie in [{least:g}, {most:g}], "
                    f"got {getattr(self, figure):g}"
                )
        if self.on_resistance_ohm >= self.off_resistance_ohm:
            raise ValueError(f"{self.name}: on_resistance_ohm must lie below off_resistance_ohm")
        if self.kind == "sram" and self.cell_bits != 1:
            raise ValueError(f"{self.name}: an SRAM cell holds 1 bit, got {self.cell_bits}")

    @property
    def cell_area_f2_ratio(self) -> float:
        """Cell area in squares of the feature size."""
        return self.cell_height_f_ratio * self.cell_width_f_ratio

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


MAX_CELL_BITS = 4
LIMITS: dict[str, tuple[float, float]] = {
    "cell_bits": (1, MAX_CELL_BITS),
    "cell_height_f_ratio": (0.5, 1000),
    "cell_width_f_ratio": (0.5, 1000),
    "on_resistance_ohm": (1, 1e12),
    "off_resistance_ohm": (1, 1e12),
    "read_voltage_v": (1e-3, 10),
    "access_voltage_v": (1e-3, 10),
    "write_voltage_v": (0, 10),  # 0: never written
    "deviation_ratio": (0, 1),
}


@cache
def load_device(name: str) -> Device:
    """Read a device by name.

    Raises:
        UnknownNameError: If ``configs/device`` has no such file.
        ValueError: If the file misses a figure, or has one that is not known.
    """
    return device_of(name, catalog.read("device", name))


def device_of(name: str, content: dict[str, Any]) -> Device:
    """Read a device from the content of a file.

    Raises:
        ValueError: If a figure is missing, unknown or impossible.
    """
    figures = to_si(content)
    known = {field.name for field in fields(Device)} - {"name"}
    for key in figures:
        if key not in known:
            raise ValueError(f"device {name}: no figure called '{key}'; {_hint(key, known)}")
    for key in sorted(known - set(figures)):
        raise ValueError(f"device {name}: '{key}' is missing")
    return Device(name=name, **figures)


def _hint(key: str, known: set[str]) -> str:
    return catalog.suggestion(key, sorted(known))
