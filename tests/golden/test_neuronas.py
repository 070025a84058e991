"""NeuroNAS's printed figures (sec. V-B): SpikeSim's closed form on the SNASNet shapes.

The paper does not say which numbers (nA, nB) of 3x3 convolutions the two cells of a printed
extreme have: they are inferred from energy and latency. Printed figures are truncated.
"""

import math

import pytest

from hwmodels.chip import Estimate
from hwmodels.closed_form import MappedLayer
from hwmodels.ela import published
from snn.cell_layers import layers_of
from snn.cell_network import CellNetwork
from snn.cells import Cell
from snn.macro import Macro

TIMESTEPS = 5
ROWS = {  # (nA, nB, precision factor): energy in uJ, latency in ms or None where not printed
    "SNASNet CIFAR, 32 bits": (4, 4, 8, 1425, 468),
    "SNASNet TinyImageNet": (5, 5, 8, 1696, 545),
    "CIFAR-10 least energy, 4 bits": (2, 3, 1, 127, 340),
    "CIFAR-100 least energy": (2, 2, 1, 110, 315),
    "CIFAR-10 most energy, 16 bits": (2, 4, 4, 576, None),
    "CIFAR-100 most energy": (4, 4, 4, 712, None),
}


def snasnet(n_first: int, n_second: int) -> Estimate:
    """Stem, first cell, reduction, second cell; nothing else costs anything."""
    cells = (cell(n_first), cell(n_second))
    network = layers_of(CellNetwork(cells, Macro.preset("cifar10")), with_classifier=False)
    return published().estimate([MappedLayer.of(layer, 1, TIMESTEPS) for layer in network.layers])


def cell(n_convolutions: int) -> Cell:
    """A cell with so many 3x3 convolutions, wherever they are."""
    return Cell(("conv3x3",) * n_convolutions + ("skip",) * (6 - n_convolutions))


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
