from dataclasses import replace
from typing import Any

import pytest

from hwmodels.chip import LARGEST, Circuit
from hwmodels.devices import Device
from hwmodels.ela import MappedLayer, extended, published
from hwmodels.estimate import estimate
from snn.network import Layer, Network
from snn.quantization import FixedPoint, Quantization

SPIKESIM = Device(
    name="spikesim",
    kind="resistive",
    cell_bits=4,
    cell_height_f_ratio=2.0,
    cell_width_f_ratio=2.0,
    on_resistance_ohm=20e3,
    off_resistance_ohm=200e3,
    read_voltage_v=0.1,
    access_voltage_v=0.9,
    write_voltage_v=2.0,
    deviation_ratio=0.1,
    source="SpikeSim, NeuroNAS Table I",
)
LAYERS = [
    MappedLayer(Layer("one", "convolution", 3, 64, 3, 32, 32), 1, 5),
    MappedLayer(Layer("two", "convolution", 64, 128, 3, 32, 16), 1, 5),
    MappedLayer(Layer("three", "convolution", 128, 200, 3, 16, 8), 1, 5),
]


def test_columns_share_converters_evenly() -> None:
    assert Circuit(64, 4, 8).n_converters == 8
    assert Circuit(64, 4, 64).n_converters == 1
    assert Circuit(48, 4, 8).n_converters == 6


@pytest.mark.parametrize("numbers", [(0, 4, 8), (64, 0, 8), (64, 4, 0), (64, -1, 8)])
def test_no_number_of_a_circuit_is_below_one(numbers: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match=r"must lie in \[1, "):
        Circuit(*numbers)


@pytest.mark.parametrize(("name", "most"), LARGEST.items())
def test_no_number_of_a_circuit_is_beyond_its_bound(name: str, most: int) -> None:
    largest = Circuit(4096, 4, 4096)
    assert getattr(replace(largest, **{name: most}), name) == most
    with pytest.raises(ValueError, match=rf"{name} must lie in \[1, {most}\], got {most + 1}"):
        replace(largest, **{name: most + 1})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"converter": "ramp"}, "converter must be one of flash, sar; got 'ramp'"),
        ({"mapping": "odd"}, "mapping must be one of conventional, novel"),
        ({"interconnect": "ring"}, "interconnect must be one of h-tree, bus"),
        ({"clock_hz": 0.0}, "clock_hz must exceed 0"),
        ({"lines_per_level_shifter": -1}, "at least 0"),
        ({"toggle_in_ratio": 1.1}, "toggle ratio lies between"),
        ({"toggle_out_ratio": -0.1}, "toggle ratio lies between"),
    ],
)
def test_an_impossible_setting_of_a_circuit_is_refused(
    change: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        replace(Circuit(64, 4, 8), **change)


def test_the_extension_meets_spikesim_at_spikesim_s_own_setting() -> None:
    """4F^2 cells of 20/200 kohm read at 0.1 V, 64x64, 4 bits, 8 columns a converter."""
    theirs = published().estimate(LAYERS)
    ours = extended(SPIKESIM, Circuit(64, 4, 8)).estimate(LAYERS)
    assert ours.area_m2 == pytest.approx(theirs.area_m2, rel=1e-9)
    assert ours.energy_j == pytest.approx(theirs.energy_j, rel=1e-9)
    assert ours.latency_s == pytest.approx(theirs.latency_s, rel=1e-9)
    assert ours.n_tiles == theirs.n_tiles
    assert ours.area_parts_m2 == pytest.approx(theirs.area_parts_m2, rel=1e-9)


def test_all_layers_but_the_last_hand_on_early() -> None:
    cost = published().estimate(LAYERS)
    step_s = 5 * 26 / 250e6  # timesteps * cycles / clock
    n_outputs = [0.75 * 64 * 32**2, 0.75 * 128 * 16**2, 200 * 8**2]
    assert [one.latency_s for one in cost.layers] == pytest.approx([n * step_s for n in n_outputs])


def test_cells_of_a_weight_lie_side_by_side() -> None:
    model = published()
    one = MappedLayer(Layer("x", "convolution", 64, 33, 3, 8, 8), 1, 5)
    assert model.estimate([one]).layers[0].n_units == 1
    assert model.estimate([replace(one, cells_per_weight=2)]).layers[0].n_units == 2  # 66 columns


def test_eight_pes_share_a_tile() -> None:
    row = Layer("x", "convolution", 64, 64, 3, 8, 8)
    assert [published().estimate([MappedLayer(row, 1, 1)] * n).n_tiles for n in (1, 8, 9)] == [
        1,
        1,
        2,
    ]


def test_the_sensing_of_a_crossbar_costs_v_squared_g() -> None:
    circuit = Circuit(64, 4, 8)
    weak, strong = SPIKESIM, replace(SPIKESIM, read_voltage_v=0.2)
    energies = [extended(one, circuit).crossbar_energy_j for one in (weak, strong)]
    assert energies[1] == pytest.approx(4 * energies[0])


def test_a_flash_converter_doubles_its_comparators_with_each_bit() -> None:
    areas = [extended(SPIKESIM, Circuit(64, bits, 8)).converter_area_m2 for bits in (3, 4, 5)]
    assert [area / areas[1] for area in areas] == pytest.approx([7 / 15, 1, 31 / 15])


def test_each_further_column_on_a_converter_takes_a_cycle() -> None:
    times = [extended(SPIKESIM, Circuit(64, 4, n)).pe_latency_s for n in (8, 16)]
    assert times == pytest.approx([26 / 250e6, 34 / 250e6])


def test_a_cost_needs_a_layer() -> None:
    with pytest.raises(ValueError, match="at least one layer"):
        published().estimate([])


def test_a_network_and_formats_of_other_lengths_are_refused() -> None:
    formats = Quantization((FixedPoint(1, 3),) * 2, (FixedPoint(1, 3),) * 2)
    with pytest.raises(ValueError, match=r"zip\(\)"):
        estimate(Network((LAYERS[0].layer,)), formats, SPIKESIM, Circuit(64, 4, 8))


def test_a_technology_is_found_by_name() -> None:
    with pytest.raises(ValueError, match="no technology called 'ela_40nm'"):
        extended(SPIKESIM, Circuit(64, 4, 8), "ela_40nm")
