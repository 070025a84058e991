from contextlib import suppress

import pytest

from configs import catalog
from hwmodels.chip import Circuit
from hwmodels.devices import load_device
from hwmodels.estimate import MODELS, InfeasibleChipError, estimate
from hwmodels.units import to_si
from snn.network import Layer, Network
from snn.quantization import FixedPoint, Quantization

CIRCUIT = Circuit(32, 4, 8)
CONV = Layer("conv", "convolution", 1, 8, 3, 8, 4)


def test_a_layer_must_take_what_its_predecessor_gives() -> None:
    Network((CONV, Layer("fc", "linear", 128, 4, 1, 1, 1)))
    with pytest.raises(ValueError, match="fc takes 127 channels, but conv gives 128"):
        Network((CONV, Layer("fc", "linear", 127, 4, 1, 1, 1)))
    with pytest.raises(ValueError, match="next takes side 8, but conv gives 4"):
        Network((CONV, Layer("next", "convolution", 8, 4, 3, 8, 8)))
    with pytest.raises(ValueError, match="at least one layer"):
        Network(())


def test_a_layer_has_positive_sizes_and_does_not_grow() -> None:
    with pytest.raises(ValueError, match="every size must be at least 1"):
        Layer("x", "convolution", 0, 8, 3, 8, 8)
    with pytest.raises(ValueError, match="output side 9 exceeds input side 8"):
        Layer("x", "convolution", 1, 8, 3, 8, 9)


def test_a_layer_counts_its_weights_and_outputs() -> None:
    assert CONV.n_weights == 72
    assert CONV.n_outputs == 128
    assert CONV.is_pooled
    assert Network((CONV,)).n_classes == 8


def test_a_format_has_at_least_one_bit() -> None:
    for bits in ((0, 0), (-1, 3), (3, -1)):
        with pytest.raises(ValueError, match="at least one bit"):
            FixedPoint(*bits)


def test_bits_are_counted_with_the_sign_for_weights_only() -> None:
    formats = Quantization((FixedPoint(2, 3),), (FixedPoint(1, 3),))
    assert formats.weight_bits == (6,)
    assert formats.activation_bits == (4,)
    with pytest.raises(ValueError, match="1 weight formats for 2 activation formats"):
        Quantization((FixedPoint(2, 3),), (FixedPoint(1, 3),) * 2)


def test_prefixed_units_become_si_once() -> None:
    found = to_si({"area_um2": 2, "below": {"energy_pj": 3.0}, "n_cells": 4, "source": "x_um2"})
    assert found == {
        "area_m2": pytest.approx(2e-12),
        "below": {"energy_j": pytest.approx(3e-12)},
        "n_cells": 4,
        "source": "x_um2",
    }


@pytest.mark.parametrize("name", catalog.names("device"))
def test_every_device_says_where_its_numbers_come_from(name: str) -> None:
    device = load_device(name)
    assert len(device.source) > 20
    assert 0 <= device.deviation_ratio < 0.5
    assert (device.deviation_ratio == 0) is (device.kind == "sram")  # a digital cell


@pytest.mark.parametrize("name", catalog.names("technology"))
def test_every_technology_says_where_its_numbers_come_from(name: str) -> None:
    assert len(catalog.read("technology", name)["source"]) > 20


def test_more_cells_hold_more_bits() -> None:
    device = load_device("rram_4b_zhao_iedm_2017")
    assert [device.cells_per_weight(bits) for bits in (1, 4, 5, 8, 9)] == [1, 1, 2, 2, 3]


def test_an_impossible_circuit_is_refused() -> None:
    with pytest.raises(ValueError, match="12 does not divide 64"):
        Circuit(64, 4, 12)
    with pytest.raises(ValueError, match=r"converter_bits must lie in \[1, 12\], got 0"):
        Circuit(64, 0, 8)


def test_unknown_names_are_answered_with_the_nearest() -> None:
    with pytest.raises(catalog.UnknownNameError, match="did you mean 'rram_4b_zhao_iedm_2017'"):
        load_device("rram_4bit_zhao")
    with pytest.raises(catalog.UnknownNameError, match="there are: cifar10, cifar100"):
        catalog.read("dataset", "xyz")
    network = Network((CONV,))
    formats = Quantization((FixedPoint(1, 3),), (FixedPoint(1, 3),))
    device = load_device("rram_4b_zhao_iedm_2017")
    with pytest.raises(catalog.UnknownNameError, match="no cost model called 'eal'"):
        estimate(network, formats, device, Circuit(64, 4, 8), model="eal")


@pytest.mark.parametrize("model", MODELS)
def test_the_device_matters_to_the_cost(model: str) -> None:
    """SpikeSim's and NeuroNAS's models only ask whether it is an SRAM."""
    network = Network((Layer("wide", "convolution", 64, 128, 3, 8, 8),))
    formats = Quantization((FixedPoint(1, 3),), (FixedPoint(1, 3),))
    costs = {}
    for name in catalog.names("device"):
        with suppress(InfeasibleChipError):  # the early models refuse cells of 6 kohm
            costs[name] = estimate(network, formats, load_device(name), CIRCUIT, model=model)
    n_kinds = 2 if model in {"spikesim-ela", "neuronas"} else len(costs)
    assert len({cost.energy_j for cost in costs.values()}) == n_kinds > 1
    assert {cost.model for cost in costs.values()} == {model}


def test_a_cell_of_less_resistance_takes_more_energy_and_a_larger_one_more_area() -> None:
    network = Network((CONV,))
    formats = Quantization((FixedPoint(1, 3),), (FixedPoint(1, 3),))
    cheap, dear = (
        estimate(network, formats, load_device(name), CIRCUIT, model="ela")
        for name in ("fefet_2b_neurosim_2019", "rram_1b_neurosim_2019")
    )
    assert cheap.energy_j < dear.energy_j  # 240 kohm against 6 kohm
    assert cheap.area_m2 < dear.area_m2  # 2 bits in 16 F^2 against 1 bit in 48 F^2
