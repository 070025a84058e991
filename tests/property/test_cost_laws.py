"""Laws of the extended closed form; those of the NeuroSim-type models have their own file."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import designs

from envs.design import Design
from hwmodels.chip import Estimate
from hwmodels.devices import load_device
from hwmodels.estimate import estimate
from snn.quantization import FixedPoint, Quantization


def cost(design: Design) -> Estimate:
    device = load_device(design.device)
    return estimate(design.network, design.quantization, device, design.circuit, model="ela")


@given(designs)
def test_the_parts_add_up(design: Design) -> None:
    found = cost(design)
    assert found.area_m2 == pytest.approx(sum(found.area_parts_m2.values()))
    assert found.energy_j == pytest.approx(sum(layer.energy_j for layer in found.layers))
    assert found.latency_s == pytest.approx(sum(layer.latency_s for layer in found.layers))
    assert min(*found.area_parts_m2.values(), found.energy_j, found.latency_s) > 0


def costs_no_less(more: Design, less: Design) -> None:
    a, b = cost(more), cost(less)
    assert a.area_m2 >= b.area_m2
    assert a.energy_j >= b.energy_j
    assert a.latency_s >= b.latency_s


@given(designs, st.data())
def test_more_weight_bits_never_cost_less(design: Design, data: st.DataObject) -> None:
    weights = list(design.quantization.weights)
    i = data.draw(st.integers(0, len(weights) - 1))
    weights[i] = FixedPoint(weights[i].integer_bits, weights[i].fraction_bits + 1)
    formats = Quantization(tuple(weights), design.quantization.activations)
    costs_no_less(replace(design, quantization=formats), design)


@given(designs, st.data())
def test_more_activation_bits_never_cost_less(design: Design, data: st.DataObject) -> None:
    inputs = list(design.quantization.activations)
    i = data.draw(st.integers(0, len(inputs) - 1))
    inputs[i] = FixedPoint(inputs[i].integer_bits + 1, inputs[i].fraction_bits)
    formats = Quantization(design.quantization.weights, tuple(inputs))
    costs_no_less(replace(design, quantization=formats), design)


@given(designs, st.data())
def test_a_larger_kernel_costs_more(design: Design, data: st.DataObject) -> None:
    layers = list(design.network.layers)
    i = data.draw(st.integers(0, 5))
    layers[i] = replace(layers[i], kernel=max(layer.kernel for layer in layers) + 2)
    larger = replace(design, network=replace(design.network, layers=tuple(layers)))
    assert cost(larger).area_m2 > cost(design).area_m2  # every PE is built for the largest kernel
    assert cost(larger).energy_j > cost(design).energy_j


@given(designs)
def test_one_more_converter_bit_never_costs_less(design: Design) -> None:
    finer = replace(design.circuit, converter_bits=design.circuit.converter_bits + 1)
    more, less = cost(replace(design, circuit=finer)), cost(design)
    assert more.area_m2 > less.area_m2
    assert more.energy_j > less.energy_j


@given(designs)
def test_one_more_layer_never_costs_less(design: Design) -> None:
    network, formats = design.network, design.quantization
    shorter = replace(
        design,
        network=replace(network, layers=network.layers[:-1]),
        quantization=Quantization(formats.weights[:-1], formats.activations[:-1]),
    )
    a, b = cost(design), cost(shorter)
    assert a.area_m2 >= b.area_m2
    assert a.energy_j > b.energy_j
