"""NeuroNAS's printed figures (sec. V-B): SpikeSim's closed form on the SNASNet shapes.

The paper does not say which numbers (nA, nB) of 3x3 convolutions the two cells of a printed
extreme have: they are inferred from energy and latency. Printed figures are truncated.
"""

import math

import pytest

from hwmodels.chip import Estimate
from hwmodels.ela import MappedLayer, published
from snn.network import Layer

WIDTH, TIMESTEPS = 128, 5
ROWS = {  # (nA, nB, precision factor): energy in uJ, latency in ms or None where not printed
    "SNASNet CIFAR, 32 bits": (4, 4, 8, 1425, 468),
    "SNASNet TinyImageNet": (5, 5, 8, 1696, 545),
    "CIFAR-10 least energy, 4 bits": (2, 3, 1, 127, 340),
    "CIFAR-100 least energy": (2, 2, 1, 110, 315),
    "CIFAR-10 most energy, 16 bits": (2, 4, 4, 576, None),
    "CIFAR-100 most energy": (4, 4, 4, 712, None),
}


def snasnet(n_first: int, n_second: int) -> Estimate:
    """Stem, first cell, down-convolution, second cell; nothing else costs anything."""
    stem = [(3, WIDTH, 32)]
    cells = [(WIDTH, WIDTH, 32)] * n_first
    down, second = [(WIDTH, 2 * WIDTH, 32)], [(2 * WIDTH, 2 * WIDTH, 16)] * n_second
    layers = [
        MappedLayer.of(Layer(f"layer{i}", "convolution", n_in, n_out, 3, side, side), 1, TIMESTEPS)
        for i, (n_in, n_out, side) in enumerate(stem + cells + down + second)
    ]
    return published().estimate(layers)


@pytest.mark.parametrize(("n_a", "n_b", "factor", "energy", "latency"), ROWS.values(), ids=ROWS)
def test_energy_and_latency_are_as_printed(
    n_a: int, n_b: int, factor: int, energy: int, latency: int | None
) -> None:
    cost = snasnet(n_a, n_b)
    assert math.floor(factor * cost.energy_j * 1e6) == energy
    if latency is not None:
        assert math.floor(cost.latency_s * 1e3) == latency


@pytest.mark.parametrize(("n_a", "n_b", "area_mm2"), [(2, 3, 26), (2, 2, 25)])
def test_area_at_four_bits_is_as_printed(n_a: int, n_b: int, area_mm2: int) -> None:
    """Within 6 %: printed figures have two digits, and (nA, nB) are inferred."""
    assert snasnet(n_a, n_b).area_m2 * 1e6 == pytest.approx(area_mm2, rel=0.06)
