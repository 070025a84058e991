"""Processes, and the gates laid out in them."""

import json
import math
from pathlib import Path
from typing import Any

import pytest

from configs import catalog
from hwmodels.components.adder import Adder, adder_tree, n_stages, tree_cycles
from hwmodels.components.delay import IDEAL_SLOPE, horowitz
from hwmodels.components.flipflop import Flipflop, height_at_width, width_at_height
from hwmodels.components.register_file import RegisterFile, n_cycles
from hwmodels.components.transistor import (
    INVERTER,
    NAND,
    NOR,
    cell_height,
    filled_gate,
    leakage,
    minimum_gate,
    n_folds,
    usable_widths,
)
from hwmodels.components.wire import Wire, delay_per_m, repeated_wire
from hwmodels.tables import process_table
from hwmodels.technology import load_technology

ORIGINAL = Path(__file__).parents[3] / "shared" / "data" / "cim" / "technology.json"
CMOS = [name for name in catalog.names("technology") if name.startswith("cmos")]
FIGURES = {  # ours: the original's
    "supply_v": "vdd_V",
    "junction_f_per_m2": "C_junction",
    "sidewall_f_per_m": "C_sidewall",
    "drain_channel_f_per_m": "C_drain_to_channel",
    "resistance_ratio": "eff_res_mult",
    "n_on_a_per_m": "Ion_n_A_per_m",
    "p_on_a_per_m": "Ion_p_A_per_m",
    "n_off_a_per_m": "Ioff_n_A_per_m",
    "p_off_a_per_m": "Ioff_p_A_per_m",
}


@pytest.mark.skipif(not ORIGINAL.exists(), reason="the original table is not on this machine")
@pytest.mark.parametrize("name", CMOS)
def test_every_figure_of_a_node_is_that_of_the_original_table(name: str) -> None:
    _, node, roadmap = name.split("_")
    (theirs,) = (
        row
        for row in json.loads(ORIGINAL.read_text())
        if f"{row['node_nm']}nm" == node and row["roadmap"].lower() == roadmap
    )
    ours = load_technology(name)
    assert ours.feature_size_m == pytest.approx(theirs["node_nm"] * 1e-9, rel=1e-12)
    assert ours.is_high_performance is (roadmap == "hp")
    for figure, key in FIGURES.items():
        assert getattr(ours, figure) == theirs[key], figure
    parts = ("C_ideal_gate_F_per_m", "C_overlap", "C_fringe_F_per_m")
    gate = sum(theirs[part] for part in parts)
    assert ours.gate_capacitance_f_per_m == pytest.approx(gate, rel=1e-6)
    assert ours.pn_ratio == pytest.approx(theirs["pn_ratio"], rel=1e-5)


@pytest.mark.parametrize("name", CMOS)
def test_a_p_type_transistor_makes_up_for_its_current_exactly(name: str) -> None:
    """A rounded ratio decides folds wrongly: `test_filled_gates_that_fold_by_round_off`."""
    found = load_technology(name)
    assert found.pn_ratio == found.n_on_a_per_m / found.p_on_a_per_m


@pytest.mark.parametrize(("node", "ohm_per_um"), [(65, 1.18), (45, 2.18), (32, 4.66), (22, 9.77)])
def test_a_wire_has_the_resistance_of_its_width(node: int, ohm_per_um: float) -> None:
    for roadmap in ("hp", "lstp"):
        found = load_technology(f"cmos_{node}nm_{roadmap}")
        assert found.wire_ohm_per_m * 1e-6 == pytest.approx(ohm_per_um, rel=2e-3)


def test_a_widened_wire_takes_the_row_of_the_table_below_it() -> None:
    """56 nm drawn 112 and 224 nm wide: the rows of 110 and 175 nm."""
    found = load_technology("cmos_32nm_lstp")
    assert found.wide_wire_ohm_per_m == pytest.approx(2.20e-8 / (112e-9**2 * 1.6))
    assert found.widest_wire_ohm_per_m == pytest.approx(2.01e-8 / (224e-9**2 * 1.6))


def test_nodes_above_65_nm_have_no_converters() -> None:
    with_them = [name for name in CMOS if load_technology(name).has_converters]
    assert with_them == [name for name in CMOS if "130" not in name and "_90" not in name]


def test_what_is_no_node_is_refused() -> None:
    with pytest.raises(ValueError, match="'ela_40nm_spikesim_2022' is not a CMOS node"):
        load_technology("ela_40nm_spikesim_2022")
    with pytest.raises(catalog.UnknownNameError, match="did you mean 'cmos_32nm_lstp'"):
        load_technology("cmos_32nm_lst")


