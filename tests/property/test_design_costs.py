"""Laws of what a design costs."""

from dataclasses import replace

import noc_applications
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from async_sim.application import Application
from async_sim.design_costs import DesignCosts, costs_of, design_energy, total
from async_sim.elements import bits_of, memory_bits, most_destinations
from async_sim.energy import area_m2, energy_of
from async_sim.execution import execute, figures
from async_sim.hardware import Hardware, laid_out
from async_sim.layer_figures import layer_energy_aj, layer_figures, layer_step_ps
from async_sim.mesh import Mesh
from async_sim.silicon import Silicon, memory, router_parts
from async_sim.timing import ROUTER
from configs import catalog

FEW = settings(max_examples=30, deadline=None)
Case = tuple[Application, Hardware]


def whole(costs: DesignCosts) -> Silicon:
    return total(costs.parts.values())


def costs_no_less(application: Application, larger: Hardware, smaller: Hardware) -> bool:
    """Whether one design has at least the area and the leakage of another."""
    one, other = (whole(costs_of(application, hardware)) for hardware in (larger, smaller))
    return one.area_um2 >= other.area_um2 and one.leakage_pw >= other.leakage_pw


def on(mesh: Mesh, hardware: Hardware, **changed: object) -> Hardware:
    """A design with its cores in a row on a mesh that may be larger."""
    cores = changed.get("cores", hardware.cores)
    nodes = tuple(range(sum(cores)))  # type: ignore[arg-type]
    return replace(hardware, mesh=mesh, nodes=nodes, **changed)  # type: ignore[arg-type]


@FEW
@given(noc_applications.DESIGNS)
def test_deeper_fifos_and_more_channels_cost_more(case: Case) -> None:
    application, hardware = case
    for name in ("depth", "n_channels"):
        more = replace(hardware, **{name: getattr(hardware, name) + 1})
        assert costs_no_less(application, more, hardware)
        assert not costs_no_less(application, hardware, more)


@FEW
@given(noc_applications.DESIGNS, st.integers(0, 5))
def test_more_cores_cost_more(case: Case, layer: int) -> None:
    application, hardware = case
    layer %= len(hardware.cores)
    mesh = Mesh(9, 15)
    small = on(mesh, hardware)
    if hardware.cores[layer] < application.layer_sizes[layer]:
        cores = [n + (i == layer) for i, n in enumerate(hardware.cores)]
        more = on(mesh, hardware, cores=tuple(cores))
        assert costs_no_less(application, more, small)
        assert not costs_no_less(application, small, more)


@FEW
@given(noc_applications.DESIGNS)
def test_a_larger_mesh_or_larger_cores_cost_more(case: Case) -> None:
    application, hardware = case
    mesh = Mesh(9, 15)
    assert costs_no_less(application, on(mesh, hardware), hardware)
    roomy = replace(hardware, neurons_per_core=2 * hardware.neurons_per_core)
    assert costs_no_less(application, roomy, hardware)
    assert not costs_no_less(application, hardware, roomy)


@FEW
@given(noc_applications.DESIGNS)
def test_where_cores_sit_and_who_goes_first_costs_no_area(case: Case) -> None:
    application, hardware = case
    other = replace(
        hardware, nodes=hardware.nodes[::-1], arbitration="fixed", routing="yx", dealing="in-order"
    )
    assert costs_of(application, other) == costs_of(application, hardware)


@FEW
@given(noc_applications.DESIGNS)
def test_area_and_energy_are_the_sums_of_their_parts(case: Case) -> None:
    application, hardware = case
    costs, run = costs_of(application, hardware), execute(application, hardware)
    parts = [*costs.routers.values(), *(one for layer in costs.layers for one in layer.values())]
    assert whole(costs).area_um2 == sum(one.area_um2 for one in parts)
    assert whole(costs).leakage_pw == sum(one.leakage_pw for one in parts)
    energy, found = design_energy(application, hardware, run), figures(application, hardware, run)
    assert found["area_m2"] == sum(one.area_um2 for one in parts) / 1e12
    assert found["energy_j"] == sum(energy.parts_aj.values()) / 1e18 / application.n_samples
    assert all(isinstance(aj, int) for aj in energy.parts_aj.values())
    leaked = energy.parts_aj["leakage of routers"] + energy.parts_aj["leakage of elements"]
    assert 0 <= whole(costs).leakage_pw * run.latency_ps / 1e6 - leaked < 2


