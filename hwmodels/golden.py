"""Golden cases: runs of the original tools as data, and how far our models are from them."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from hwmodels import ela
from hwmodels.batch import Batch, Prices, estimate_many
from hwmodels.chip import Circuit, Estimate
from hwmodels.devices import Device
from hwmodels.ela import MappedLayer
from hwmodels.workload import Activity, LayerWork, Workload
from snn.network import Layer

Case = Mapping[str, Any]
KINDS = {"SRAM": "sram", "1T1R": "resistive", "FeFET": "fefet"}
NEUROSIM_TOLERANCES = {"area": 0.02, "latency": 0.02, "energy": 0.03, "leakage": 0.05}
SPIKESIM_TOLERANCE = 1e-9
EARLY_FACTOR = 3.0  # versions 1.0 and 1.1 of NeuroSim: an order of magnitude


@dataclass(frozen=True, slots=True)
class Check:
    """One metric of one case.

    Attributes:
        error: Relative deviation of ours from theirs; infinite for an integer that differs.
        tolerance: Largest deviation allowed.
    """

    metric: str
    error: float
    tolerance: float

    @property
    def passes(self) -> bool:
        """Whether the deviation is within its tolerance."""
        return abs(self.error) <= self.tolerance


def told(check: Check) -> str:
    """One check as words: its error, its tolerance."""
    if check.tolerance == 0:
        return f"{check.metric} {'exact' if check.passes else 'differs'}"
    if check.tolerance >= 1:
        return f"{check.metric} x{1 + check.error:.2f} (x{1 + check.tolerance:g})"
    return f"{check.metric} {check.error:+.1e} ({check.tolerance:g})"


def checks(case: Case) -> list[Check]:
    """Every metric that a case gives, beside ours.

    Raises:
        KeyError: If the case misses a key of its family.
        ValueError: If its family is not known, or its design impossible.
    """
    for prefix, check in FAMILIES.items():
        if case["family"].startswith(prefix):
            return check(case)
    raise ValueError(f"no family '{case['family']}'; there are: {', '.join(FAMILIES)}")


def neurosim_design(case: Case) -> tuple[str, Device, Circuit, Workload]:
    """Technology, device, circuit and workload of a NeuroSim case."""
    node, circuit = case["technology"], case["circuit"]
    return (
        f"cmos_{node['node_nm']}nm_{node['roadmap'].lower()}",
        _device(case["device"]),
        Circuit(
            crossbar_size=circuit["subarray"],
            converter_bits=round(math.log2(circuit["adc_levels"])),
            columns_per_converter=circuit["columns_per_adc"],
            converter="sar" if circuit["adc"] == "SAR" else "flash",
            mapping=circuit["mapping"],
            interconnect="h-tree" if circuit["global_interconnect"] == "H-tree" else "bus",
            is_pipelined=circuit["pipeline"],
            is_calibrated=circuit["calibrated"],
            speedup_degree=circuit["speedup_degree"],
            max_bus_bits=circuit["max_global_bus_bits"],
            clock_hz=circuit["clock_Hz"],
            toggle_in_ratio=circuit["toggle_in"],
            toggle_out_ratio=circuit["toggle_out"],
        ),
        _workload(case),
    )


def _device(device: Case) -> Device:
    return Device(
        name=device["type"],
        kind=KINDS[device["type"]],
        cell_bits=device["cell_bits"],
        cell_height_f_ratio=device["cell_height_F"],
        cell_width_f_ratio=device["cell_width_F"],
        on_resistance_ohm=device["R_on_ohm"],
        off_resistance_ohm=device["R_off_ohm"],
        read_voltage_v=device["V_read"],
        access_voltage_v=device["V_access"],
        write_voltage_v=device["V_write"],
        deviation_ratio=0.0,
        source="golden case",
    )


def _workload(case: Case) -> Workload:
    formats = case["quantization"]
    n = len(case["network"])
    weights, inputs = (_each(formats[f"{name}_bits"], n) for name in ("weight", "activation"))
    sigmas = _each(formats["weight_sigma"], n)
    return Workload(
        tuple(
            LayerWork(
                f"layer{i + 1}",
                one["ifm_h"],
                one["ifm_w"],
                one["c_in"],
                one["k_h"],
                one["k_w"],
                one["c_out"],
                bool(one["maxpool2x2_after"]),
                one["stride"],
                weights[i],
                inputs[i],
                Activity(one["act_bit_density"], sigmas[i]),
            )
            for i, one in enumerate(case["network"])
        )
    )


def _each(value: Any, n: int) -> list[Any]:  # noqa: ANN401 (a number, or one per layer)
    return list(value) if isinstance(value, list) else [value] * n


def _neurosim(case: Case) -> list[Check]:
    is_early = case["family"] != "NeuroSim 1.4"
    technology, device, circuit, workload = neurosim_design(case)
    batch = Batch.product([technology], [device], [circuit], [workload])
    prices = estimate_many(batch, "neurosim-1.1" if is_early else "neurosim-1.4")
    expected, total = case["expected"], prices.totals[0]
    if expected.get("tool_refuses") or not prices.is_feasible[0]:
        agrees = bool(expected.get("tool_refuses")) is not bool(prices.is_feasible[0])
        return [Check("refusal", 0.0 if agrees else math.inf, 0.0)]
    pairs = {
        "area": (total.area_m2 * 1e12, expected["area_um2"]),
        "latency": (total.latency_s * 1e9, expected["latency_ns"]),
        "energy": (total.dynamic_energy_j * 1e12, expected["dyn_energy_pJ"]),
        "leakage": (total.leakage_energy_j * 1e12, expected["leak_energy_pJ"]),
    }
    if is_early:
        return [_factor(name, *pair) for name, pair in pairs.items() if pair[1] is not None]
    found = [_relative(name, *pair, NEUROSIM_TOLERANCES[name]) for name, pair in pairs.items()]
    return [*found, _floorplan(prices, expected)]


def _floorplan(prices: Prices, expected: Case) -> Check:
    total, plans = prices.totals[0], prices.plans[0]
    ours = {
        "tiles_per_layer": (plans.n_tile_rows * plans.n_tile_columns).tolist(),
        "speedup_per_layer": (plans.row_copies * plans.column_copies).tolist(),
        "desired_tile_cm": total.tile_side,
        "desired_pe_cm": total.pe_side,
        "novel_tile": [total.n_split_pes, total.split_pe_side],
    }
    given = {name: expected.get(name) for name in ours}
    agrees = all(theirs is None or theirs == ours[name] for name, theirs in given.items())
    return Check("floorplan", 0.0 if agrees else math.inf, 0.0)


def _relative(name: str, ours: float, theirs: float, tolerance: float) -> Check:
    error = (0.0 if ours == 0 else math.inf) if theirs == 0 else ours / theirs - 1
    return Check(name, float(error), tolerance)


def _factor(name: str, ours: float, theirs: float) -> Check:
    ratio = float(ours) / theirs
    return Check(name, max(ratio, 1 / ratio) - 1, EARLY_FACTOR - 1)


def _mapped(config: Case, shapes: list[tuple[int, int, int, int]]) -> list[MappedLayer]:
    return [
        MappedLayer.of(
            Layer(f"layer{i}", "convolution", n_in, n_out, config["kernel"], side, out_side),
            cells_per_weight=1,
            timesteps=config["time_steps"],
        )
        for i, (n_in, n_out, side, out_side) in enumerate(shapes)
    ]


def _spikesim(case: Case) -> list[Check]:
    config = case["config"]
    model = ela.published(config["xbar"], config["device"], config["clk_MHz"] * 1e6)
    shapes = [(x["in_ch"], x["out_ch"], x["in_dim"], x["out_dim"]) for x in config["layers"]]
    figures = spikesim_figures(model.estimate(_mapped(config, shapes)))
    found = []
    for name, theirs in case["expected"].items():
        if theirs is None:  # the tool printed nothing
            continue
        pairs = zip(_list(figures[name]), _list(theirs), strict=True)
        error = max(abs(_relative(name, *pair, 0.0).error) for pair in pairs)
        found.append(Check(name, error, SPIKESIM_TOLERANCE))
    return found


def spikesim_figures(cost: Estimate) -> dict[str, Any]:
    """Our figures under SpikeSim's names and in its units."""
    parts = cost.area_parts_m2
    pes = parts["crossbar"] + parts["converter"]
    return {
        "n_tiles": cost.n_tiles,
        "n_pes": sum(layer.n_units for layer in cost.layers),
        "area_total_um2": cost.area_m2 * 1e12,
        "area_neuron_mem_um2": parts["neuron_memory"] * 1e12,
        "area_crossbar_plus_sub_um2": (pes + parts["accumulation"]) * 1e12,
        "area_digital_um2": (pes + parts["tile_buffer"] + parts["input_buffer"]) * 1e12,
        "energy_layer_pJ": [layer.energy_j * 1e12 for layer in cost.layers],
        "energy_total_pJ": cost.energy_j * 1e12,
        "latency_ns": cost.latency_s * 1e9,
    }


