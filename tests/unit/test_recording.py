import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from async_sim import actors, compiled
from async_sim.connections import Groups
from async_sim.network import Network
from async_sim.placement import place
from async_sim.steps import simulate_steps, sink_fires
from async_sim.traffic import linked_fan_out, packets_of
from async_sim.workloads import Workload
from snn.cell_modules import build_cells
from snn.cell_network import CellNetwork
from snn.cells import Cell
from snn.digits import digits
from snn.links import NeuronGraph, neuron_graph
from snn.macro import Macro
from snn.recording import Recording, record

MACRO = Macro.preset("digits", channels=4, hidden_features=16, timesteps=3)
CHAIN = Cell.of((1, 0, 0, 1, 0, 1), "neuronas")
FEEDBACK = Cell(("conv3x3",) * 5 + ("zeroize",), ("zeroize",) * 5 + ("conv3x3",))


def recorded(*cells: Cell) -> Recording:
    """Five digits, by a network that has learnt nothing but whose neurons all have much to say."""
    generator = torch.Generator().manual_seed(0)
    module = build_cells(CellNetwork(cells, MACRO), generator)
    for one in module.modules():
        if isinstance(one, torch.nn.BatchNorm2d):
            one.momentum = None  # type: ignore[assignment]  # the mean over all batches
            torch.nn.init.constant_(one.bias, 0.5)
    torch.nn.init.normal_(module.head.hidden.weight, 0.1, 0.3, generator=generator)
    dataset = digits()
    with torch.no_grad():
        module(dataset.train_images[:256])
    found = record(module.eval(), dataset.test_images[:5])
    assert all(0.01 < rate < 0.9 for rate in found.rates.values())
    return found


@pytest.fixture(scope="module")
def recording() -> Recording:
    return recorded(CHAIN, CHAIN)


def test_a_recording_leaves_the_logits_and_the_network_as_they_were(recording: Recording) -> None:
    assert torch.equal(recording.logits, recording.module(recording.images))
    assert not any(layer._forward_hooks for layer in recording.module.modules())


def test_every_layer_of_neurons_is_recorded_in_every_step(recording: Recording) -> None:
    graph = neuron_graph(recording.module.network)
    sizes = {layer.name: layer.n_neurons for layer in graph.layers[:-1]}
    assert {name: one.shape for name, one in recording.spikes.items()} == {
        name: (3, 5, n) for name, n in sizes.items()
    }


def test_steps_of_a_feedback_cell_are_recorded_one_after_the_other() -> None:
    spikes = recorded(FEEDBACK).spikes
    assert {one.shape[:2] for one in spikes.values()} == {(3, 5)}
    assert "cells.0.32.neuron" in spikes


def test_neurons_are_in_row_column_channel_order(recording: Recording) -> None:
    module, seen = recording.module, []
    layer = module.neuron_layers["cells.0.01.neuron"]
    hook = layer.register_forward_hook(lambda _m, _i, output: seen.append(output))
    module(recording.images)
    hook.remove()
    t, image, channel, y, x = seen[0].nonzero()[7].tolist()
    assert recording.spikes["cells.0.01.neuron"][t, image, (y * 8 + x) * 4 + channel]


def test_a_trace_has_the_spikes_of_one_image(recording: Recording) -> None:
    traces = [recording.trace(i) for i in range(5)]
    total = sum(len(trace.neuron) for trace in traces) / 5
    assert total == pytest.approx(recording.n_spikes_per_image)
    assert traces[0].layer_sizes == neuron_graph(recording.module.network).layer_sizes
    assert len({len(trace.neuron) for trace in traces}) > 1
    with pytest.raises(ValueError, match="no image 5; the batch has 5"):
        recording.trace(5)


def test_a_layers_density_is_the_rate_of_the_neurons_before_it(recording: Recording) -> None:
    found = {one.name: one.density_ratio for one in recording.statistics()}
    rates = recording.rates
    assert found["cells.0.01"] == rates["cells.0.01.neuron"] > 0
    assert found["reductions.0"] == rates["reductions.0.spiking.neuron"]
    assert found["hidden"] == rates["head.neuron"]
    assert found["classifier"] == rates["head.hidden_neuron"]
    assert 0.1 < found["stem"] < 0.5  # digits are mostly black: see configs/activity


def test_the_density_of_pixels_is_the_share_of_ones_among_their_bits(recording: Recording) -> None:
    grey = record(recording.module, torch.full((2, 1, 8, 8), 0.5))  # 1000 0000 of 8 bits
    assert grey.statistics()[0].density_ratio == 1 / 8


def test_the_density_of_the_first_linear_layer_is_the_mean_of_what_it_takes(
    recording: Recording,
) -> None:
    module, seen = recording.module, []
    hook = module.head.hidden.register_forward_hook(lambda _m, taken, _o: seen.append(taken[0]))
    module(recording.images)
    hook.remove()
    (hidden,) = [one for one in recording.statistics() if one.name == "hidden"]
    assert float(seen[0].detach().mean()) == pytest.approx(hidden.density_ratio, rel=1e-5)


def test_a_uniform_weight_has_the_deviation_of_uniform_weights(recording: Recording) -> None:
    fresh = build_cells(recording.module.network, torch.Generator().manual_seed(0))
    by_name = {
        one.name: one.weight_sigma_ratio for one in record(fresh, recording.images).statistics()
    }
    assert by_name["cells.1.12"] == pytest.approx(3**-0.5, abs=0.03)


def links_of(graph: NeuronGraph) -> list[tuple[int, int, Groups]]:
    return [
        (link.source, link.target, Groups.of(math.prod(link.shape), link.targets()))
        for link in graph.links
    ]


def test_a_run_of_real_digits_moves_through_the_simulator(recording: Recording) -> None:
    """Every spike reaches every core that holds a neuron it feeds; the engines agree."""
    graph, trace = neuron_graph(recording.module.network), recording.trace(0)
    placement = place(graph.layer_sizes, 256)
    fan = linked_fan_out(graph.layer_sizes, links_of(graph), placement)
    packets = packets_of(trace, placement, fan, 1000, 4)
    neurons = np.bincount(placement.neuron_node, minlength=placement.mesh.n_nodes)
    workload = Workload("digits", placement.mesh, tuple(packets), 1000, neurons, placement.node)
    network = Network(placement.mesh)
    runs = [simulate_steps(network, workload, one.simulate) for one in (compiled, actors)]
    assert runs[0].digests == runs[1].digests
    n_copies = int(np.diff(fan.start)[trace.neuron].sum())
    assert sink_fires(runs[0].results) == n_copies > 1000


def test_a_spike_has_as_many_synapses_as_its_links_say(recording: Recording) -> None:
    graph = neuron_graph(recording.module.network)
    placement = place(graph.layer_sizes, 64)
    fan = linked_fan_out(graph.layer_sizes, links_of(graph), placement)
    expected = sum(len(s) * len(t) for link in graph.links for s, t in link.targets())
    assert fan.n_synapses.sum() == expected


def test_a_longer_run_begins_like_a_shorter_one(recording: Recording) -> None:
    """Neurons do not look ahead."""
    module = recording.module
    longer = build_cells(
        replace(module.network, macro=replace(MACRO, timesteps=5)), torch.Generator()
    )
    longer.load_state_dict(module.state_dict())
    spikes = record(longer.eval(), recording.images).spikes
    assert all(torch.equal(spikes[name][:3], one) for name, one in recording.spikes.items())
