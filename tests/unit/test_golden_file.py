"""What a golden case may say, and how it is refused."""

import copy
import json
import re
from pathlib import Path
from typing import Any

import pytest

from hwmodels.report.golden import Case, checks, neurosim_design

CASES: dict[str, dict[str, Any]] = {
    case["id"]: case
    for case in json.loads((Path(__file__).parents[1] / "golden" / "cim.json").read_text("utf-8"))
}
NEUROSIM, EARLY = CASES["n01_A_rram4_64"], CASES["o01_A_v11"]
SPIKESIM, NEURONAS = CASES["s01_default_vgg9"], CASES["nn1"]
GONE = object()


def altered(case: Case, path: str, value: Any = GONE) -> dict[str, Any]:
    """A case with another value at a path such as network.0.stride, or without it."""
    whole = copy.deepcopy(dict(case))
    *above, last = [int(part) if part.isdigit() else part for part in path.split(".")]
    below: Any = whole
    for part in above:
        below = below[part]
    if value is GONE:
        below.pop(last, None)
    else:
        below[last] = value
    return whole


def passes(case: Case) -> bool:
    return all(check.passes for check in checks(case))


@pytest.mark.parametrize(
    ("case", "path", "value"),
    [
        (NEUROSIM, "family", "NeuroSim V1.4"),
        (NEUROSIM, "family", " neurosim 1.4"),
        (NEUROSIM, "family", "DNN+NeuroSim V1.4"),
        (EARLY, "family", "NeuroSim V1.1"),
        (SPIKESIM, "family", "SpikeSim"),
        (NEURONAS, "family", "NeuroNAS"),
        *((NEUROSIM, "device.type", name) for name in ["RRAM", "reram", "1t1r", "PCM", "STT"]),
        *((NEUROSIM, "device.type", name) for name in ["STT-MRAM", "mram"]),
        (NEUROSIM, "device.V_write", GONE),
        (NEUROSIM, "technology.node_nm", 32.0),
        (NEUROSIM, "technology.roadmap", "lstp"),
        (NEUROSIM, "technology.temperature_K", 301),
        (NEUROSIM, "circuit.adc", "FLASH_current_mode"),
        (NEUROSIM, "circuit.global_interconnect", "h-tree"),
        *((NEUROSIM, f"circuit.toggle_{way}", GONE) for way in ("in", "out")),
        (NEUROSIM, "circuit.speedup_degree", None),
        (NEUROSIM, "circuit.clock_Hz", GONE),
        (NEUROSIM, "circuit.max_global_bus_bits", GONE),
        (NEUROSIM, "circuit.subarray", 64.0),
        (NEUROSIM, "circuit.pipeline", 0),
        (NEUROSIM, "network.0.stride", GONE),
        (NEUROSIM, "network.0.ifm_h", 32.0),
        (NEUROSIM, "quantization.weight_bits", [8] * len(NEUROSIM["network"])),
        (NEUROSIM, "expected.area_um2", None),
        (NEUROSIM, "expected.latency_ns", GONE),
        (EARLY, "expected.area_um2", GONE),
        (SPIKESIM, "config.device", "RRAM"),
        (SPIKESIM, "config.pe_per_tile", GONE),
        (SPIKESIM, "expected.latency_ns", None),
        *((NEURONAS, "tolerance.energy", x) for x in (0.003, "0.003", "0.3 %", "±0.3%", None)),
        (NEURONAS, "tolerance", GONE),
        (NEURONAS, "expected.area_mm2", GONE),
    ],
)
def test_the_same_case_in_other_words_passes(case: Case, path: str, value: Any) -> None:
    assert passes(altered(case, path, value))


@pytest.mark.parametrize(
    ("case", "path", "value", "wrong"),
    [
        (SPIKESIM, "config.pe_per_tile", 16, {"n_tiles", "area_total_um2"}),
        (SPIKESIM, "config.clk_MHz", 500, {"latency_ns"}),
        (NEURONAS, "config.pe_per_tile", 16, {"area"}),
        (NEURONAS, "config.clk_MHz", 500, {"latency"}),
        (NEURONAS, "tolerance.area", 0.001, {"area"}),
        (NEUROSIM, "expected.area_um2", 1e-300, {"area"}),
        (NEUROSIM, "expected.tiles_per_layer", [1], {"floorplan"}),
        (EARLY, "expected.area_um2", 1e300, {"area"}),
    ],
)
def test_every_input_reaches_the_model(case: Case, path: str, value: Any, wrong: set[str]) -> None:
    found = {check.metric for check in checks(altered(case, path, value)) if not check.passes}
    assert found >= wrong
    assert "energy" not in found


def test_voltages_and_cells_are_the_cases_own() -> None:
    _, device, circuit, workload = neurosim_design(altered(NEUROSIM, "device.V_write"))
    assert (device.kind, device.write_voltage_v) == ("resistive", 2.0)
    assert (circuit.crossbar_size, circuit.converter_bits, circuit.converter) == (64, 4, "flash")
    assert workload.layers[0].in_height == NEUROSIM["network"][0]["ifm_h"]


