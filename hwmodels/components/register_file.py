"""Buffers of flip-flops behind an address decoder."""

import math
from typing import NamedTuple

from hwmodels.compiled import Record, compiled
from hwmodels.components.adder import n_stages
from hwmodels.components.decoder import decoder, decoder_width
from hwmodels.components.flipflop import Flipflop


class RegisterFile(NamedTuple):
    """``n_cores`` equal buffers side by side; energies are per bit, leakage of one core."""

    n_cores: int
    line_bits: int
    area_m2: float
    read_j: float
    write_j: float
    leakage_w: float


@compiled
def register_file(
    process: Record,
    register: Flipflop,
    n_bits: int,
    line_bits: int,
    register_energy_ratio: float,
    control_energy_ratio: float,
) -> RegisterFile:
    """One buffer of ``n_bits`` bits, read and written a line at a time."""
    n_lines = math.ceil(n_bits / line_bits)
    address = decoder(process, n_stages(n_lines), False)  # noqa: FBT003
    height = register.height_m * n_lines
    area = n_bits * register.width_m * register.height_m
    area += decoder_width(process, address, height) * height
    store = register.energy_j * register_energy_ratio
    select = address.energy_j * (n_bits // line_bits) / n_bits
    leak = n_bits * register.leakage_w + address.leakage_w
    return RegisterFile(
        1,
        line_bits,
        area,
        select * control_energy_ratio + store,
        select + store,
        leak,
    )


@compiled
def repeated(core: RegisterFile, n_cores: int) -> RegisterFile:
    """Many of one core."""
    return RegisterFile(
        n_cores,
        core.line_bits,
        n_cores * core.area_m2,
        core.read_j,
        core.write_j,
        core.leakage_w,
    )


@compiled
def n_cycles(buffer: RegisterFile, n_bits: float, bus_bits: float) -> float:
    """Cycles to move ``n_bits``: a line of each core that the bus can feed, per cycle."""
    fed = max(1, min(buffer.n_cores, math.ceil(bus_bits / buffer.line_bits)))
    return n_bits / buffer.line_bits / fed
