"""SpikeSim's closed form of energy, latency and area (ELA), and its extension layer by layer.

Two settings of one model. `published()` returns SpikeSim's figures to the last digit, with its
simplifications: one kernel for all layers, a crossbar whose area and energy do not depend on its
size, neuron memory for five layers only. `extended()` lifts them: kernel, cells per weight and
timesteps are each layer's own, and crossbar and converter scale with device and circuit.
`neuronas()` is the first with the precision factor of NeuroNAS. docs/models/ela.md tells the
equations and what is assumed.
"""

import math
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import Any, Literal

from configs import catalog
from hwmodels.chip import Circuit, Estimate, LayerCost
from hwmodels.closed_form import Ela, MappedLayer
from hwmodels.devices import Device
from hwmodels.units import to_si
from hwmodels.workload import Workload

TECHNOLOGY = "ela_40nm_spikesim_2022"
PublishedDevice = Literal["rram", "sram"]


def published(
    crossbar_size: int = 64,
    device: PublishedDevice = "rram",
    clock_hz: float | None = None,
    technology: str = TECHNOLOGY,
    pes_per_tile: int | None = None,
) -> Ela:
    """SpikeSim as it is, for comparison with its own figures.

    Pass layers with one cell per weight, the same kernel and the same number of timesteps.

    Raises:
        ValueError: If its converters cannot share the columns of such a crossbar evenly.
    """
    constants = _constants(technology)
    reference = constants["reference_columns_per_converter"]
    if crossbar_size % reference:
        raise ValueError(
            f"SpikeSim shares a converter among {reference} columns, whatever the circuit says, "
            f"so a crossbar needs a multiple of {reference}; got {crossbar_size}"
        )
    return Ela(
        name="spikesim-ela",
        constants=constants,
        circuit=Circuit(crossbar_size, constants["reference_converter_bits"], reference),
        crossbar_area_m2=constants["area"][f"crossbar_{device}_m2"],
        crossbar_energy_j=constants["energy"][f"crossbar_{device}_j"],
        converter_area_m2=constants["area"]["converter_m2"],
        converter_energy_j=constants["energy"]["converter_j"],
        read_steps=crossbar_size / reference,
        pe_latency_s=constants["cycles_at_reference"] / (clock_hz or constants["clock_hz"]),
        n_neuron_layers=constants["published_neuron_layers"],
        pes_per_tile=pes_per_tile or constants["pes_per_tile"],
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
    model = published(technology=technology)
    return replace(
        model,
        name="ela",
        circuit=circuit,
        crossbar_area_m2=n_cells * device.cell_area_f2_ratio * c["feature_size_m"] ** 2,
        crossbar_energy_j=c["energy"]["crossbar_rram_j"] * size_ratio * read_ratio,
        converter_area_m2=model.converter_area_m2 * comparators,
        converter_energy_j=model.converter_energy_j * comparators,
        read_steps=circuit.columns_per_converter,
        pe_latency_s=cycles / c["clock_hz"],
        n_neuron_layers=None,
    )


AREA_MODES = ("paper", "columns", "none")


def neuronas(
    layers: Sequence[MappedLayer],
    precision_factor: int,
    area_mode: str = "paper",
    model: Ela | None = None,
) -> Estimate:
    """SpikeSim's figures with NeuroNAS's precision factor: ceil(weight bits / 4).

    Energy grows with the factor, latency does not. ``area_mode`` says what the factor multiplies:
    input and output channels and the crossbar's area (`paper`, which meets the printed figures),
    only the columns, as cells side by side would (`columns`), or nothing (`none`).

    Raises:
        ValueError: If there is no such mode.
    """
    if area_mode not in AREA_MODES:
        raise ValueError(f"area_mode must be one of {', '.join(AREA_MODES)}; got '{area_mode}'")
    model = model or published()
    plain, sized = model.estimate(layers), model.estimate(layers)
    if area_mode == "paper":
        grown = replace(model, crossbar_area_m2=precision_factor * model.crossbar_area_m2)
        sized = grown.estimate([_widened(mapped, precision_factor) for mapped in layers])
    elif area_mode == "columns":
        sized = model.estimate([replace(m, cells_per_weight=precision_factor) for m in layers])
    costs = tuple(_scaled(cost, precision_factor) for cost in plain.layers)
    return replace(
        plain,
        model="neuronas",
        area_m2=sized.area_m2,
        area_parts_m2=sized.area_parts_m2,
        n_tiles=sized.n_tiles,
        energy_j=sum(cost.energy_j for cost in costs),
        layers=costs,
    )


def _widened(mapped: MappedLayer, factor: int) -> MappedLayer:
    channels = factor * mapped.in_channels, factor * mapped.out_channels
    return replace(mapped, in_channels=channels[0], out_channels=channels[1])


def _scaled(cost: LayerCost, factor: int) -> LayerCost:
    parts = {name: factor * joule for name, joule in cost.energy_parts_j.items()}
    return replace(cost, energy_j=factor * cost.energy_j, energy_parts_j=parts)


def estimate(
    model: str, workload: Workload, device: Device, circuit: Circuit, technology: str
) -> Estimate:
    """Price a workload with one of the models of this file, by name.

    The published forms know one kernel and one number of timesteps for all layers, and no circuit
    but the crossbar's size: they take the largest.
    """
    if model == "ela":
        mapped = [
            MappedLayer.of_work(layer, device.cells_per_weight(layer.weight_bits), n_steps)
            for layer, n_steps in zip(workload.layers, _steps(workload), strict=True)
        ]
        return extended(device, circuit, technology).estimate(mapped)
    if model == "neuronas":
        return neuronas_of(workload, device, circuit, technology)
    mapped, spikesim = _as_spikesim(workload, device, circuit, technology)
    return spikesim.estimate(mapped)


def neuronas_of(
    workload: Workload,
    device: Device,
    circuit: Circuit,
    technology: str,
    weight_bits: int | None = None,
) -> Estimate:
    """Price a workload as NeuroNAS does.

    Args:
        weight_bits: Of every weight, any number; by default the most of the workload's layers.
    """
    bits = weight_bits or max(layer.weight_bits for layer in workload.layers)
    mapped, spikesim = _as_spikesim(workload, device, circuit, technology)
    return neuronas(mapped, precision_factor(bits, technology), "paper", spikesim)


def _as_spikesim(
    workload: Workload, device: Device, circuit: Circuit, technology: str
) -> tuple[list[MappedLayer], Ela]:
    """The layers with the largest kernel and number of timesteps, and SpikeSim's setting."""
    steps = max(_steps(workload))
    own = [MappedLayer.of_work(layer, 1, steps) for layer in workload.layers]
    largest = max(mapped.n_kernel_places for mapped in own)
    alike = [replace(mapped, n_kernel_places=largest) for mapped in own]
    kind: PublishedDevice = "sram" if device.kind == "sram" else "rram"
    return alike, published(circuit.crossbar_size, kind, technology=technology)


def _steps(workload: Workload) -> list[int]:
    """How often the inputs of each layer enter."""
    return [workload.timesteps or layer.activation_bits for layer in workload.layers]


def precision_factor(weight_bits: int, technology: str = TECHNOLOGY) -> int:
    """NeuroNAS's factor: cells of the technology that hold a weight."""
    return math.ceil(weight_bits / _constants(technology)["precision_cell_bits"])


@cache
def _constants(technology: str) -> dict[str, Any]:
    content = to_si(catalog.read("technology", technology))
    if "pes_per_tile" not in content:
        raise ValueError(f"technology '{technology}' has no figures of SpikeSim; take one of ela_*")
    return content
