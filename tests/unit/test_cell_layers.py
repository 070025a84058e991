from dataclasses import replace

import pytest
import torch

from hwmodels.chip import Circuit, Estimate
from hwmodels.devices import load_device
from hwmodels.estimate import MODELS, estimate
from hwmodels.workload import Activity
from snn.cell_layers import layers_of, quantization_of
from snn.cell_modules import build_cells
from snn.cell_network import CellNetwork
from snn.cells import Cell
from snn.digits import digits
from snn.macro import Macro
from snn.recording import record

CIFAR10, TINY = Macro.preset("cifar10"), Macro.preset("tinyimagenet200")
CHAIN = Cell.of((1, 0, 0, 1, 0, 1), "neuronas")
SKIPS = Cell(("skip",) * 6)
DEVICE = load_device("rram_4b_zhao_iedm_2017")


def priced(network: CellNetwork, model: str, activities: list[Activity] | None = None) -> Estimate:
    layers = layers_of(network)
    return estimate(
        layers, quantization_of(layers, 8), DEVICE, Circuit(64, 4, 8), model=model,
        activities=activities, timesteps=network.macro.timesteps,
    )  # fmt: skip


@pytest.mark.parametrize("cells", [(CHAIN,), (CHAIN, SKIPS), (SKIPS, SKIPS), (SKIPS, CHAIN, CHAIN)])
@pytest.mark.parametrize("macro", [CIFAR10, TINY, Macro.preset("digits", head_pool=1)])
def test_the_chain_has_the_weights_and_operations_of_the_network(
    cells: tuple[Cell, ...], macro: Macro
) -> None:
    network = CellNetwork(cells, macro)
    layers = layers_of(network).layers
    assert [layer.name for layer in layers] == [part.name for part in network.parts]
    assert [layer.n_weights for layer in layers] == [part.n_weights for part in network.parts]
    macs = [layer.n_weights * layer.in_side**2 for layer in layers]
    assert macs == [part.n_macs for part in network.parts]


def test_linear_layers_can_be_left_out_as_the_papers_do() -> None:
    network = CellNetwork((CHAIN, CHAIN), CIFAR10)
    layers = layers_of(network, with_classifier=False)
    assert sum(layer.n_weights for layer in layers.layers) == network.n_parameters("conv")


def test_a_reduction_computes_all_positions_before_it_pools() -> None:
    layers = {one.name: one for one in layers_of(CellNetwork((CHAIN, CHAIN), CIFAR10)).layers}
    assert not any(layer.is_pooled for layer in layers.values())
    assert layers["reductions.0"].in_side == 32
    assert layers["cells.1.01"].in_side == 16


def test_quantization_has_the_sign_and_one_bit_per_spike() -> None:
    layers = layers_of(CellNetwork((CHAIN,), CIFAR10))
    assert set(quantization_of(layers, 4).weight_bits) == {4}
    assert set(quantization_of(layers, 4).activation_bits) == {1}
    with pytest.raises(ValueError, match="at least one bit"):
        quantization_of(layers, 1)


@pytest.mark.parametrize("model", [m for m in MODELS if not m.startswith("neurosim")])
def test_every_model_prices_a_network_with_its_measured_activity(model: str) -> None:
    network = CellNetwork((CHAIN, CHAIN), Macro.preset("digits"))
    module = build_cells(network, torch.Generator().manual_seed(0))
    measured = record(module, digits().test_images[:8]).statistics()
    activities = [Activity(one.density_ratio, one.weight_sigma_ratio) for one in measured]
    found = priced(network, model, activities)
    assert [layer.name for layer in found.layers] == [part.name for part in network.parts]
    assert min(found.area_m2, found.energy_j, found.latency_s) > 0


@pytest.mark.parametrize("model", ["neuronas", "ela", "physical"])
def test_another_convolution_costs_more(model: str) -> None:
    macro = Macro.preset("digits", channels=32)
    less, more = (
        priced(CellNetwork((CHAIN, cell), macro), model)
        for cell in (CHAIN, Cell(("conv3x3", "skip", "conv3x3", "conv3x3", "skip", "conv3x3")))
    )
    assert more.energy_j > less.energy_j
    assert more.latency_s > less.latency_s
    assert more.area_m2 >= less.area_m2


def test_more_spikes_cost_more() -> None:
    network = CellNetwork((CHAIN,), Macro.preset("digits"))
    few, many = (
        priced(network, "physical", [Activity(density, 0.5)] * len(network.parts))
        for density in (0.05, 0.3)
    )
    assert many.energy_j > few.energy_j


def test_more_time_steps_cost_more() -> None:
    network = CellNetwork((CHAIN,), Macro.preset("digits"))
    longer = replace(network, macro=replace(network.macro, timesteps=4))
    assert priced(longer, "neuronas").energy_j == pytest.approx(
        2 * priced(network, "neuronas").energy_j, rel=0.1
    )