# Enlarged gates meet their usable width exactly, but for round-off: these fold all the same.
FOLDED = {
    ("cmos_65nm_lstp", "pool NOR2"), ("cmos_65nm_lstp", "pool NOR of 2"),
    ("cmos_45nm_lstp", "pool NOR2"), ("cmos_45nm_lstp", "pool NOR of 2"),
    ("cmos_32nm_lstp", "pool NOR of 4"),
    ("cmos_65nm_hp", "NAND2"), ("cmos_65nm_hp", "pool NOR of 3"),
    ("cmos_45nm_hp", "pool NOR of 3"), ("cmos_22nm_hp", "pool NOR of 4"),
}  # fmt: skip
FILLED = {  # kind, inputs, widths of n and p in F (p times the mobility ratio)
    "INV": (INVERTER, 1, 2, 2),
    "NAND2": (NAND, 2, 4, 2),
    "NAND3": (NAND, 3, 6, 2),
    "pool NOR2": (NOR, 2, 8, 2),
    "pool NOR of 2": (NOR, 2, 8, 2),
    "pool NOR of 3": (NOR, 3, 12, 2),
    "pool NOR of 4": (NOR, 4, 16, 2),
}


@pytest.mark.parametrize("name", [name for name in CMOS if load_technology(name).has_converters])
@pytest.mark.parametrize("which", FILLED)
def test_filled_gates_that_fold_by_round_off(name: str, which: str) -> None:
    """The list measured on the original tool, which depends on the order of operations."""
    process = process_table([name])[0]
    gate = filled_gate(process, *FILLED[which])
    usable = usable_widths(process, gate.n_width_m, gate.p_width_m, cell_height(process))
    folds = n_folds(gate.n_width_m, usable[0]), n_folds(gate.p_width_m, usable[1])
    assert folds == ((1, 2) if (name, which) in FOLDED else (1, 1))


PROCESS: Any = process_table(["cmos_32nm_lstp"])[0]
F, V = 32e-9, 0.9
PITCH, DRAIN = 3.8 * F, 2.8 * F
N, P = 2 * F, 2 * F * 600.2 / 400


def drain(length_m: float, width_m: float, side_m: float) -> float:
    return length_m * width_m * 7.07107e-4 + side_m * 1.98884e-10 + width_m * 3.97768e-11


def test_a_minimum_inverter_is_two_pitches_wide() -> None:
    gate = minimum_gate(PROCESS, INVERTER, 1, 2, 2)
    assert (gate.n_width_m, gate.p_width_m) == pytest.approx((N, P))
    assert gate.layout_width_m == pytest.approx(2 * PITCH)
    assert gate.input_f == pytest.approx((N + P) * PROCESS.gate_capacitance_f_per_m)
    drains = (drain(DRAIN, width, 2 * DRAIN + width) for width in (N, P))
    assert gate.output_f == pytest.approx(sum(drains))
    assert leakage(PROCESS, INVERTER, 1, gate) == pytest.approx(V * (N + P) / 2 * 1.001e-4)


def test_stacked_inputs_share_drains_and_leak_less() -> None:
    nand, nor = (minimum_gate(PROCESS, kind, 3, 2, 2) for kind in (NAND, NOR))
    assert nand.layout_width_m == nor.layout_width_m == pytest.approx((3 * 2 - 2) * PITCH)
    series, parallel = 3 * DRAIN, 2 * DRAIN  # of three inputs
    n_f = drain(series, N, 2 * series + N), drain(parallel, N, 2 * parallel + N)
    p_f = drain(parallel, P, 2 * parallel + P), drain(series, P, 2 * series + P)
    assert nand.output_f == pytest.approx(n_f[0] + p_f[0])
    assert nor.output_f == pytest.approx(n_f[1] + p_f[1])
    assert leakage(PROCESS, NAND, 3, nand) == pytest.approx(V * P * 1.001e-4 * 3 * 0.31)
    assert leakage(PROCESS, NAND, 2, nand) == pytest.approx(V * P * 1.001e-4 * 2 * 0.48)
    assert leakage(PROCESS, NOR, 3, nor) == pytest.approx(V * N * 1.001e-4 * 3 * 0.62)
    assert leakage(PROCESS, NOR, 2, nor) == pytest.approx(V * N * 1.001e-4 * 2 * 0.95)


def test_a_wide_transistor_folds_into_fingers() -> None:
    """20 F and 30.01 F share 20.9 F as 8.36 and 12.54 F: three fingers each, four pitches."""
    gate = minimum_gate(PROCESS, INVERTER, 1, 20, 20)
    assert gate.layout_width_m == pytest.approx(4 * PITCH)
    share = 1 / (1 + 600.2 / 400)
    widths = 20.9 * F * share, 20.9 * F * (1 - share)  # of one finger; two drains for three
    drains = (
        2 * DRAIN * w * 7.07107e-4 + (4 * DRAIN + w) * 1.98884e-10 + 3 * w * 3.97768e-11
        for w in widths
    )
    assert gate.output_f == pytest.approx(sum(drains))


