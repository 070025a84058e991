"""SpikeSim's closed form of energy, latency and area (ELA), and its extension layer by layer.

Two settings of one model. `published()` returns SpikeSim's figures to the last digit, with its
simplifications: one kernel for all layers, a crossbar whose area and energy do not depend on its
size, neuron memory for five layers only. `extended()` lifts them: kernel, cells per weight and
timesteps are each layer's own, and crossbar and converter scale with device and circuit.
docs/models/ela.md tells the equations and what is assumed.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Literal

from configs import catalog
from hwmodels.chip import Circuit, Estimate, LayerCost
from hwmodels.devices import Device
from hwmodels.units import to_si
from snn.network import Layer

TECHNOLOGY = "ela_40nm_spikesim_2022"
PublishedDevice = Literal["rram", "sram"]


@dataclass(frozen=True, slots=True)
class MappedLayer:
    """A layer as the crossbars see it: its shape, cells per weight, and input timesteps."""

    layer: Layer
    cells_per_weight: int
    timesteps: int


@dataclass(frozen=True, slots=True)
class Ela:
    """One setting of the closed form; all unit costs in SI.

    Attributes:
        read_steps: Times a crossbar is read for one output position, over the multiplexer.
        pe_seconds_s: Time of one PE for one output position.
        n_neuron_layers: Layers, from the first, whose outputs keep an accumulator.
    """

    constants: dict[str, Any]
    circuit: Circuit
    crossbar_area_m2: float
    crossbar_energy_j: float
    converter_area_m2: float
    converter_energy_j: float
    read_steps: float
    pe_latency_s: float
    n_neuron_layers: int | None

    def estimate(self, layers: Sequence[MappedLayer]) -> Estimate:
        """Price one inference.

        Raises:
            ValueError: If there is no layer.
        """
        if not layers:
            raise ValueError("a cost needs at least one layer")
        n_pes = [self._n_pes(mapped) for mapped in layers]
        n_tiles = math.ceil(sum(n_pes) / self.constants["pes_per_tile"])
        parts = self._area_parts(layers, n_tiles)
        costs = tuple(
            LayerCost(
                mapped.layer.name,
                n,
                self._energy(mapped, n),
                self._latency(mapped, i == len(layers)),
            )
            for i, (mapped, n) in enumerate(zip(layers, n_pes, strict=True), start=1)
        )
        return Estimate(
            area_m2=sum(parts.values()),
            energy_j=sum(cost.energy_j for cost in costs),
            latency_s=sum(cost.latency_s for cost in costs),
            n_tiles=n_tiles,
            area_parts_m2=parts,
            layers=costs,
        )

    def _n_pes(self, mapped: MappedLayer) -> int:
        size, layer = self.circuit.crossbar_size, mapped.layer
        columns = layer.out_channels * mapped.cells_per_weight
        return math.ceil(layer.in_channels / size) * math.ceil(columns / size)

    def _area_parts(self, layers: Sequence[MappedLayer], n_tiles: int) -> dict[str, float]:
        area, constants = self.constants["area"], self.constants
        n_pes = n_tiles * constants["pes_per_tile"]
        kernel = max(mapped.layer.kernel for mapped in layers)  # PEs are all alike
        word_m2 = area["buffer_bit_m2"] * constants["buffer_bits"]
        shapes = [mapped.layer for mapped in layers]
        inputs = sum(layer.in_channels * layer.in_side**2 for layer in shapes)
        outputs = sum(layer.n_outputs for layer in shapes[: self.n_neuron_layers])
        n_converters = self.circuit.n_converters
        return {
            "crossbar": n_pes * kernel**2 * self.crossbar_area_m2,
            "converter": n_pes * n_converters * (self.converter_area_m2 + area["multiplexer_m2"]),
            "accumulation": n_tiles * n_converters * area["subtract_m2"],
            "tile_buffer": n_tiles
            * (area["temporary_buffer_m2"] + area["buffer_bit_m2"] * area["tile_buffer_bits"]),
            "interconnect": n_tiles * area["n_htrees"] * area["htree_m2"],
            "input_buffer": word_m2 * inputs,
            "neuron_memory": word_m2 * outputs,
        }

    def _energy(self, mapped: MappedLayer, n_pes: int) -> float:
        energy, n_converters = self.constants["energy"], self.circuit.n_converters
        read_j = mapped.layer.kernel**2 * self.crossbar_energy_j
        read_j += n_converters * (self.converter_energy_j + energy["multiplexer_j"])
        step_j = (
            self.constants["pes_per_tile"] * energy["htree_j"]
            + energy["fetch_j"]
            + energy["n_neurons"] * energy["neuron_j"]
            + self.read_steps * read_j
            + n_converters * energy["n_subtracts"] * energy["subtract_j"]
            + n_converters * energy["temporary_buffer_j"]
            + energy["tile_buffer_j"]
        )
        n_steps = mapped.timesteps * n_pes * mapped.layer.out_side**2
        return n_steps * float(step_j)

    def _latency(self, mapped: MappedLayer, is_last: bool) -> float:  # noqa: FBT001 (one caller)
        n_outputs: float = mapped.layer.n_outputs
        if not is_last:
            n_outputs = math.floor(self.constants["layer_overlap_ratio"] * n_outputs)
        return self.pe_latency_s * mapped.timesteps * n_outputs


def published(
    crossbar_size: int = 64,
    device: PublishedDevice = "rram",
    clock_hz: float | None = None,
    technology: str = TECHNOLOGY,
) -> Ela:
    """SpikeSim as it is, for comparison with its own figures.

    Pass layers with one cell per weight, the same kernel and the same number of timesteps.
    """
    constants = _constants(technology)
    reference = constants["reference_columns_per_converter"]
    return Ela(
        constants=constants,
        circuit=Circuit(crossbar_size, constants["reference_converter_bits"], reference),
        crossbar_area_m2=constants["area"][f"crossbar_{device}_m2"],
        crossbar_energy_j=constants["energy"][f"crossbar_{device}_j"],
        converter_area_m2=constants["area"]["converter_m2"],
        converter_energy_j=constants["energy"]["converter_j"],
        read_steps=crossbar_size / reference,
        pe_latency_s=constants["cycles_at_reference"] / (clock_hz or constants["clock_hz"]),
        n_neuron_layers=constants["published_neuron_layers"],
    )


def extended(device: Device, circuit: Circuit, technology: str = TECHNOLOGY) -> Ela:
    """The closed form with every layer's own kernel, bits and timesteps, for any device.

    Crossbar area follows the cell and the size; crossbar energy follows the number of cells and
    V^2 G of the device; a flash converter of b bits has 2^b - 1 comparators, which scale both its
    area and its energy; each further column on a converter takes one more cycle.
    """
    c = _constants(technology)
    n_cells = circuit.crossbar_size**2
    size_ratio = n_cells / c["reference_crossbar_size"] ** 2
    read_ratio = device.read_voltage_v**2 * device.mean_conductance_s
    read_ratio /= c["reference_mean_conductance_voltage2"]
    comparators = (2**circuit.converter_bits - 1) / (2 ** c["reference_converter_bits"] - 1)
    cycles = c["cycles_at_reference"]
    cycles += circuit.columns_per_converter - c["reference_columns_per_converter"]
    model = published(circuit.crossbar_size, technology=technology)
    return replace(
        model,
        circuit=circuit,
        crossbar_area_m2=n_cells * device.cell_area_f2_ratio * c["feature_size_m"] ** 2,
        crossbar_energy_j=c["energy"]["crossbar_rram_j"] * size_ratio * read_ratio,
        converter_area_m2=model.converter_area_m2 * comparators,
        converter_energy_j=model.converter_energy_j * comparators,
        read_steps=circuit.columns_per_converter,
        pe_latency_s=cycles / c["clock_hz"],
        n_neuron_layers=None,
    )


@cache
def _constants(technology: str) -> dict[str, Any]:
    return to_si(catalog.read("technology", technology))
