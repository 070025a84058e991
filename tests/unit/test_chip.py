from dataclasses import replace
from typing import Any

import pytest

from hwmodels.chip import LARGEST, Circuit, Estimate
from hwmodels.closed_form import MappedLayer
from hwmodels.devices import Device
from hwmodels.ela import extended, published
from hwmodels.estimate import estimate, estimate_workload
from hwmodels.workload import LayerWork, Workload
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
    MappedLayer.of(Layer("one", "convolution", 3, 64, 3, 32, 32), 1, 5),
    MappedLayer.of(Layer("two", "convolution", 64, 128, 3, 32, 16), 1, 5),
    MappedLayer.of(Layer("three", "convolution", 128, 200, 3, 16, 8), 1, 5),
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
        ({"clock_hz": 0.0}, r"clock_hz must lie in \[1000, 100000000000\], got 0"),
        ({"lines_per_level_shifter": -1}, r"must lie in \[0, 4096\], got -1"),
        ({"toggle_in_ratio": 1.1}, r"toggle_in_ratio must lie in \[0, 1\]"),
        ({"toggle_out_ratio": -0.1}, r"toggle_out_ratio must lie in \[0, 1\]"),
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
    one = MappedLayer.of(Layer("x", "convolution", 64, 33, 3, 8, 8), 1, 5)
    assert model.estimate([one]).layers[0].n_units == 1
    assert model.estimate([replace(one, cells_per_weight=2)]).layers[0].n_units == 2  # 66 columns


def test_eight_pes_share_a_tile() -> None:
    row = Layer("x", "convolution", 64, 64, 3, 8, 8)
    assert [published().estimate([MappedLayer.of(row, 1, 1)] * n).n_tiles for n in (1, 8, 9)] == [
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
    one = Layer("one", "convolution", 3, 64, 3, 32, 32)
    formats = Quantization((FixedPoint(1, 3),) * 2, (FixedPoint(1, 3),) * 2)
    with pytest.raises(ValueError, match=r"zip\(\)"):
        estimate(Network((one,)), formats, SPIKESIM, Circuit(64, 4, 8))


def test_a_technology_is_found_by_name() -> None:
    with pytest.raises(ValueError, match="no technology called 'ela_40nm'"):
        extended(SPIKESIM, Circuit(64, 4, 8), "ela_40nm")


ELA_MODELS = ("ela", "spikesim-ela", "neuronas")


def work(name: str = "x", **changes: Any) -> LayerWork:
    plain = LayerWork(
        name, 16, 16, 8, 3, 3, 32, is_pooled=False, stride=1, weight_bits=8, activation_bits=8
    )
    return replace(plain, **changes)


def priced(model: str, timesteps: int | None = None, **changes: Any) -> Estimate:
    workload = Workload((work(**changes),), timesteps)
    return estimate_workload(workload, SPIKESIM, Circuit(64, 4, 8), model=model)


@pytest.mark.parametrize("model", ELA_MODELS)
def test_a_map_twice_as_wide_takes_twice_the_time_energy_and_memory(model: str) -> None:
    plain, wide = priced(model), priced(model, in_width=32)
    assert wide.latency_s == pytest.approx(2 * plain.latency_s)
    assert wide.energy_j == pytest.approx(2 * plain.energy_j)
    assert wide.area_parts_m2["input_buffer"] == 2 * plain.area_parts_m2["input_buffer"]
    assert priced(model, in_height=32).energy_j == wide.energy_j


@pytest.mark.parametrize("model", ELA_MODELS)
def test_each_place_of_a_kernel_takes_a_crossbar(model: str) -> None:
    areas = [
        priced(model, kernel_height=height, kernel_width=width).area_parts_m2["crossbar"]
        for height, width in [(3, 3), (1, 3), (3, 5), (5, 3)]
    ]
    assert [area / areas[0] for area in areas] == pytest.approx([1, 1 / 3, 5 / 3, 5 / 3])


def test_operations_are_those_of_the_workload_in_every_closed_form() -> None:
    """Once an image: neither per timestep, nor at the largest kernel of the network."""
    layers = (
        work("a", in_height=5, in_width=7, in_channels=3, kernel_width=5, stride=2),
        work("b", in_height=3, in_width=4, kernel_height=1, kernel_width=1, out_channels=10),
    )
    workload = Workload(layers, timesteps=4)
    assert workload.n_operations == 2 * (3 * 4 * 45 * 32 + 3 * 4 * 8 * 10)
    for model in ELA_MODELS:
        cost = estimate_workload(workload, SPIKESIM, Circuit(64, 4, 8), model=model)
        assert cost.n_operations == workload.n_operations


def test_a_map_too_narrow_to_be_pooled_is_refused() -> None:
    with pytest.raises(ValueError, match="x cannot be pooled"):
        priced("ela", in_width=1, is_pooled=True)


def test_published_converters_share_eight_columns_whatever_the_circuit_says() -> None:
    workload, odd = Workload((work(),)), Circuit(100, 4, 10)
    with pytest.raises(ValueError, match=r"among 8 columns.* multiple of 8; got 100"):
        estimate_workload(workload, SPIKESIM, odd, model="spikesim-ela")
    assert estimate_workload(workload, SPIKESIM, odd, model="ela").n_tiles == 1


def test_pes_of_a_tile_change_areas_alone() -> None:
    usual, small = (published(pes_per_tile=n).estimate(LAYERS) for n in (8, 2))
    assert small.n_tiles == 6  # of 1 + 2 + 2 * 4 PEs
    assert small.area_parts_m2["interconnect"] == 3 * usual.area_parts_m2["interconnect"]
    assert small.energy_j == usual.energy_j
