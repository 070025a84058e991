import json
from dataclasses import replace

import pytest

from envs.design import Design
from hwmodels.chip import Circuit
from snn.network import Layer, Network
from snn.quantization import FixedPoint, Quantization

DESIGN = Design(
    network=Network(
        (Layer("conv", "convolution", 1, 2, 3, 4, 2), Layer("classifier", "linear", 8, 3, 1, 1, 1))
    ),
    quantization=Quantization(
        (FixedPoint(1, 2), FixedPoint(0, 3)), (FixedPoint(2, 1), FixedPoint(3, 0))
    ),
    device="rram_4b_zhao_iedm_2017",
    circuit=Circuit(64, 4, 8),
)


def test_a_design_has_one_format_per_layer() -> None:
    one = Quantization((FixedPoint(1, 2),), (FixedPoint(1, 2),))
    with pytest.raises(ValueError, match="1 formats for 2 layers"):
        replace(DESIGN, quantization=one)


def test_a_design_is_plain_data_in_json() -> None:
    text = json.dumps(DESIGN.to_json())
    assert Design.from_json(json.loads(text)) == DESIGN


def test_weights_and_inputs_keep_their_own_formats_in_json() -> None:
    again = Design.from_json(DESIGN.to_json())
    assert again.quantization.weight_bits == (4, 4)
    assert again.quantization.activation_bits == (3, 3)
    assert again.quantization.activations[1] == FixedPoint(3, 0)


def test_json_of_an_impossible_design_is_refused() -> None:
    data = DESIGN.to_json()
    data["circuit"]["columns_per_converter"] = 7
    with pytest.raises(ValueError, match="7 does not divide 64"):
        Design.from_json(data)


def test_designs_differ_where_any_part_does() -> None:
    others = [
        replace(DESIGN, device="pcm_2b_neurosim_2019"),
        replace(DESIGN, circuit=Circuit(64, 5, 8)),
        replace(DESIGN, quantization=replace(DESIGN.quantization, weights=(FixedPoint(1, 2),) * 2)),
    ]
    assert len({DESIGN, *others}) == 4
