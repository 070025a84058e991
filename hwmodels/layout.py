"""Layout, logic and calibration rules of `configs/layout/cmos.yaml`, constant to the compiler."""

from typing import Any, NamedTuple

from configs import catalog
from hwmodels.units import to_si


class Layout(NamedTuple):
    """See the comments of the file; ``_f`` counts feature sizes."""

    cell_height_f_ratio: float
    gate_pitch_f_ratio: float
    single_margin_f_ratio: float
    pair_margin_f_ratio: float
    diffusion_pitch_f_ratio: float
    metal_pitch_f_ratio: float
    minimum_f_ratio: float
    nand2_leakage_ratio: float
    nand_leakage_ratio: float
    nor2_leakage_ratio: float
    nor_leakage_ratio: float
    n_flipflop_inverters: int
    n_full_adder_nands: int
    n_comparator_transistors: int
    n_column_cell_heights: int
    n_pool_comparators: int
    pass_delay_ratio: float
    rc_ratio: float
    distributed_rc_ratio: float
    driver_sizing_ratio: float
    multiplexer_resistance_ratio: float
    shifter_relaxation_ratio: float
    shifter_wiring_ratio: float
    sensing_cycle_ratio: float
    register_energy_ratio: float
    adder_energy_ratio: float
    control_energy_ratio: float
    wire_f_per_m: float
    wide_wire_f_ratio: float
    widest_wire_f_ratio: float
    repeater_delay_ratio: float
    repeater_wire_ratio: float
    relaxed_delay_ratio: float
    relaxed_spacing_ratio: float
    n_tile_tree_folds: int
    n_chip_tree_folds: int
    n_chip_bus_folds: int
    tile_core_bits: int
    tile_line_bits: int
    chip_core_bits: int
    chip_line_bits: int
    access_resistance_ratio: float
    early_access_resistance_ratio: float
    early_cycle_ratio: float
    access_sizing_ratio: float
    high_write_voltage_v: float
    idle_column_w: float
    fit_voltage_v: float
    fit_low_ohm: float
    fit_high_ohm: float
    fit_far_ohm: float
    conductance_floor_ratio: float
    sar_cycle_s: float
    sar_n_transistors: int
    sar_n_transistors_per_bit: int
    sar_p_transistors: int
    sar_p_transistors_per_bit: int
    clock_hz: float
    toggle_in_ratio: float
    toggle_out_ratio: float
    max_bus_bits: int
    speedup_degree: int
    lines_per_level_shifter: int
    split_kernel: int


def _read() -> Layout:
    content: dict[str, Any] = to_si(catalog.read("layout", "cmos"))
    kinds = Layout.__annotations__
    return Layout(**{name: kinds[name](content[name]) for name in kinds})


LAYOUT = _read()
