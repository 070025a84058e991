import pytest
import torch
from torch import nn

from snn.stored_weights import (
    FloatFormat,
    PowerOfTwoFormat,
    gaussian,
    on_chip,
    sampled_errors,
    weight_layers,
)


def seeded() -> torch.Generator:
    return torch.Generator().manual_seed(0)


@pytest.mark.parametrize(
    ("largest", "range_"), [(0.0323, 2.0**-4), (0.25, 0.25), (0.26, 0.5), (3.0, 4.0), (0.0, 1.0)]
)
def test_the_range_is_the_power_of_two_that_holds_the_largest_weight(
    largest: float, range_: float
) -> None:
    assert PowerOfTwoFormat(4).range_of(torch.tensor([0.0, -largest])) == range_


def test_weights_are_rounded_half_to_even_on_a_grid_of_the_range() -> None:
    weights = torch.tensor([-0.5, 0.44, 0.0625, 0.1875, 0.2])  # R 1/2, 3 bits: a step of 1/8
    rounded = PowerOfTwoFormat(3).quantize(weights)
    assert rounded.tolist() == [-0.5, 0.375, 0.0, 0.25, 0.25]


def test_small_weights_keep_their_precision_whatever_their_size() -> None:
    weights = torch.randn(100, generator=seeded())
    for scale in (1.0, 2.0**-9):
        rounded = PowerOfTwoFormat(8).quantize(weights * scale) / scale
        assert torch.equal(rounded, PowerOfTwoFormat(8).quantize(weights))


def test_the_gradient_passes_straight_through() -> None:
    weights = torch.tensor([0.3, -0.7], requires_grad=True)
    PowerOfTwoFormat(2).quantize(weights).sum().backward()
    assert weights.grad is not None
    assert weights.grad.tolist() == [1.0, 1.0]


def test_errors_are_a_share_of_each_layers_own_range() -> None:
    module = nn.Sequential(nn.Conv2d(4, 50, 3, bias=False), nn.BatchNorm2d(50), nn.Linear(50, 40))
    with torch.no_grad():
        for layer, largest in zip(weight_layers(module).values(), (0.5, 4.0), strict=True):
            layer.weight.uniform_(-0.1, 0.1, generator=seeded())
            layer.weight.view(-1)[0] = largest
    errors = sampled_errors(module, FloatFormat(), gaussian(0.1), seeded())
    assert list(errors) == ["0", "2"]
    # 1,800 and 2,000 samples: 5 sigma of a sample deviation is 5 / sqrt(2 n) = 8.4 %
    assert errors["0"].std().item() == pytest.approx(0.05, rel=0.084)
    assert errors["2"].std().item() == pytest.approx(0.4, rel=0.084)
    weights = on_chip(module, FloatFormat(), errors)
    assert list(weights) == ["0.weight", "2.weight"]
    assert torch.equal(weights["2.weight"], module[2].weight + errors["2"])


def test_a_format_without_a_magnitude_is_refused() -> None:
    with pytest.raises(ValueError, match="2 to 16 bits, got 1"):
        PowerOfTwoFormat(1)
