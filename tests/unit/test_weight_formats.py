import math

import pytest
import torch
from torch import nn

from snn.cell_modules import build_cells
from snn.cell_network import CellNetwork
from snn.cells import Cell
from snn.macro import Macro
from snn.quantization import WeightFormat
from snn.weight_formats import clamp_, fraction_bits, quantize_, quantized, range_of

MACRO = Macro.preset("digits", channels=4, hidden_features=16)
CHAIN = Cell.of((1, 0, 0, 1, 0, 1), "neuronas")


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_a_tensor_format_takes_the_smallest_power_of_two_that_covers_it() -> None:
    # 0.0323 < 2^-4: 8 bits have 7 of magnitude, so 7 + 4 behind the point
    assert fraction_bits(torch.tensor([0.01, -0.0323]), WeightFormat(8)) == 11
    assert fraction_bits(torch.tensor([3.0]), WeightFormat(8)) == 5
    assert fraction_bits(torch.zeros(3), WeightFormat(8)) == 7
    assert fraction_bits(torch.tensor([9.0]), WeightFormat(8, "global")) == 7
    assert fraction_bits(torch.tensor([9.0]), WeightFormat(8, "global", fraction_bits=4)) == 4


def test_roundings_go_to_the_nearest_even_down_or_by_chance() -> None:
    weights = torch.tensor([0.5, 1.5, -0.5, 0.75, 1.0]) / 8  # in steps of 1/8: 4 bits, global
    expected = {"nearest": [0, 2, 0, 1, 1], "truncate": [0, 1, -1, 0, 1]}
    for rounding, steps in expected.items():
        format_ = WeightFormat(4, "global", rounding)  # type: ignore[arg-type]
        assert (quantized(weights, format_) * 8).tolist() == steps
    many = torch.full((20_000,), 0.3 / 8)
    found = quantized(many, WeightFormat(4, "global", "stochastic"), seeded()) * 8
    assert set(found.tolist()) == {0.0, 1.0}
    assert found.mean().item() == pytest.approx(0.3, abs=0.017)  # 5 standard errors


def test_large_weights_saturate() -> None:
    found = quantized(torch.tensor([9.0, -9.0, 1.0]), WeightFormat(4, "global"))
    assert found.tolist() == [7 / 8, -1.0, 7 / 8]


@pytest.mark.parametrize("rounding", ["nearest", "truncate", "stochastic"])
def test_the_gradient_passes_straight_through_within_the_range(rounding: str) -> None:
    weights = torch.tensor([0.3, -0.4, 5.0], requires_grad=True)
    format_ = WeightFormat(4, "global", rounding)  # type: ignore[arg-type]
    quantized(weights, format_, seeded()).sum().backward()  # type: ignore[no-untyped-call]
    assert weights.grad is not None
    assert weights.grad.tolist() == [1, 1, 0]


def test_only_weights_of_convolutions_and_linear_layers_are_quantized() -> None:
    module = build_cells(CellNetwork((CHAIN, CHAIN), MACRO), seeded())
    before = {name: one.clone() for name, one in module.named_parameters()}
    quantize_(module, WeightFormat(3))
    for name, parameter in module.named_parameters():
        is_weight = "conv" in name or name in {"head.hidden.weight", "head.classifier.weight"}
        assert torch.equal(parameter, before[name]) != is_weight
        assert not is_weight or len(parameter.unique()) <= 8


def test_stochastic_rounding_needs_a_generator_and_is_the_same_for_a_seed() -> None:
    weights, format_ = torch.rand(50, generator=seeded()), WeightFormat(3, rounding="stochastic")
    with pytest.raises(ValueError, match="generator"):
        quantized(weights, format_)
    one, other = (quantized(weights, format_, seeded(5)) for _ in range(2))
    assert torch.equal(one, other)


@pytest.mark.parametrize(
    ("largest", "range_"), [(0.0323, 2.0**-4), (0.25, 0.25), (0.26, 0.5), (3.0, 4.0), (0.0, 1.0)]
)
def test_the_range_is_the_power_of_two_that_holds_the_largest_weight(
    largest: float, range_: float
) -> None:
    assert range_of(torch.tensor([0.0, -largest]), WeightFormat(4)) == range_


def test_without_a_format_weights_are_exact_and_the_largest_sets_the_range() -> None:
    weights = torch.tensor([0.3, -0.7])
    assert range_of(weights, None) == pytest.approx(0.7)
    assert quantized(weights, None) is weights


def test_small_weights_keep_their_precision_whatever_their_size() -> None:
    weights = torch.randn(100, generator=seeded())
    for scale in (1.0, 2.0**-9):
        rounded = quantized(weights * scale, WeightFormat(8)) / scale
        assert torch.equal(rounded, quantized(weights, WeightFormat(8)))


@pytest.mark.parametrize("scope", ["tensor", "global"])
@pytest.mark.parametrize("rounding", ["nearest", "truncate", "stochastic"])
def test_what_is_not_a_number_is_never_hidden(scope: str, rounding: str) -> None:
    format_ = WeightFormat(4, scope, rounding)  # type: ignore[arg-type]
    found = quantized(torch.tensor([0.5, math.nan]), format_, seeded())
    assert found.isnan().tolist() == [False, True]


def test_weights_come_back_into_a_fixed_range_only() -> None:
    layer = nn.Linear(2, 2)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor([[5.0, -5.0], [0.123, 0.9]]))
    before = layer.weight.clone()
    for follows in (None, WeightFormat(4)):
        clamp_(layer, follows)
        assert torch.equal(layer.weight, before)
    clamp_(layer, WeightFormat(4, "global"))
    assert layer.weight.flatten().tolist() == pytest.approx([0.875, -1.0, 0.123, 0.875])


@pytest.mark.parametrize(
    "arguments",
    [
        (1,),
        (17,),
        (8, "layer"),
        (8, "tensor", "up"),
        (8, "tensor", "nearest", 4),
        (8, "global", "nearest", 33),
        (8, "global", "nearest", -1),
    ],
)
def test_formats_that_do_not_exist_are_refused(arguments: tuple[object, ...]) -> None:
    with pytest.raises(ValueError, match=r"bits|scope"):
        WeightFormat(*arguments)  # type: ignore[arg-type]
