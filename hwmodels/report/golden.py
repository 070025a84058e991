"""Golden cases: runs of the original tools as data, and how far our models are from them."""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from configs.mistakes import shown, validated
from hwmodels import ela
from hwmodels.batch import Batch, Prices, estimate_many
from hwmodels.chip import Circuit, Estimate
from hwmodels.closed_form import Ela, MappedLayer
from hwmodels.devices import Device
from hwmodels.report.neurosim_file import NeurosimCase, NeurosimFigures
from hwmodels.report.spikesim_file import ClosedFormConfig, NeuronasCase, SpikesimCase
from hwmodels.workload import Workload
from snn.network import Layer

Case = Mapping[str, Any]
NEUROSIM_TOLERANCES = {"area": 0.02, "latency": 0.02, "energy": 0.03, "leakage": 0.05}
SPIKESIM_TOLERANCE = 1e-9
NEURONAS_TOLERANCES = {"energy": 0.003, "latency": 0.0025, "area": 0.015}
COARSE_AREA_TOLERANCE = 0.06  # areas at a precision factor of 1 are printed with two digits
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
        ValueError: If its family is not known, it cannot be read or its design is impossible, or
            it gives nothing to be compared; the message is one line.
    """
    if "family" not in case:
        raise ValueError("family: is missing")
    for pattern, (name, check) in FAMILIES.items():
        if re.fullmatch(pattern, str(case["family"]).strip(), re.IGNORECASE):
            found = check({**case, "family": name})
            if not found:
                raise ValueError("expected: needs at least one figure to be compared")
            return found
    names = ", ".join(name for name, _ in FAMILIES.values())
    raise ValueError(f"family: needs one of {names}; got {shown(case['family'])}")


def neurosim_design(case: Case) -> tuple[str, Device, Circuit, Workload]:
    """Technology, device, circuit and workload of a NeuroSim case."""
    return _design(validated(NeurosimCase, case))


def _design(case: NeurosimCase) -> tuple[str, Device, Circuit, Workload]:
    return case.technology.name, case.device.build(), case.circuit.build(), case.workload()


def _neurosim(content: Case) -> list[Check]:
    case = validated(NeurosimCase, content)
    refuses = bool(case.expected.tool_refuses)
    try:
        technology, device, circuit, workload = _design(case)
        batch = Batch.product([technology], [device], [circuit], [workload])
        prices = estimate_many(batch, "neurosim-1.1" if case.is_early else "neurosim-1.4")
    except ValueError:
        if refuses:
            return [_same("refusal", is_same=True)]
        raise
    if refuses or not prices.is_feasible[0]:
        return [_same("refusal", is_same=refuses is not bool(prices.is_feasible[0]))]
    return _compared(prices, case.expected, is_early=case.is_early)


def _compared(prices: Prices, expected: NeurosimFigures, *, is_early: bool) -> list[Check]:
    total = prices.totals[0]
    pairs = {
        "area": (total.area_m2 * 1e12, expected.area_um2),
        "latency": (total.latency_s * 1e9, expected.latency_ns),
        "energy": (total.dynamic_energy_j * 1e12, expected.dyn_energy_pj),
        "leakage": (total.leakage_energy_j * 1e12, expected.leak_energy_pj),
    }
    if is_early:
        return [_factor(name, ours, theirs) for name, (ours, theirs) in pairs.items() if theirs]
    return [
        *(
            _relative(name, ours, theirs, NEUROSIM_TOLERANCES[name])
            for name, (ours, theirs) in pairs.items()
            if theirs
        ),
        *_floorplan(prices, expected),
    ]


def _same(name: str, *, is_same: bool) -> Check:
    return Check(name, 0.0 if is_same else math.inf, 0.0)


def _floorplan(prices: Prices, expected: NeurosimFigures) -> list[Check]:
    total, plans = prices.totals[0], prices.plans[0]
    ours = {
        "tiles_per_layer": (plans.n_tile_rows * plans.n_tile_columns).tolist(),
        "speedup_per_layer": (plans.row_copies * plans.column_copies).tolist(),
        "desired_tile_cm": total.tile_side,
        "desired_pe_cm": total.pe_side,
        "novel_tile": [total.n_split_pes, total.split_pe_side],
    }
    given = {name: getattr(expected, name) for name in ours if getattr(expected, name) is not None}
    if not given:
        return []
    is_same = all(theirs == ours[name] for name, theirs in given.items())
    return [_same("floorplan", is_same=is_same)]


def _relative(name: str, ours: float, theirs: float, tolerance: float) -> Check:
    return Check(name, float(ours) / theirs - 1, tolerance)


def _factor(name: str, ours: float, theirs: float) -> Check:
    ratio = float(ours) / theirs
    return Check(name, max(ratio, 1 / ratio) - 1, EARLY_FACTOR - 1)


def _model(config: ClosedFormConfig) -> Ela:
    return ela.published(
        config.crossbar_size, config.device, config.clock_mhz * 1e6, ela.TECHNOLOGY,
        config.pes_per_tile,
    )  # fmt: skip


def _mapped(config: ClosedFormConfig, shapes: list[tuple[int, int, int, int]]) -> list[MappedLayer]:
    return [
        MappedLayer.of(
            Layer(f"layer{i}", "convolution", n_in, n_out, config.kernel, side, out_side),
            cells_per_weight=1,
            timesteps=config.timesteps,
        )
        for i, (n_in, n_out, side, out_side) in enumerate(shapes, 1)
    ]


def _spikesim(content: Case) -> list[Check]:
    case = validated(SpikesimCase, content)
    shapes = [
        (layer.in_channels, layer.out_channels, layer.in_side, layer.out_side)
        for layer in case.config.layers
    ]
    figures = spikesim_figures(_model(case.config).estimate(_mapped(case.config, shapes)))
    found = []
    for name, theirs in case.expected.model_dump(exclude_none=True).items():
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


def _neuronas(content: Case) -> list[Check]:
    case = validated(NeuronasCase, content)
    config, expected, factor = case.config, case.expected, case.config.precision_factor
    shapes = snasnet_shapes(config.base_width, config.n_conv_cell1, config.n_conv_cell2)
    cost = ela.neuronas(_mapped(config, shapes), factor, "paper", _model(config))
    pairs = {
        "energy": (cost.energy_j * 1e6, expected.energy_uj),
        "latency": (cost.latency_s * 1e3, expected.latency_ms),
        "area": (cost.area_m2 * 1e6, expected.area_mm2),
    }
    usual = NEURONAS_TOLERANCES | ({"area": COARSE_AREA_TOLERANCE} if factor == 1 else {})
    tolerances = usual | case.tolerance.model_dump(exclude_none=True)
    return [
        _relative(name, ours, theirs, tolerances[name])
        for name, (ours, theirs) in pairs.items()
        if theirs is not None
    ]


FAMILIES: dict[str, tuple[str, Callable[[Case], list[Check]]]] = {
    rf"(DNN\+)?NeuroSim\s*V?{re.escape(version)}": (f"NeuroSim {version}", _neurosim)
    for version in ("1.4", "1.1", "1.0")
} | {
    r"SpikeSim(\s+ELA)?": ("SpikeSim ELA", _spikesim),
    r"NeuroNAS(\s+published)?": ("NeuroNAS published", _neuronas),
}
