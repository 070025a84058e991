"""Address decoders: predecoding NAND gates, NOR gates, output drivers."""

import math
from typing import NamedTuple

from hwmodels.compiled import Record, compiled
from hwmodels.components.delay import IDEAL_SLOPE, horowitz
from hwmodels.components.transistor import (
    INVERTER,
    NAND,
    NOR,
    Gate,
    cell_height,
    filled_gate,
    leakage,
    minimum_gate,
    n_resistance,
    p_resistance,
)
from hwmodels.layout import LAYOUT


class Decoder(NamedTuple):
    """A decoder of ``n_address`` bits; ``energy_j`` is that of one address, uncalibrated."""

    n_address: int
    n_nands: int
    n_nors: int
    inverter: Gate
    nand: Gate
    nor: Gate
    driver: Gate
    energy_j: float
    leakage_w: float


@compiled
def decoder(process: Record, n_address: int, is_multiplexer: bool) -> Decoder:  # noqa: FBT001
    """Size a decoder; one that drives a multiplexer has an enabling NAND per output."""
    minimum = LAYOUT.minimum_f_ratio
    inverter = filled_gate(process, INVERTER, 1, minimum, minimum)
    nand = filled_gate(process, NAND, 2, 2 * minimum, minimum)
    n_nor_inputs = (n_address + 1) // 2
    nor = filled_gate(process, NOR, max(n_nor_inputs, 1), minimum, minimum * max(n_nor_inputs, 1))
    ratio = process.multiplexer_driver_ratio if is_multiplexer else 1.0
    size = 2 * minimum * ratio
    driver = minimum_gate(process, INVERTER, 1, size, size)
    n_nands = 4 * (n_address // 2)
    n_nors = 2**n_address if n_address > 2 else 0  # noqa: PLR2004 (smaller ones need no NOR)
    empty = Decoder(n_address, n_nands, n_nors, inverter, nand, nor, driver, 0.0, 0.0)
    if n_address == 0:
        return empty
    energy = _energy(process, empty, is_multiplexer)
    leak = _leakage(process, empty, is_multiplexer)
    return Decoder(n_address, n_nands, n_nors, inverter, nand, nor, driver, energy, leak)


@compiled
def _energy(process: Record, parts: Decoder, is_multiplexer: bool) -> float:  # noqa: FBT001
    has_nand, has_nor = parts.n_nands > 0, parts.n_nors > 0
    nand_in, nand_out = parts.nand.input_f * has_nand, parts.nand.output_f * has_nand
    nor_in, nor_out = parts.nor.input_f * has_nor, parts.nor.output_f * has_nor
    inverter, driver = parts.inverter, parts.driver
    load = (inverter.input_f + 2 * nand_in) * 2 * (parts.n_address // 2)
    load += (inverter.input_f + nor_in * parts.n_nors / 2) * (parts.n_address % 2)
    load += (nand_out + nor_in * parts.n_nors / 4) * parts.n_nands / 4
    if is_multiplexer:
        load += (nor_out + nand_in) + (nand_out + driver.input_f)
        load += (driver.output_f + driver.input_f) + driver.output_f
    else:
        load += (nor_out + inverter.input_f) + 2 * (driver.input_f + driver.output_f)
    return process.supply_v**2 * load


@compiled
def _leakage(process: Record, parts: Decoder, is_multiplexer: bool) -> float:  # noqa: FBT001
    inverter_w = leakage(process, INVERTER, 1, parts.inverter)
    nand_w = leakage(process, NAND, 2, parts.nand)
    nor_w = leakage(process, NOR, (parts.n_address + 1) // 2, parts.nor)
    total = parts.n_address * inverter_w + parts.n_nands * nand_w + parts.n_nors * nor_w
    if is_multiplexer:
        return total + parts.n_nors * (nand_w + 2 * inverter_w)
    return total + 2 * parts.n_nors * leakage(process, INVERTER, 1, parts.driver)


@compiled
def _tracks(process: Record, parts: Decoder) -> float:
    if parts.n_nors == 0:
        return 0.0
    n_tracks = parts.n_nands + 2 * (parts.n_address % 2)
    return LAYOUT.metal_pitch_f_ratio * process.feature_size_m * n_tracks


@compiled
def multiplexer_decoder_size(process: Record, parts: Decoder) -> tuple[float, float]:
    """Width and height of a multiplexer's decoder, m."""
    if parts.n_address == 0:
        return 0.0, 0.0
    width = parts.inverter.layout_width_m + 2 * parts.nand.layout_width_m
    width += _tracks(process, parts) + parts.nor.layout_width_m + 2 * parts.driver.layout_width_m
    return width, cell_height(process) * max(parts.n_nors, parts.n_nands)


@compiled
def decoder_width(process: Record, parts: Decoder, height_m: float) -> float:
    """Width of a decoder beside a memory of given height, m."""
    if parts.n_address == 0:
        return 0.0
    rows = math.floor(height_m / cell_height(process))
    nand_columns = nor_columns = 0
    if parts.n_nands > 0:
        nand_columns = math.ceil(parts.n_nands / min(rows, parts.n_nands))
    if parts.n_nors > 0:
        nor_columns = math.ceil(parts.n_nors / min(rows, parts.n_nors))
    outputs = parts.nor.layout_width_m + 2 * parts.driver.layout_width_m
    return (
        parts.nand.layout_width_m * nand_columns + _tracks(process, parts) + outputs * nor_columns
    )


@compiled
def multiplexer_decoder_delay(
    process: Record, parts: Decoder, n_load_f: float, p_load_f: float
) -> float:
    """From an address to the gates of an analog multiplexer, s."""
    if parts.n_address == 0:
        return 0.0
    inverter, nand, nor, driver = parts.inverter, parts.nand, parts.nor, parts.driver
    load = inverter.output_f + (2 * nand.input_f if parts.n_nands > 0 else n_load_f)
    total, slope = horowitz(n_resistance(process, inverter.n_width_m) * load, IDEAL_SLOPE)
    if parts.n_nands > 0:
        load = nand.output_f + (nor.input_f * parts.n_nors / 4 if parts.n_nors > 0 else n_load_f)
        step, slope = horowitz(2 * n_resistance(process, nand.n_width_m) * load, slope)
        total += step
    if parts.n_nors > 0:
        load = nor.output_f + nand.input_f
        step, slope = horowitz(2 * p_resistance(process, nor.p_width_m) * load, slope)
        total += step
    else:
        slope = IDEAL_SLOPE
    load = nand.output_f + inverter.input_f
    step, slope = horowitz(n_resistance(process, nand.n_width_m) * load, slope)
    total += step
    load = driver.output_f + driver.input_f + n_load_f
    step, slope = horowitz(p_resistance(process, driver.p_width_m) * load, slope)
    total += step
    load = driver.output_f + p_load_f
    step, slope = horowitz(n_resistance(process, driver.n_width_m) * load, slope)
    return total + step
