"""Wires with repeaters; a long wire is drawn wider."""

import math
from typing import NamedTuple

from hwmodels.compiled import Record, compiled
from hwmodels.components.transistor import (
    INVERTER,
    Gate,
    cell_height,
    gate,
    leakage,
    n_resistance,
    p_resistance,
)
from hwmodels.layout import LAYOUT


class Wire(NamedTuple):
    """A repeated wire: unit delay for each width class, energy per toggling bit, leakage."""

    delay_s_per_m: float
    wide_delay_s_per_m: float
    widest_delay_s_per_m: float
    energy_j_per_m: float
    leakage_w_per_m: float
    lane_width_m: float
    feature_size_m: float


@compiled
def _repeater(process: Record, size: int) -> Gate:
    n_width = size * LAYOUT.minimum_f_ratio * process.feature_size_m
    p_width = n_width * process.pn_ratio
    return gate(process, INVERTER, 1, n_width, p_width, cell_height(process))


@compiled
def _resistance(process: Record, cell: Gate) -> float:
    return (n_resistance(process, cell.n_width_m) + p_resistance(process, cell.p_width_m)) / 2


@compiled
def _unit_delay(process: Record, cell: Gate, spacing_m: float, wire_ohm_per_m: float) -> float:
    wire_f, wire_ohm = LAYOUT.wire_f_per_m * spacing_m, wire_ohm_per_m * spacing_m
    delay = _resistance(process, cell) * (cell.input_f + cell.output_f + wire_f)
    delay += LAYOUT.repeater_wire_ratio * wire_ohm * wire_f + wire_ohm * cell.input_f
    return LAYOUT.repeater_delay_ratio * delay / spacing_m


@compiled
def repeated_wire(process: Record, is_relaxed: bool) -> Wire:  # noqa: FBT001
    """Repeaters of least delay, or smaller and denser ones that cost at least 10 % more delay."""
    minimum = _repeater(process, 1)
    ohm, wire_ohm = _resistance(process, minimum), process.wire_ohm_per_m
    size = int(math.sqrt(ohm * LAYOUT.wire_f_per_m / (minimum.input_f * wire_ohm)))
    both = minimum.output_f + minimum.input_f
    spacing = math.sqrt(2 * ohm * both / (wire_ohm * LAYOUT.wire_f_per_m))
    cell = _repeater(process, size)
    if is_relaxed:
        limit = LAYOUT.relaxed_delay_ratio * _unit_delay(process, cell, spacing, wire_ohm)
        delay = 0.0
        while delay < limit and (delay == 0.0 or size > 1):
            size = max(size // 2, 1)
            spacing *= LAYOUT.relaxed_spacing_ratio
            cell = _repeater(process, size)
            delay = _unit_delay(process, cell, spacing, wire_ohm)
    load = cell.input_f + cell.output_f + LAYOUT.wire_f_per_m * spacing
    return Wire(
        _unit_delay(process, cell, spacing, wire_ohm),
        _unit_delay(process, cell, spacing, process.wide_wire_ohm_per_m),
        _unit_delay(process, cell, spacing, process.widest_wire_ohm_per_m),
        0.5 * process.supply_v**2 * load / spacing,
        leakage(process, INVERTER, 1, cell) / spacing,
        cell.layout_width_m,
        process.feature_size_m,
    )


@compiled
def delay_per_m(wire: Wire, length_m: float) -> float:
    """Unit delay of a segment, whose length decides how wide it is drawn, s/m."""
    if length_m >= LAYOUT.widest_wire_f_ratio * wire.feature_size_m:
        return wire.widest_delay_s_per_m
    if length_m >= LAYOUT.wide_wire_f_ratio * wire.feature_size_m:
        return wire.wide_delay_s_per_m
    return wire.delay_s_per_m
