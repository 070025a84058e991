from dataclasses import replace

import pytest
from cells import cell_settings, costs_of

from envs.cell_costs import CellCosts
from envs.savings import neuronas_costs, savings, snasnet, snasnet_costs
from hwmodels.chip import Circuit
from snn.cell_network import CellNetwork, Count
from snn.cells import EDGES

CIFAR = cell_settings(macro="cifar10")


def test_snasnet_costs_what_neuronas_prints() -> None:
    costs, bits = snasnet_costs(costs_of(CIFAR))
    assert bits == 32
    assert costs["n_parameters"] == 1_281_408
    assert costs["energy_j"] == pytest.approx(1425e-6, rel=0.001)
    assert costs["latency_s"] == pytest.approx(468e-3, rel=0.002)
    assert costs["area_m2"] == pytest.approx(634e-6, rel=0.005)


def test_eight_bits_save_what_neuronas_claims() -> None:
    """Abstract: up to 92 % of the area, 84 % of the energy and 1.2 times the speed at 8 bits."""
    costs = costs_of(CIFAR)
    cell = dict.fromkeys((f"c{i}{j}" for i, j in EDGES), "skip") | {"c01": "conv3x3"}
    cell |= {"c12": "conv3x3", "c23": "conv3x3"}
    choices = {f"cell{n}.{name}": value for n in (1, 2) for name, value in cell.items()}
    found = {one.metric: one for one in savings(costs, choices)}
    assert 1 / found["latency_s"].ratio == pytest.approx(1.2, abs=0.05)
    assert found["area_m2"].saving == pytest.approx(92, abs=4)
    assert found["energy_j"].saving == pytest.approx(84, abs=5)


def test_other_cost_models_price_snasnet_at_sixteen_bits() -> None:
    assert snasnet_costs(costs_of(CIFAR, "ela"))[1] == 16


def snasnet_here(costs: CellCosts) -> CellNetwork:
    return CellNetwork((snasnet()[0],) * 2, costs.cells.macro)


@pytest.mark.parametrize("count", ["conv", "all"])
@pytest.mark.parametrize("crossbar_size", [64, 128])
def test_both_sides_are_counted_and_priced_alike(count: Count, crossbar_size: int) -> None:
    """At 16 bits, which both can have, SNASNet's network costs the same on either side."""
    given = costs_of(CIFAR)
    circuit = Circuit(crossbar_size, 4, 8)
    costs = replace(given, count=count, circuit=circuit, weight_bits=16)
    network = snasnet_here(costs)
    assert neuronas_costs(costs, network) == pytest.approx(dict(costs.priced(network)))
    theirs, _ = snasnet_costs(costs)
    assert theirs["latency_s"] == pytest.approx(costs.priced(network)["latency_s"])
    assert theirs["energy_j"] == pytest.approx(2 * costs.priced(network)["energy_j"])
    assert theirs["n_parameters"] == network.n_parameters(count)
    assert (theirs != snasnet_costs(given)[0]) == ((count, crossbar_size) != ("conv", 64))


def test_the_other_device_prices_both_sides_too() -> None:
    given = replace(costs_of(CIFAR), weight_bits=16)
    costs = replace(given, chip=replace(given.chip, devices=("sram_1b_neurosim_2019",)))
    network = snasnet_here(costs)
    assert neuronas_costs(costs, network) == pytest.approx(dict(costs.priced(network)))
    assert neuronas_costs(costs, network) != neuronas_costs(given, network)
