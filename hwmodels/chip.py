"""What a chip is built with, and what an estimate of it tells."""

from dataclasses import dataclass, fields
from typing import Literal

from hwmodels.layout import LAYOUT


@dataclass(frozen=True, slots=True)
class Circuit:
    """What surrounds the cells of every crossbar, and how crossbars make a chip.

    Attributes:
        crossbar_size: Rows, and columns, of one crossbar.
        converter_bits: Resolution of an analog-to-digital converter.
        columns_per_converter: Columns that share one converter through a multiplexer.
        converter: Current-mode flash, or successive approximation (SAR).
        mapping: A layer's matrix as it is, or `novel`: one PE per position of the kernel.
        split_kernel: Side of the kernels so split (`physical`); NeuroSim takes the commonest.
        interconnect: Between the tiles: an H-tree, or an XY bus.
        is_pipelined: All layers at once, each on another image; else one after the other.
        is_calibrated: Energies and clock scaled to a measured 40 nm chip.
        speedup_degree: Most copies that a pipeline makes of its slowest layer.
        lines_per_level_shifter: Word or bit lines that share a high-voltage driver; 0: none.
    """

    crossbar_size: int
    converter_bits: int
    columns_per_converter: int
    converter: Literal["flash", "sar"] = "flash"
    mapping: Literal["conventional", "novel"] = "conventional"
    interconnect: Literal["h-tree", "bus"] = "h-tree"
    is_pipelined: bool = False
    is_calibrated: bool = False
    speedup_degree: int = LAYOUT.speedup_degree
    max_bus_bits: int = LAYOUT.max_bus_bits
    lines_per_level_shifter: int = LAYOUT.lines_per_level_shifter
    clock_hz: float = LAYOUT.clock_hz
    toggle_in_ratio: float = LAYOUT.toggle_in_ratio
    toggle_out_ratio: float = LAYOUT.toggle_out_ratio
    split_kernel: int = LAYOUT.split_kernel

    def __post_init__(self) -> None:
        for name, (least, most) in LIMITS.items():
            if not least <= getattr(self, name) <= most:
                raise ValueError(
                    f"{name} must lie in [{least:.15g}, {most:.15g}], got {getattr(self, name)}"
                )
        if self.crossbar_size % self.columns_per_converter:
            raise ValueError(
                f"columns_per_converter must divide crossbar_size: {self.columns_per_converter} "
                f"does not divide {self.crossbar_size}"
            )
        for name, allowed in CHOICES.items():
            if getattr(self, name) not in allowed:
                raise ValueError(
                    f"{name} must be one of {', '.join(allowed)}; got '{getattr(self, name)}'"
                )

    @property
    def n_converters(self) -> int:
        """Converters of one crossbar."""
        return self.crossbar_size // self.columns_per_converter


LARGEST = {
    "crossbar_size": 4096,
    "converter_bits": 12,
    "columns_per_converter": 4096,
    "speedup_degree": 4096,
    "max_bus_bits": 2**20,
    "split_kernel": 63,
}
LIMITS: dict[str, tuple[float, float]] = {name: (1, most) for name, most in LARGEST.items()} | {
    "lines_per_level_shifter": (0, 4096),
    "clock_hz": (1e3, 1e11),
    "toggle_in_ratio": (0, 1),
    "toggle_out_ratio": (0, 1),
}
CHOICES = {
    "converter": ("flash", "sar"),
    "mapping": ("conventional", "novel"),
    "interconnect": ("h-tree", "bus"),
}
CIRCUIT_FIELDS = tuple(field.name for field in fields(Circuit))


@dataclass(frozen=True, slots=True)
class LayerCost:
    """Share of one layer. ``n_units`` counts its tiles, or its PEs in the ELA models.

    ``area_m2`` is that of these units; the rest of the chip belongs to all layers.
    """

    name: str
    n_units: int
    area_m2: float
    energy_j: float
    latency_s: float
    area_parts_m2: dict[str, float]
    energy_parts_j: dict[str, float]
    latency_parts_s: dict[str, float]


@dataclass(frozen=True, slots=True)
class Estimate:
    """What one inference of one network costs.

    Attributes:
        energy_j: Dynamic energy and leakage over the inference.
        leakage_energy_j: Of it, leakage.
        latency_s: Of one image; of a pipelined chip, the time between two images.
        n_operations: Multiplications and additions.
        area_parts_m2: Area by component; adds up to ``area_m2``.
        layers: Share of each layer; energies (with leakage) add up to the total, and so do
            latencies unless the chip is pipelined.
    """

    model: str
    area_m2: float
    energy_j: float
    leakage_energy_j: float
    leakage_w: float
    latency_s: float
    n_operations: float
    n_tiles: int
    area_parts_m2: dict[str, float]
    layers: tuple[LayerCost, ...]

    @property
    def operations_per_joule(self) -> float:
        """Energy efficiency; 1e12 of it is one TOPS/W."""
        return self.n_operations / self.energy_j

    @property
    def operations_per_second(self) -> float:
        """Speed; 1e12 of it is one TOPS."""
        return self.n_operations / self.latency_s

    def energy_parts_j(self) -> dict[str, float]:
        """Energy by component, over all layers."""
        return _merged([layer.energy_parts_j for layer in self.layers])

    def latency_parts_s(self) -> dict[str, float]:
        """Latency by component, over all layers."""
        return _merged([layer.latency_parts_s for layer in self.layers])


def _merged(parts: list[dict[str, float]]) -> dict[str, float]:
    return {name: sum(part[name] for part in parts) for name in parts[0]}
