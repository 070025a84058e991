"""Laws of cores of crossbars over a mesh: they are the cost model, and the simulator, alone."""

from dataclasses import replace

import noc_applications
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from async_sim.application import Application
from async_sim.core_figures import FREE, CoreFigures
from async_sim.design_costs import costs_of, design_energy, total
from async_sim.execution import execute, figures
from async_sim.hardware import Hardware
from async_sim.layer_figures import layer_energy_aj, layer_step_ps
from async_sim.mesh import Mesh
from async_sim.silicon import Silicon, fifo, router_parts
from envs.joint_cores import PREFIX, CoreWork, CrossbarChip, Stored
from envs.joint_shares import AREAS, ENERGIES, shares
from hwmodels.chip import Circuit
from hwmodels.devices import load_device
from snn.spikes import SpikeTrace, generated

DEVICES = ["rram_4b_zhao_iedm_2017", "rram_1b_neurosim_2019", "sram_1b_neurosim_2019"]
FEW = settings(max_examples=30, deadline=None)
WORKS = st.builds(
    CoreWork,
    st.just("layer0"),
    n_rows=st.integers(1, 300),
    n_positions=st.integers(1, 20),
    n_channels=st.integers(1, 40),
    input_bits=st.sampled_from([1, 8]),
    density_ratio=st.floats(0.0, 1.0),
    stored=st.builds(Stored, st.integers(2, 8), st.floats(0.05, 0.5)),
)
CIRCUITS = st.builds(
    Circuit,
    st.sampled_from([32, 64, 128]),
    st.integers(3, 6),
    st.sampled_from([4, 8, 16]),
)
CHIPS = st.builds(
    lambda name, circuit: CrossbarChip(load_device(name), circuit, None, "physical"),
    st.sampled_from(DEVICES),
    CIRCUITS,
)
PLAIN = [
    noc_applications.dense(n_samples=2),
    noc_applications.shortcuts(),
    noc_applications.cells(),
]
DESIGNS = st.builds(
    lambda application, seed: (
        application,
        noc_applications.design(application, np.random.default_rng(seed)),
    ),
    st.sampled_from(PLAIN),
    st.integers(0, 2**32 - 1),
)
OWN = CoreFigures(
    70_001,
    {f"{PREFIX}converter": 123_457, f"{PREFIX}buffer": 1_001, f"{PREFIX}cell": 17},
    {f"{PREFIX}converter": Silicon(1_003, 0), f"{PREFIX}leakage": Silicon(0, 5_003)},
)
Case = tuple[Application, Hardware]


def alone(work: CoreWork, chip: CrossbarChip, n_timesteps: int) -> Case:
    """One layer on one core on one node, that sends nothing to anybody."""
    size = work.n_positions * work.n_channels
    trace = generated((size,), (0.9,), n_timesteps, np.random.default_rng(0))
    if not len(trace.neuron):
        trace = SpikeTrace.from_dense([np.ones((n_timesteps, size), np.bool_)])
    application = Application(
        "alone", ("layer0",), (), trace, 1, 5000, 2000, 1000, 8, (work.figures(chip),)
    )
    room = 1 << (size - 1).bit_length()
    return application, Hardware(Mesh(1, 1), room, (1,), (0,))


@FEW
@given(WORKS, CHIPS, st.integers(1, 4))
def test_one_core_without_traffic_is_what_the_cost_model_says(
    work: CoreWork, chip: CrossbarChip, n_timesteps: int
) -> None:
    application, hardware = alone(work, chip, n_timesteps)
    run, cost = execute(application, hardware), work.estimate(chip)
    found = figures(application, hardware, run)
    assert found["latency_s"] == pytest.approx(
        n_timesteps * cost.latency_s, abs=n_timesteps * 1e-12
    )
    around = [total(router_parts(8, 4).values()), fifo(8, 4)]
    area_um2 = total(around).area_um2
    assert found["area_m2"] - area_um2 / 1e12 == pytest.approx(cost.area_m2, abs=8e-12)
    leaked_j = total(around).leakage_pw / 1e12 * found["latency_s"]
    expected_j = n_timesteps * cost.energy_j
    assert found["energy_j"] - leaked_j == pytest.approx(expected_j, rel=1e-4, abs=1e-17)
    moved = design_energy(application, hardware, run).parts_aj
    assert all(moved[name] == 0 for name in ("input units", "decoding", "synapses"))
    assert moved["neuron updates"] == 0