def _list(value: Any) -> list[Any]:  # noqa: ANN401 (a number, or one per layer)
    return value if isinstance(value, list) else [value]


def snasnet_shapes(width: int, n_first: int, n_second: int) -> list[tuple[int, int, int, int]]:
    """Convolutions of SNASNet's macro-architecture that NeuroNAS counts, on 32 x 32 images."""
    stem, first = [(3, width, 32, 32)], [(width, width, 32, 32)] * n_first
    down, second = [(width, 2 * width, 32, 32)], [(2 * width, 2 * width, 16, 16)] * n_second
    return stem + first + down + second


def _neuronas(case: Case) -> list[Check]:
    config, expected, tolerance = case["config"], case["expected"], case["tolerance"]
    shapes = snasnet_shapes(config["base_width"], config["n_conv_cell1"], config["n_conv_cell2"])
    factor, device = config["precision_factor"], config["device"]
    layers = _mapped(config, shapes)
    cost = ela.neuronas(layers, factor, "paper", ela.published(config["xbar"], device))
    pairs = {
        "energy": (cost.energy_j * 1e6, expected["energy_uJ"]),
        "latency": (cost.latency_s * 1e3, expected["latency_ms"]),
        "area": (cost.area_m2 * 1e6, expected["area_mm2"]),
    }
    return [
        _relative(name, *pair, float(tolerance[name].rstrip("%")) / 100)
        for name, pair in pairs.items()
        if pair[1] is not None and name in tolerance
    ]


FAMILIES: dict[str, Callable[[Case], list[Check]]] = {
    "NeuroSim": _neurosim,
    "SpikeSim ELA": _spikesim,
    "NeuroNAS published": _neuronas,
}