def test_a_gate_of_one_polarity_fills_its_cell_alone() -> None:
    pull_up = filled_gate(PROCESS, INVERTER, 1, 0.0, 6)
    assert (pull_up.n_width_m, pull_up.p_width_m) == (0.0, pytest.approx(24.4 * F))


def test_a_stage_after_a_step_takes_ln_2_time_constants() -> None:
    delay, slope = horowitz(1e-12, IDEAL_SLOPE)
    assert delay == pytest.approx(math.log(2) * 1e-12, rel=1e-7)
    assert slope == 0.5 / delay
    later, _ = horowitz(1e-12, slope)
    assert later == pytest.approx(1e-12 * math.sqrt(math.log(2) ** 2 + math.log(2)), rel=1e-6)


CELL = Flipflop(3.0, 2.0, 1.0, 1.0)


@pytest.mark.parametrize(("n", "n_columns", "n_rows"), [(1, 1, 1), (2, 1, 1), (5, 3, 2), (7, 4, 3)])
def test_registers_fill_rows_and_columns(n: int, n_columns: int, n_rows: int) -> None:
    """3 m x 2 m each: two to a column of 5 m, three to a row of 10 m."""
    assert width_at_height(CELL, n, 5.0) == 3 * n_columns
    assert height_at_width(CELL, n, 10.0) == 2 * n_rows


ADDER = Adder(1.0, 10.0, 9.0, 0.5, 3e-9, 4e-9, 1e-9)


@pytest.mark.parametrize(
    ("n_inputs", "n_bits"), [(1, 0), (2, 4), (3, 4), (4, 2 * 4 + 5), (8, 4 * 4 + 2 * 5 + 6)]
)
def test_a_tree_halves_its_inputs_and_widens_by_a_bit(n_inputs: int, n_bits: int) -> None:
    """An odd input out is dropped, as in DNN+NeuroSim: three inputs have one adder."""
    tree = adder_tree(ADDER, n_inputs, 4, 2)
    assert tree.area_m2 == 2 * n_bits
    assert tree.leakage_w == 2 * 0.5 * n_bits


def test_a_tree_adds_in_a_chain_of_carries() -> None:
    assert adder_tree(ADDER, 4, 4, 1).energy_j == 2 * (10 + 3 * 9) + (10 + 4 * 9)
    assert [n_stages(n) for n in (1, 2, 3, 4, 5, 8, 9)] == [0, 1, 2, 2, 3, 3, 4]
    # 4 bits: 3 + 2 ns; each further stage 3 ns; a cycle is 1 ns
    assert [tree_cycles(ADDER, n, 4, 1e9) for n in (1, 2, 4, 5)] == [5, 5, 8, 11]
    assert tree_cycles(ADDER, 2, 1, 1e9) == 3


def test_a_buffer_is_as_fast_as_its_bus_and_its_cores() -> None:
    buffer = RegisterFile(4, 32, 1.0, 1.0, 1.0, 1.0)
    assert n_cycles(buffer, 640.0, 1000.0) == 640 / 32 / 4
    assert n_cycles(buffer, 640.0, 33.0) == 640 / 32 / 2
    assert n_cycles(buffer, 640.0, 1.0) == 640 / 32


def test_repeaters_are_as_measured() -> None:
    """32 nm LSTP: cim.md 2.10 gives energy, leakage and delay of plain and relaxed wires."""
    plain, relaxed = (repeated_wire(PROCESS, flag) for flag in (False, True))
    assert plain.energy_j_per_m == pytest.approx(133.080e-12, rel=1e-5)
    assert plain.leakage_w_per_m == pytest.approx(3.1332e-6, rel=1e-4)
    assert relaxed.energy_j_per_m == pytest.approx(110.065e-12, rel=1e-5)
    assert relaxed.leakage_w_per_m == pytest.approx(1.7192e-6, rel=1e-4)
    assert relaxed.delay_s_per_m == pytest.approx(0.29160e-6, rel=1e-4)
    assert relaxed.lane_width_m == pytest.approx(1.3376e-6, rel=1e-4)
    assert relaxed.delay_s_per_m >= 1.1 * plain.delay_s_per_m


def test_a_long_wire_is_drawn_wider() -> None:
    wire = Wire(1.0, 2.0, 3.0, 0.0, 0.0, 0.0, 1e-9)
    lengths = (0.99e-5, 1e-5, 0.99e-4, 1e-4)
    assert [delay_per_m(wire, length) for length in lengths] == [1.0, 2.0, 2.0, 3.0]