@FEW
@given(DESIGNS)
def test_free_cores_leave_the_mesh_alone(case: Case) -> None:
    application, hardware = case
    mesh_alone = replace(application, update_ps=0, synapse_ps=0)
    free = replace(application, cores=(FREE,) * len(application.layer_sizes))
    ours, theirs = execute(free, hardware), execute(mesh_alone, hardware)
    assert ours.step_ps.tolist() == theirs.step_ps.tolist()
    one, other = (
        design_energy(app, hardware, run).parts_aj
        for app, run in ((free, ours), (mesh_alone, theirs))
    )
    routers = ("input units", "switch allocators", "output units", "network interfaces")
    for name in (*routers, "decoding", "leakage of routers"):
        assert one[name] == other[name]
    assert one["synapses"] == one["neuron updates"] == 0
    kept = ("AER FIFOs", "destinations")
    for layer, plain in zip(
        costs_of(free, hardware).layers, costs_of(application, hardware).layers, strict=True
    ):
        assert layer == {name: plain[name] for name in kept}
    assert costs_of(free, hardware).routers == costs_of(application, hardware).routers


@FEW
@given(DESIGNS, st.integers(0, 2**6 - 1))
def test_energy_and_area_are_the_sums_of_their_parts_and_of_their_layers(
    case: Case, which: int
) -> None:
    application, hardware = case
    cores = tuple(OWN if which >> i & 1 else None for i in range(len(application.layer_sizes)))
    mixed = replace(application, cores=cores)
    run = execute(mixed, hardware)
    found, parts = figures(mixed, hardware, run), shares(mixed, hardware, run)
    assert sum(parts[name] for name in ENERGIES) == pytest.approx(found["energy_j"], rel=1e-12)
    assert sum(parts[name] for name in AREAS) == pytest.approx(found["area_m2"], rel=1e-12)
    energy = design_energy(mixed, hardware, run)
    assert sum(layer_energy_aj(mixed, hardware, run)) == energy.total_aj
    assert layer_step_ps(mixed, hardware, run).max(axis=1).tolist() == run.step_ps.tolist()
    n_own = sum(n for n, core in zip(hardware.cores, cores, strict=True) if core is not None)
    swept = len(run.step_ps) * n_own
    for name, aj in OWN.sweep_aj.items():
        assert energy.parts_aj.get(name, 0) == swept * aj
    n_updated = sum(n for n, one in zip(mixed.layer_sizes, cores, strict=True) if one is None)
    assert run.n_updates == len(run.step_ps) * n_updated
    if n_own:
        assert run.step_ps.min() >= OWN.sweep_ps


@FEW
@given(DESIGNS)
def test_a_core_that_sweeps_as_long_as_a_digital_one_sends_as_it_does(case: Case) -> None:
    application, hardware = case
    fullest = [-(-n // k) for n, k in zip(application.layer_sizes, hardware.cores, strict=True)]
    cores = tuple(replace(FREE, sweep_ps=n * application.update_ps) for n in fullest)
    swept = replace(application, cores=cores)
    runs = execute(swept, hardware), execute(application, hardware)
    for ours, theirs in zip(runs[0].packets, runs[1].packets, strict=True):
        assert ours.release_ps.tolist() == theirs.release_ps.tolist()
        assert ours.n_synapses.max(initial=0) == 0


@FEW
@given(WORKS, CHIPS, st.floats(1.0, 3.0))
def test_a_better_device_constant_never_raises_its_own_term(
    work: CoreWork, chip: CrossbarChip, factor: float
) -> None:
    device = chip.device
    cell = f"{PREFIX}cell"

    def with_(**changes: float) -> CoreFigures:
        return work.figures(replace(chip, device=replace(device, **changes)))

    plain = work.figures(chip)
    if device.kind != "sram":
        resistive = with_(
            on_resistance_ohm=factor * device.on_resistance_ohm,
            off_resistance_ohm=factor * device.off_resistance_ohm,
        )
        assert resistive.sweep_aj[cell] <= plain.sweep_aj[cell]
    gentle = with_(read_voltage_v=device.read_voltage_v / factor)
    assert gentle.sweep_aj[cell] <= plain.sweep_aj[cell]
    small = with_(cell_height_f_ratio=device.cell_height_f_ratio / factor)
    array = f"{PREFIX}crossbar"
    assert small.silicon[array].area_um2 <= plain.silicon[array].area_um2
    precise = replace(device, deviation_ratio=device.deviation_ratio / factor)
    bits = work.stored.bits
    assert precise.weight_deviation_ratio(bits) <= device.weight_deviation_ratio(bits)
