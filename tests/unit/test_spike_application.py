"""Recorded spikes of a network of blocks as what the simulator runs."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import torch

from async_sim.execution import execute, figures
from async_sim.hardware import laid_out
from envs.spike_application import Element, application_of_record, connection_of
from snn.block_network import BlockNetwork, Stage
from snn.block_recording import record_spikes
from snn.spike_graph import SpikeRecord
from snn.spikes import SpikeTrace
from snn.supernet import Supernet

ELEMENT: Element = {"update_ps": 5, "decode_ps": 6, "synapse_ps": 7, "weight_bits": 8}


@cache
def recorded(*blocks: str) -> SpikeRecord:
    network = Supernet.preset("digits").network(blocks)
    module = network.build(torch.Generator().manual_seed(0))
    images = torch.rand(2, 1, 8, 8, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        for _ in range(20):  # statistics of BatchNorm, so that neurons fire
            module.train()(images)
    return record_spikes(module, images)


def test_every_spike_and_every_link_is_there() -> None:
    record = recorded("scb3", "srb5", "skip")
    application = application_of_record("net", record, ELEMENT)
    assert application.trace is record.trace
    assert application.n_samples == 2
    assert application.layer_sizes == record.graph.layer_sizes
    assert [(one.source, one.target) for one in application.links] == [
        (one.source, one.target) for one in record.graph.links
    ]
    assert (application.update_ps, application.weight_bits) == (5, 8)


def test_a_shortcut_feeds_each_neuron_its_own_counterpart() -> None:
    graph = recorded("srb3", "scb5", "skip").graph
    (shortcut,) = (one for one in graph.links if one.kind == "identity")
    groups = connection_of(shortcut).groups()
    assert (groups.target == np.arange(8 * 8 * 16)).all()


def test_a_convolution_feeds_what_the_built_one_sees() -> None:
    """A single spike through torch's convolution of ones reaches exactly the targets."""
    link = next(one for one in recorded("srb3", "scb5", "skip").graph.links if one.kernel == 5)
    height, width, channels = link.shape
    ones = torch.ones(link.out_shape[2], channels, 5, 5)
    groups = connection_of(link).groups()
    for neuron in (0, 77, height * width * channels - 1):
        seen = torch.zeros(1, height, width, channels)
        seen.view(-1)[neuron] = 1
        reached = torch.nn.functional.conv2d(
            seen.movedim(-1, 1), ones, stride=link.stride, padding=link.padding
        )
        expected = torch.nonzero(reached.movedim(1, -1).flatten())[:, 0].numpy()
        group = groups.group[neuron]
        assert (groups.target[groups.start[group] : groups.start[group + 1]] == expected).all()


def test_it_runs_on_hardware() -> None:
    application = application_of_record("net", recorded("srb3", "scb5", "skip"), ELEMENT)
    hardware = laid_out(application, 128)
    assert figures(application, hardware, execute(application, hardware))["edp_js"] > 0


def test_a_network_that_never_fires_is_refused() -> None:
    record = recorded("scb3", "srb5", "skip")
    nobody = np.zeros(0, np.int64)
    silent = replace(record, trace=SpikeTrace(record.trace.layer_sizes, 8, nobody, nobody))
    with pytest.raises(ValueError, match="net: no neuron ever fires"):
        application_of_record("net", silent, ELEMENT)


def test_a_pooling_of_other_windows_is_refused() -> None:
    network = BlockNetwork((8, 8, 1), Stage("conv3", 4), (Stage("max_pool"),), (), 1, 10, 2)
    (pooling,) = (one for one in network.graph.links if one.kind == "pooling")
    assert connection_of(pooling).out_shape == (4, 4, 4)
    with pytest.raises(ValueError, match="pools 2x2 places, not 3x3 with a stride of 2"):
        connection_of(replace(pooling, kernel=3))
