"""SpikeSim's own figures, to the last digit (areas in um^2, energies in pJ, latencies in ns)."""

import json
from pathlib import Path
from typing import Any

import pytest

from hwmodels.chip import Estimate
from hwmodels.devices import load_device
from hwmodels.ela import MappedLayer, published
from snn.network import Layer

CASES = json.loads((Path(__file__).parent / "spikesim_ela.json").read_text())


def estimated(config: dict[str, Any]) -> Estimate:
    model = published(config["xbar"], config["device"], config["clk_MHz"] * 1e6)
    return model.estimate(
        [
            MappedLayer(
                Layer(
                    name=f"layer{i}",
                    kind="convolution",
                    in_channels=one["in_ch"],
                    out_channels=one["out_ch"],
                    kernel=config["kernel"],
                    in_side=one["in_dim"],
                    out_side=one["out_dim"],
                ),
                cells_per_weight=1,
                timesteps=config["time_steps"],
            )
            for i, one in enumerate(config["layers"])
        ]
    )


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_every_figure_of_spikesim_is_met(case: dict[str, Any]) -> None:
    cost, expected = estimated(case["config"]), case["expected"]
    parts = cost.area_parts_m2
    pes = parts["crossbar"] + parts["converter"]
    ours = {
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
    assert expected.keys() <= ours.keys()
    for name, value in expected.items():
        if value is not None:  # the tool printed nothing
            assert ours[name] == pytest.approx(value, rel=1e-9), name


def test_nothing_is_left_out_of_the_golden_cases() -> None:
    assert len(CASES) == 9


@pytest.mark.parametrize(("weight_bits", "deviation"), [(4, 0.10), (8, 0.0943)])
def test_nacims_device_errs_as_published(weight_bits: int, deviation: float) -> None:
    """0-16 uA with 800 nA: 5 % of full scale, which spans 2R (NACIM, sec. V-A).

    Two cells: 0.1 * 15 * sqrt(1 + 16^2) / 255; the most significant one alone gives 0.0941.
    """
    device = load_device("rram_4b_zhao_iedm_2017")
    assert device.weight_deviation_ratio(weight_bits) == pytest.approx(deviation, abs=5e-5)