@FEW
@given(noc_applications.DESIGNS)
def test_layers_share_all_of_the_energy_and_the_last_of_them_ends_a_step(case: Case) -> None:
    application, hardware = case
    run = execute(application, hardware)
    aj = layer_energy_aj(application, hardware, run)
    assert sum(aj) == design_energy(application, hardware, run).total_aj
    assert min(aj) > 0
    done_ps = layer_step_ps(application, hardware, run)
    assert done_ps.max(axis=1).tolist() == run.step_ps.tolist()
    found = layer_figures(application, hardware, run)
    assert [one.name for one in found] == list(application.layer_names)
    energy_j = figures(application, hardware, run)["energy_j"]
    assert sum(one.energy_j for one in found) == pytest.approx(energy_j, rel=1e-12)


@FEW
@given(noc_applications.DESIGNS)
def test_published_buffers_have_the_published_figures(case: Case) -> None:
    application, hardware = case
    published = replace(hardware, depth=8, n_channels=4)
    run, costs = execute(application, published), costs_of(application, published)
    parts = design_energy(application, published, run).parts_aj
    assert parts["leakage of routers"] == energy_of(run).parts_aj["leakage"]
    assert total(costs.routers.values()).area_um2 / 1e12 == area_m2(run)


def test_slots_and_channels_are_no_more_than_the_whole_router() -> None:
    smallest, published = (total(router_parts(*size).values()) for size in ((1, 1), (8, 4)))
    assert 0 < smallest.area_um2 < published.area_um2
    assert 0 < smallest.leakage_pw < published.leakage_pw
    buffers = catalog.read("router", ROUTER)["buffers"]
    assert (buffers["depth"], buffers["n_channels"]) == (8, 4)


def test_a_core_has_the_memories_that_its_room_implies() -> None:
    """24 inputs on 3 cores of 8, 17 neurons on 3, 9 on 2, 4 on 1: a mesh of 3 x 3."""
    application = noc_applications.dense()
    hardware = laid_out(application, 8)
    entry = 2 + 2 + 2 + bits_of(17)
    assert memory_bits(application, hardware, 1) == {
        "weights": 8 * 24 * 8,
        "neurons": 8 * 32,
        "destinations": 8 * 2 * entry,
    }
    assert memory_bits(application, hardware, 0)["weights"] == 0
    assert memory_bits(application, hardware, 3)["destinations"] == 0
    assert memory(100).area_um2 == 775  # 4.65 um2 a cell, of 60 % of the memory


def test_convolutions_share_kernels_and_two_links_share_destinations() -> None:
    """Layer 2 has 5x5 kernels on 4 channels, and a shortcut, which stores none."""
    application = noc_applications.shortcuts()
    hardware = laid_out(application, 16)
    assert memory_bits(application, hardware, 2)["weights"] == 8 * 4 * 25 * 4
    # to layer 2 by convolution and shortcut: all of its 9 cores; one of layer 3
    assert most_destinations(application, hardware, 1) == 9 + 1
    assert [bits_of(n) for n in (1, 2, 3, 4, 5, 1024, 1025)] == [0, 1, 2, 2, 3, 10, 11]


def test_a_run_of_another_design_is_refused() -> None:
    application = noc_applications.dense()
    one, other = (laid_out(application, 8, depth=depth) for depth in (4, 5))
    run = execute(application, one)
    with pytest.raises(ValueError, match="another design"):
        figures(application, other, run)
    with pytest.raises(ValueError, match="another design"):
        layer_figures(application, other, run)