MISTAKES = [
    (NEUROSIM, "family", "NeuroSim 1.5", "family: needs one of NeuroSim 1.4, "),
    (NEUROSIM, "family", 3, "family: needs one of"),
    (NEUROSIM, "device.type", "DRAM", "device.type: needs one of SRAM, FeFET, 1T1R, RRAM"),
    (NEUROSIM, "device.cell_bits", 5, "device.cell_bits: needs at most 4, got 5"),
    (NEUROSIM, "device.R_on_ohm", 2e6, "device: R_on_ohm must lie below R_off_ohm: 2e+06 and"),
    (NEUROSIM, "device.V_read", "0.5", "device.V_read: needs a number, got '0.5'"),
    (NEUROSIM, "technology.node_nm", 7, "technology: node_nm needs one of 22, 32, 45, 65; got 7"),
    (NEUROSIM, "technology.temperature_K", 400, "temperature_K: needs at most 302, got 400"),
    (NEUROSIM, "circuit.adc", "flash", "circuit.adc: needs one of SAR, flash_current_mode; got"),
    (NEUROSIM, "circuit.adc_levels", 24, "circuit.adc_levels: needs a power of 2"),
    (NEUROSIM, "circuit.global_interconnect", "mesh", "needs one of H-tree, XY-bus; got 'mesh'"),
    (NEUROSIM, "circuit.mapping", None, "mapping: needs one of conventional, novel; got null"),
    (NEUROSIM, "circuit.pipeline", "false", "circuit.pipeline: needs true or false, got 'false'"),
    (NEUROSIM, "circuit.rows_parallel", 32, "rows_parallel needs 64, got 32"),
    (NEUROSIM, "circuit.columns_per_adc", 3, "must divide subarray: 3 does not divide 64"),
    (NEUROSIM, "circuit.buffers", "SRAM", "circuit.buffers: needs register file; got 'SRAM'"),
    (NEUROSIM, "circuit.synchronous", False, "synchronous needs true in NeuroSim 1.4"),
    (NEUROSIM, "circuit.clock_hz", 1e9, "circuit.clock_hz: needs"),
    (NEUROSIM, "network", [], "network: needs 1 or more entries, got []"),
    (NEUROSIM, "network.0.stride", 1.5, "network.0.stride: needs a whole number, got 1.5"),
    (NEUROSIM, "network.0.maxpool2x2_after", 2, "maxpool2x2_after: needs true or false, got 2"),
    (NEUROSIM, "network.0.c_out", 1e30, "network.0.c_out: needs at most 10000000, got 1e+30"),
    (NEUROSIM, "quantization.weight_bits", [8, 4], "weight_bits needs 1 entry or 8, got 2"),
    (NEUROSIM, "quantization.weight_bits", 17, "quantization.weight_bits: needs at most 16, got"),
    (NEUROSIM, "quantization.weight_sigma", None, "quantization.weight_sigma: needs a number, got"),
    (NEUROSIM, "expected", None, "expected: needs keys with values, got null"),
    (NEUROSIM, "expected", {}, "expected: needs at least one figure"),
    (NEUROSIM, "expected.area_um2", 0, "expected.area_um2: needs more than 0, got 0"),
    (NEUROSIM, "expected.tiles_per_layer", [None], "tiles_per_layer.0: needs a number, got null"),
    (NEUROSIM, "expected.tool_refuses", "true", "tool_refuses: needs true or false, got 'true'"),
    (EARLY, "expected.area_um2", 0, "expected.area_um2: needs more than 0, got 0"),
    (EARLY, "circuit.synchronous", True, "synchronous needs false in NeuroSim 1.1"),
    (SPIKESIM, "config.clk_MHz", 0, "config.clk_MHz: needs at least 0.001, got 0"),
    (SPIKESIM, "config.device", "pcm", "config.device: needs one of RRAM, ReRAM, SRAM; got 'pcm'"),
    (SPIKESIM, "config.xbar", 100, "multiple of 8; got 100"),
    (SPIKESIM, "expected", {}, "expected: needs at least one figure"),
    (SPIKESIM, "expected.energy_layer_pJ", [1], "energy_layer_pJ needs 7 entries, got 1"),
    (SPIKESIM, "expected.area", 3, "expected: no figure 'area'; "),
    (NEURONAS, "tolerance.energy", "abc", "tolerance.energy: needs a share such as 0.003 or"),
    (NEURONAS, "config.precision_factor", 0, "config.precision_factor: needs at least 1, got 0"),
]


@pytest.mark.parametrize(("case", "path", "value", "told"), MISTAKES)
def test_a_case_that_cannot_be_priced_is_told_in_one_line(
    case: Case, path: str, value: Any, told: str
) -> None:
    whole = altered(case, path, value)
    if path == "circuit.clock_hz":
        whole["circuit"].pop("clock_Hz")
        told = "circuit: no key 'clock_hz'; did you mean 'clock_Hz'?"
    with pytest.raises(ValueError, match=re.escape(told)) as caught:
        checks(whole)
    assert "\n" not in str(caught.value)


def test_a_refusal_of_the_tool_is_met_by_one_of_ours() -> None:
    refused = NEUROSIM | {"expected": {"tool_refuses": True}}
    assert not passes(refused)
    for path, value in [("circuit.subarray", 512), ("device.cell_width_F", 2000)]:
        whole = altered(refused, path, value)
        whole["circuit"].pop("rows_parallel", None)
        assert passes(whole)
