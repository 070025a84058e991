import pytest
import torch
from torch import nn

from snn.quantization import WeightFormat
from snn.stored_weights import gaussian, on_chip, sampled_errors
from snn.weight_formats import quantize_, weight_layers


def seeded() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def test_errors_are_a_share_of_each_layers_own_range() -> None:
    module = nn.Sequential(nn.Conv2d(4, 50, 3, bias=False), nn.BatchNorm2d(50), nn.Linear(50, 40))
    with torch.no_grad():
        for layer, largest in zip(weight_layers(module).values(), (0.5, 4.0), strict=True):
            layer.weight.uniform_(-0.1, 0.1, generator=seeded())
            layer.weight.view(-1)[0] = largest
    errors = sampled_errors(module, None, gaussian(0.1), seeded())
    assert list(errors) == ["0", "2"]
    # 1,800 and 2,000 samples: 5 sigma of a sample deviation is 5 / sqrt(2 n) = 8.4 %
    assert errors["0"].std().item() == pytest.approx(0.05, rel=0.084)
    assert errors["2"].std().item() == pytest.approx(0.4, rel=0.084)
    weights = on_chip(module, None, errors)
    assert list(weights) == ["0.weight", "2.weight"]
    assert torch.equal(weights["2.weight"], module[2].weight + errors["2"])


def test_errors_are_a_share_of_the_range_of_a_global_format() -> None:
    module = nn.Linear(50, 40)
    format_ = WeightFormat(8, "global", fraction_bits=5)  # R = 2^(8 - 1 - 5) = 4
    errors = sampled_errors(module, format_, gaussian(0.1), seeded())
    assert errors[""].std().item() == pytest.approx(0.4, rel=0.084)


@pytest.mark.parametrize("rounding", ["nearest", "truncate", "stochastic"])
def test_a_chip_holds_what_a_network_is_rounded_to_once_and_for_all(rounding: str) -> None:
    module = nn.Sequential(nn.Conv2d(2, 3, 3), nn.Linear(5, 4))
    format_ = WeightFormat(4, rounding=rounding)  # type: ignore[arg-type]
    weights = on_chip(module, format_, generator=seeded())
    quantize_(module, format_, seeded())
    assert all(torch.equal(module.state_dict()[name], one) for name, one in weights.items())
