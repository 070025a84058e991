"""What a core of crossbars has to compute, and what the simulator is told of it."""

import numpy as np
import pytest

from async_sim.dealing import dealt
from async_sim.silicon import router_parts
from envs.joint_cores import PREFIX, CoreWork, CrossbarChip, Stored, core_works
from envs.joint_shares import SHARE_OF
from hwmodels.chip import Circuit
from hwmodels.devices import load_device
from hwmodels.workload import load_activity
from snn.block_network import BlockNetwork, Stage
from snn.spike_graph import SpikeGraph

CHIP = CrossbarChip(load_device("rram_4b_zhao_iedm_2017"), Circuit(64, 4, 8), None, "physical")


def network(*stages: str) -> SpikeGraph:
    """Behind a stem of 16 channels on images of 8x8."""
    made = tuple(Stage.of(one) for one in stages)
    return BlockNetwork((8, 8, 1), Stage("conv3", 16), made, (), 10, 10, 4).graph


def works(
    graph: SpikeGraph, room: int, dealing: str = "in-order", rate: float = 0.1
) -> dict[str, CoreWork | None]:
    cores = [dealt(np.arange(n) % 7, -(-n // room), dealing)[0] for n in graph.layer_sizes]
    stored = {layer.name: Stored(4, 0.2) for layer in graph.layers}
    rates = [rate * (i + 1) for i in range(len(graph.layers))]
    found = core_works(graph, cores, rates, stored, pixel_bits=8)
    return dict(zip(graph.layer_names, found, strict=True))


def shape(work: CoreWork | None) -> tuple[int, int, int]:
    assert work is not None
    return work.n_rows, work.n_positions, work.n_channels


def test_a_core_reads_each_of_its_places_on_all_channels() -> None:
    """1,024 neurons on cores of 128: 8 places of 16 channels, 3x3 x 1 and 3x3 x 16 inputs each."""
    found = works(network("scb3 16", "max_pool"), 128)
    assert shape(found["stem.neuron1"]) == (9, 8, 16)
    assert shape(found["stages.0.neuron1"]) == (144, 8, 16)
    assert shape(found["classifier.neuron"]) == (4 * 4 * 16, 1, 100)


def test_a_core_smaller_than_a_place_has_some_of_its_channels() -> None:
    found = works(network("scb3 16"), 8)
    assert shape(found["stages.0.neuron1"]) == (144, 1, 8)


def test_pooling_has_no_crossbars() -> None:
    found = works(network("max_pool"), 128)
    assert [work is None for work in found.values()] == [False, True, False]


def test_a_weighted_shortcut_shares_columns_and_one_without_weights_takes_none() -> None:
    widening, keeping = works(network("srb3 32"), 512), works(network("srb3 16"), 512)
    assert shape(widening["stages.0.neuron2"])[0] == 9 * 32 + 16
    assert shape(keeping["stages.0.neuron2"])[0] == 9 * 16


def test_neurons_dealt_by_load_are_at_more_places() -> None:
    graph = network("scb3 16")
    in_order, by_load = works(graph, 128), works(graph, 128, "by-load")
    name = "stages.0.neuron1"
    assert shape(by_load[name])[1] > shape(in_order[name])[1]


def test_the_stem_reads_pixels_and_the_rest_the_spikes_of_the_layer_before() -> None:
    found = works(network("srb3 32"), 512)
    stem, last = found["stem.neuron1"], found["stages.0.neuron2"]
    assert stem is not None
    assert last is not None
    assert (stem.input_bits, last.input_bits) == (8, 1)
    assert stem.density_ratio == load_activity(is_first=True).density_ratio
    assert last.density_ratio == pytest.approx((9 * 32 * 0.2 + 16 * 0.1) / (9 * 32 + 16))


def test_figures_are_those_of_the_estimate_part_by_part() -> None:
    work = CoreWork("layer", 144, 8, 16, 1, 0.1, Stored(4, 0.2))
    cost, figures = work.estimate(CHIP), work.figures(CHIP)
    energies = {f"{PREFIX}{name}": round(1e18 * e) for name, e in cost.energy_parts_j().items()}
    del energies[f"{PREFIX}leakage"]
    assert figures.sweep_aj == energies
    assert figures.silicon[f"{PREFIX}leakage"].leakage_pw == round(1e12 * cost.leakage_w)
    areas = {f"{PREFIX}{name}": round(1e12 * area) for name, area in cost.area_parts_m2.items()}
    assert {name: one.area_um2 for name, one in figures.silicon.items() if one.area_um2} == {
        name: area for name, area in areas.items() if area
    }


def test_a_core_that_cannot_be_built_is_named_with_its_layer() -> None:
    chip = CrossbarChip(CHIP.device, Circuit(16, 4, 8), None, "physical")
    with pytest.raises(ValueError, match=r"^layer: beyond what layouts"):
        CoreWork("layer", 144, 8, 16, 1, 0.1, Stored(4, 0.2)).figures(chip)


def test_whatever_a_router_is_made_of_is_the_routers_share() -> None:
    assert {SHARE_OF.get(name) for name in router_parts(2, 1)} == {"router"}
