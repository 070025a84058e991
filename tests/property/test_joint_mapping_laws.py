"""Laws of a network on cores of crossbars, however it is spread: every move, from scratch."""

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from async_sim.application import Application
from async_sim.hardware import Hardware, laid_out
from envs.ancoef_design import choices_of, hardware_of
from envs.joint_cores import CrossbarChip, NetworkWork, Stored, core_works
from envs.joint_inner_settings import InnerMappingSettings
from envs.joint_mapping import MappedNetwork, rates_of
from envs.joint_two_level import MappingNeighbourhood
from envs.moves.families import moves_named
from envs.spike_application import application_of_record
from hwmodels.chip import Circuit
from hwmodels.devices import load_device
from snn.block_network import BlockNetwork, Stage
from snn.spike_graph import SpikeRecord
from snn.spikes import generated

FEW = settings(max_examples=15, deadline=None)
CHIP = CrossbarChip(load_device("rram_4b_zhao_iedm_2017"), Circuit(64, 4, 8), None, "physical")
GRAPH = BlockNetwork(
    (8, 8, 1), Stage("conv3", 8), (Stage.of("srb3 16"), Stage.of("max_pool")), (), 4, 10, 2
).graph
STORED = {layer.name: Stored(4, 0.2) for layer in GRAPH.layers}
ELEMENT = {"update_ps": 5000, "decode_ps": 2000, "synapse_ps": 2000, "weight_bits": 1}
SETTINGS = InnerMappingSettings().ancoef
MOVES = moves_named(SETTINGS.moves, SETTINGS.limits.as_limits())


def network(seed: int) -> MappedNetwork:
    sizes = GRAPH.layer_sizes
    rates = tuple(0.05 * (i + 1) for i in range(len(sizes)))
    trace = generated(sizes, rates, 2, np.random.default_rng(seed))
    plain = application_of_record("joint", SpikeRecord(GRAPH, trace, 1), ELEMENT)  # type: ignore[arg-type]
    return MappedNetwork(plain, NetworkWork(GRAPH, rates_of(plain), STORED, 8), CHIP)


def from_scratch(plain: Application, hardware: Hardware) -> Application:
    """Figures of the fullest core of each layer, by the core of each neuron on the mesh."""
    core = np.split(hardware.placement(plain).core, plain.trace.layer_starts[1:-1])
    works = core_works(GRAPH, core, rates_of(plain), STORED, 8)
    return replace(plain, cores=tuple(None if one is None else one.figures(CHIP) for one in works))


def walk(made: MappedNetwork, seed: int, n: int) -> list[Hardware]:
    start = laid_out(made.plain, 128)
    moves = MappingNeighbourhood(made.plain, start, MOVES, made)
    random, designs = np.random.default_rng(seed), [start]
    for _ in range(n):
        possible = np.flatnonzero(moves.possible(designs[-1]))
        designs.append(moves.after(int(random.choice(possible)), designs[-1], random))
    return designs


@FEW
@given(st.integers(0, 99), st.integers(0, 2**32 - 1))
def test_what_cores_take_after_any_moves_is_what_it_is_from_scratch(spikes: int, seed: int) -> None:
    made = network(spikes)
    for hardware in walk(made, seed, 12):
        again = from_scratch(made.plain, hardware)
        assert made.application_on(hardware).cores == again.cores


@FEW
@given(st.integers(0, 2**32 - 1))
def test_a_mapping_told_by_its_choices_takes_the_same_in_a_network_made_anew(seed: int) -> None:
    made = network(0)
    last = walk(made, seed, 6)[-1]
    other = network(0)
    assert other.metrics(hardware_of(choices_of(last), other.plain)) == made.metrics(last)
