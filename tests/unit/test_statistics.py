import pytest
import torch

from snn.build import build
from snn.network import Layer, Network
from snn.quantization import FixedPoint, Quantization
from snn.statistics import layer_statistics

NETWORK = Network((Layer("fc1", "linear", 4, 3, 1, 1, 1), Layer("fc2", "linear", 3, 2, 1, 1, 1)))
FORMATS = Quantization((FixedPoint(1, 2),) * 2, (FixedPoint(0, 3),) * 2)


def test_ones_are_counted_in_the_bits_that_enter() -> None:
    network = build(NETWORK, FORMATS, torch.Generator().manual_seed(0))
    images = torch.tensor([[0.0, 0.125, 0.625, 5.0]]).reshape(1, 4, 1, 1)  # 000 001 101 111
    first, second = layer_statistics(network, images)
    assert first.density_ratio == 6 / 12
    assert 0 <= second.density_ratio <= 1
    assert [first.name, second.name] == ["fc1", "fc2"]


def test_weights_are_measured_as_they_are_stored() -> None:
    network = build(NETWORK, FORMATS, torch.Generator().manual_seed(0))
    with torch.no_grad():
        network.crossbar_layers[0].weight.copy_(torch.tensor([[0.1, -0.1, 1.0, -1.0]] * 3))
    found = layer_statistics(network, torch.zeros(1, 4, 1, 1))[0]
    assert found.weight_sigma_ratio == pytest.approx(0.5**0.5 / 2)  # 0, 0, 1, -1 of a range of 2
    assert found.weight_level_ratios is not None
    shares = dict(enumerate(found.weight_level_ratios, -8))
    assert {level: share for level, share in shares.items() if share} == {-4: 0.25, 0: 0.5, 4: 0.25}
    assert network.training  # as it was
