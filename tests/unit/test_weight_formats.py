import pytest
import torch
from torch import nn

from snn.cell_modules import build_cells
from snn.cell_network import CellNetwork
from snn.cells import Cell
from snn.macro import Macro
from snn.quantization import WeightFormat
from snn.weight_formats import (
    clamp_masters_,
    finish_training,
    fraction_bits,
    quantize_,
    quantized,
    train_quantized,
)  # fmt: skip

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


def test_training_sees_rounded_weights_and_keeps_fine_ones() -> None:
    layer = nn.Sequential(nn.Linear(6, 4))
    train_quantized(layer, WeightFormat(3))
    masters = list(layer.parameters())
    optimizer = torch.optim.SGD(masters, lr=0.01)
    layer(torch.rand(5, 6, generator=seeded())).square().sum().backward()
    before = [one.detach().clone() for one in masters]
    optimizer.step()
    assert not any(torch.equal(a, b) for a, b in zip(before, masters, strict=True))
    seen = layer[0].weight.detach()
    assert len(seen.unique()) <= 8
    with torch.no_grad():
        layer[0].parametrizations.weight.original.fill_(100.0)
    clamp_masters_(layer)
    assert layer[0].parametrizations.weight.original.unique().tolist() == [seen.max().item()] or (
        layer[0].parametrizations.weight.original.max() < 1
    )
    finish_training(layer)
    assert sorted(dict(layer.named_parameters())) == ["0.bias", "0.weight"]


@pytest.mark.parametrize(
    "arguments", [(1,), (17,), (8, "layer"), (8, "tensor", "up"), (8, "tensor", "nearest", 4)]
)
def test_formats_that_do_not_exist_are_refused(arguments: tuple[object, ...]) -> None:
    with pytest.raises(ValueError, match=r"bits|scope"):
        WeightFormat(*arguments)  # type: ignore[arg-type]
