"""The closed form of energy, latency and area behind `hwmodels.ela`, whatever its unit costs."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from hwmodels.chip import Circuit, Estimate, LayerCost
from hwmodels.workload import LayerWork
from snn.network import Layer

SHARED_PARTS = ("input_buffer", "neuron_memory")  # of the area: once per chip


@dataclass(frozen=True, slots=True)
class MappedLayer:
    """A layer as the crossbars see it.

    Attributes:
        n_kernel_places: Of a kernel, height times width.
        n_inputs: Places of the input feature map, height times width.
        n_outputs: Places of the output feature map, after pooling.
        n_operations: Multiplications and additions of one image.
        timesteps: Times that its inputs enter.
    """

    name: str
    in_channels: int
    out_channels: int
    n_kernel_places: int
    n_inputs: int
    n_outputs: int
    n_operations: int
    cells_per_weight: int
    timesteps: int

    def __post_init__(self) -> None:
        if self.n_outputs < 1:
            raise ValueError(f"{self.name} cannot be pooled: its feature map is 1 high or wide")

    @classmethod
    def of(cls, layer: Layer, cells_per_weight: int, timesteps: int) -> Self:
        """Map a square layer."""
        n_inputs, n_operations = layer.in_side**2, 2 * layer.in_side**2 * layer.n_weights
        return cls(
            layer.name, layer.in_channels, layer.out_channels, layer.kernel**2, n_inputs,
            layer.out_side**2, n_operations, cells_per_weight, timesteps,
        )  # fmt: skip

    @classmethod
    def of_work(cls, work: LayerWork, cells_per_weight: int, timesteps: int) -> Self:
        """Map a layer that need be neither square nor of stride 1."""
        sides = [math.ceil(side / work.stride) for side in (work.in_height, work.in_width)]
        n_outputs = math.prod(side // 2 if work.is_pooled else side for side in sides)
        return cls(
            work.name, work.in_channels, work.out_channels, work.kernel_height * work.kernel_width,
            work.in_height * work.in_width, n_outputs, work.n_operations, cells_per_weight,
            timesteps,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Ela:
    """One setting of the closed form; all unit costs in SI.

    Attributes:
        name: Of the cost model.
        constants: Content of the technology's file.
        crossbar_area_m2: Area of one crossbar's cells.
        crossbar_energy_j: Energy of reading one crossbar once.
        converter_area_m2: Area of one converter.
        converter_energy_j: Energy of one conversion.
        read_steps: Times a crossbar is read for one output position, over the multiplexer.
        pe_latency_s: Time of one PE for one output position.
        n_neuron_layers: Layers, from the first, whose outputs keep an accumulator.
        pes_per_tile: Of the area; energy counts an H-tree of the usual number.
    """

    name: str
    constants: dict[str, Any]
    circuit: Circuit
    crossbar_area_m2: float
    crossbar_energy_j: float
    converter_area_m2: float
    converter_energy_j: float
    read_steps: float
    pe_latency_s: float
    n_neuron_layers: int | None
    pes_per_tile: int

    def estimate(self, layers: Sequence[MappedLayer]) -> Estimate:
        """Price one inference.

        Raises:
            ValueError: If there is no layer.
        """
        if not layers:
            raise ValueError("a cost needs at least one layer")
        n_tiles = -(-sum(map(self._n_pes, layers)) // self.pes_per_tile)
        area = self._area_parts(layers, n_tiles)
        n_pes = n_tiles * self.pes_per_tile
        pe_parts_m2 = {name: m2 / n_pes for name, m2 in area.items() if name not in SHARED_PARTS}
        costs = tuple(
            self._layer(mapped, pe_parts_m2, i == len(layers)) for i, mapped in enumerate(layers, 1)
        )
        return Estimate(
            model=self.name,
            area_m2=sum(area.values()),
            energy_j=sum(cost.energy_j for cost in costs),
            leakage_energy_j=0.0,
            leakage_w=0.0,
            latency_s=sum(cost.latency_s for cost in costs),
            n_operations=float(sum(mapped.n_operations for mapped in layers)),
            n_tiles=n_tiles,
            area_parts_m2=area,
            layers=costs,
        )

    def _layer(
        self,
        mapped: MappedLayer,
        pe_parts_m2: Mapping[str, float],
        is_last: bool,  # noqa: FBT001
    ) -> LayerCost:
        parts, latency_s = self._energy_parts(mapped), self._latency(mapped, is_last)
        area = {name: self._n_pes(mapped) * m2 for name, m2 in pe_parts_m2.items()}
        return LayerCost(
            name=mapped.name,
            n_units=self._n_pes(mapped),
            area_m2=sum(area.values()),
            energy_j=sum(parts.values()),
            latency_s=latency_s,
            area_parts_m2=area,
            energy_parts_j=parts,
            latency_parts_s={"processing": latency_s},
        )

    def _n_pes(self, mapped: MappedLayer) -> int:
        size, columns = self.circuit.crossbar_size, mapped.out_channels * mapped.cells_per_weight
        return math.ceil(mapped.in_channels / size) * math.ceil(columns / size)

    def _area_parts(self, layers: Sequence[MappedLayer], n_tiles: int) -> dict[str, float]:
        area, constants = self.constants["area"], self.constants
        n_pes = n_tiles * self.pes_per_tile
        n_crossbars = n_pes * max(mapped.n_kernel_places for mapped in layers)  # PEs are all alike
        word_m2 = area["buffer_bit_m2"] * constants["buffer_bits"]
        inputs = sum(mapped.in_channels * mapped.n_inputs for mapped in layers)
        neurons = layers[: self.n_neuron_layers]
        outputs = sum(mapped.out_channels * mapped.n_outputs for mapped in neurons)
        n_converters = self.circuit.n_converters
        return {
            "crossbar": n_crossbars * self.crossbar_area_m2,
            "converter": n_pes * n_converters * (self.converter_area_m2 + area["multiplexer_m2"]),
            "accumulation": n_tiles * n_converters * area["subtract_m2"],
            "tile_buffer": n_tiles
            * (area["temporary_buffer_m2"] + area["buffer_bit_m2"] * area["tile_buffer_bits"]),
            "interconnect": n_tiles * area["n_htrees"] * area["htree_m2"],
            "input_buffer": word_m2 * inputs,
            "neuron_memory": word_m2 * outputs,
        }

    def _energy_parts(self, mapped: MappedLayer) -> dict[str, float]:
        energy, n_converters = self.constants["energy"], self.circuit.n_converters
        cells_j = mapped.n_kernel_places * self.crossbar_energy_j
        step_j = {
            "crossbar": self.read_steps * cells_j,
            "converter": self.read_steps * n_converters * self.read_energy_j,
            "accumulation": n_converters * energy["n_subtracts"] * energy["subtract_j"],
            "buffer": n_converters * energy["temporary_buffer_j"] + energy["tile_buffer_j"],
            "interconnect": self.constants["pes_per_tile"] * energy["htree_j"],
            "digital": energy["fetch_j"] + energy["n_neurons"] * energy["neuron_j"],
        }
        n_steps = mapped.timesteps * self._n_pes(mapped) * mapped.n_outputs
        return {name: n_steps * float(joule) for name, joule in step_j.items()}

    @property
    def read_energy_j(self) -> float:
        """Energy of one conversion, with its multiplexer."""
        return self.converter_energy_j + float(self.constants["energy"]["multiplexer_j"])

    def _latency(self, mapped: MappedLayer, is_last: bool) -> float:  # noqa: FBT001
        n_outputs: float = mapped.out_channels * mapped.n_outputs
        if not is_last:
            n_outputs = math.floor(self.constants["layer_overlap_ratio"] * n_outputs)
        return self.pe_latency_s * mapped.timesteps * n_outputs
