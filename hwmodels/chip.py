"""A chip: one device, one circuit, the tile structure of its technology."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Circuit:
    """What surrounds the cells of every crossbar.

    Attributes:
        crossbar_size: Rows, and columns, of one crossbar.
        converter_bits: Resolution of an analog-to-digital converter.
        columns_per_converter: Columns that share one converter through a multiplexer.
    """

    crossbar_size: int
    converter_bits: int
    columns_per_converter: int

    def __post_init__(self) -> None:
        if min(self.crossbar_size, self.converter_bits, self.columns_per_converter) < 1:
            raise ValueError(f"every number of a circuit must be at least 1, got {self}")
        if self.crossbar_size % self.columns_per_converter:
            raise ValueError(
                f"columns_per_converter must divide crossbar_size: {self.columns_per_converter} "
                f"does not divide {self.crossbar_size}"
            )

    @property
    def n_converters(self) -> int:
        """Converters at one crossbar column group."""
        return self.crossbar_size // self.columns_per_converter


@dataclass(frozen=True, slots=True)
class LayerCost:
    """Share of one layer: its processing elements, energy and time."""

    name: str
    n_pes: int
    energy_j: float
    latency_s: float


@dataclass(frozen=True, slots=True)
class Estimate:
    """What one inference of one network costs.

    Attributes:
        area_parts_m2: Area by component; adds up to ``area_m2``.
        layers: Share of each layer; energies and latencies add up to the totals.
    """

    area_m2: float
    energy_j: float
    latency_s: float
    n_tiles: int
    area_parts_m2: dict[str, float]
    layers: tuple[LayerCost, ...]
