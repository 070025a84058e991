"""More rows and more columns never cost less, in the network and in the crossbar."""

from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from strategies import designs

from envs.design import Design
from hwmodels.chip import Circuit, Estimate
from hwmodels.closed_form import MappedLayer
from hwmodels.devices import load_device
from hwmodels.ela import extended
from hwmodels.estimate import estimate
from snn.network import Layer, Network

DEVICE = load_device("rram_4b_zhao_iedm_2017")


def layers(widest: int) -> st.SearchStrategy[Layer]:
    return st.builds(
        lambda n_in, n_out, kernel, side: Layer(
            "x", "convolution", n_in, n_out, kernel, side, side
        ),
        st.integers(1, widest),
        st.integers(1, widest),
        st.sampled_from([1, 3, 5, 7]),
        st.integers(1, 16),
    )


one_layer, small_layer = layers(300), layers(32)  # the small one fits any crossbar
circuits = st.builds(
    Circuit, st.sampled_from([32, 64, 128, 256]), st.integers(3, 6), st.sampled_from([4, 8, 16, 32])
)


def cost(layer: Layer, circuit: Circuit, cells: int = 1, timesteps: int = 4) -> Estimate:
    return extended(DEVICE, circuit).estimate([MappedLayer.of(layer, cells, timesteps)])


def never_less(more: Estimate, less: Estimate) -> None:
    assert more.area_m2 >= less.area_m2
    assert more.energy_j >= less.energy_j
    assert more.latency_s >= less.latency_s
    assert more.n_tiles >= less.n_tiles


@given(one_layer, circuits, st.integers(1, 300))
def test_more_rows_of_weights_never_cost_less(layer: Layer, circuit: Circuit, n: int) -> None:
    never_less(
        cost(replace(layer, in_channels=layer.in_channels + n), circuit), cost(layer, circuit)
    )


@given(one_layer, circuits, st.integers(1, 300))
def test_more_columns_of_weights_never_cost_less(layer: Layer, circuit: Circuit, n: int) -> None:
    wider = replace(layer, out_channels=layer.out_channels + n)
    never_less(cost(wider, circuit), cost(layer, circuit))


@given(one_layer, circuits, st.integers(1, 8))
def test_more_cells_per_weight_never_cost_less(layer: Layer, circuit: Circuit, n: int) -> None:
    never_less(cost(layer, circuit, cells=n + 1), cost(layer, circuit, cells=n))


@given(one_layer, circuits, st.integers(1, 8))
def test_energy_and_latency_are_proportional_to_timesteps(
    layer: Layer, circuit: Circuit, n: int
) -> None:
    one, many = cost(layer, circuit, timesteps=1), cost(layer, circuit, timesteps=n)
    assert many.energy_j == pytest.approx(n * one.energy_j)
    assert many.latency_s == pytest.approx(n * one.latency_s)
    assert many.area_m2 == one.area_m2


@given(small_layer, circuits)
def test_a_larger_crossbar_that_holds_no_more_costs_more(layer: Layer, circuit: Circuit) -> None:
    """Where the layer fits one crossbar already, a larger one only wastes cells and converters."""
    larger = replace(circuit, crossbar_size=2 * circuit.crossbar_size)
    more, less = cost(layer, larger), cost(layer, circuit)
    assert more.area_m2 > less.area_m2
    assert more.energy_j > less.energy_j


@given(one_layer, circuits)
def test_sharing_a_converter_saves_area_and_costs_time(layer: Layer, circuit: Circuit) -> None:
    assume(circuit.columns_per_converter < circuit.crossbar_size)
    shared = replace(circuit, columns_per_converter=2 * circuit.columns_per_converter)
    more, less = cost(layer, shared), cost(layer, circuit)
    assert more.area_m2 < less.area_m2
    assert more.latency_s > less.latency_s


@given(designs, st.integers(0, 4), st.integers(1, 64))
def test_a_wider_layer_of_a_design_never_costs_less(design: Design, i: int, n: int) -> None:
    """Channels that layer ``i`` gives are rows of layer ``i + 1``."""
    layers = list(design.network.layers)
    layers[i] = replace(layers[i], out_channels=layers[i].out_channels + n)
    layers[i + 1] = replace(layers[i + 1], in_channels=layers[i].out_channels)
    device = load_device(design.device)
    wider = Network(tuple(layers))
    never_less(
        estimate(wider, design.quantization, device, design.circuit, model="ela"),
        estimate(design.network, design.quantization, device, design.circuit, model="ela"),
    )
