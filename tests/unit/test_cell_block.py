"""Cells whose edges carry spikes: what they fire, and which links their spikes travel along."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from recorded import fired
from torch import nn
from torch.nn import functional

from async_sim.connections import Connection
from envs.spike_application import connection_of
from snn import neurons
from snn.block import block
from snn.block_modules import BlockModule, BlockModules, stage_module
from snn.block_network import BlockNetwork, Stage
from snn.block_recording import record_spikes
from snn.cell_block import NEURON, cell_name
from snn.cell_modules import CellModule
from snn.cells import EDGES, Cell
from snn.spike_graph import Feed

CHANNELS, SIDE, N_IMAGES, N_TIMESTEPS = 3, 6, 4, 5
SHAPE = (SIDE, SIDE, CHANNELS)
LETTERS = {"c": "conv3x3", "o": "conv1x1", "s": "skip", "a": "avgpool3x3", "z": "zeroize"}
IMAGES = torch.rand(N_IMAGES, 2, SIDE, SIDE, generator=torch.Generator().manual_seed(0))
CELLS = ("cssssc", "casaoc", "cascaa", "szczsa", "cazosz", "zcszzs")


def operations(letters: str) -> tuple[str, ...]:
    return tuple(LETTERS[one] for one in letters)


def network(*cells: str) -> BlockNetwork:
    """Cells with reductions between them, behind a stem and before a classifier."""
    stages = [Stage(cell_name(operations(cells[0])))]
    for i, one in enumerate(cells[1:], 1):
        stages += [Stage("reduction", CHANNELS << i), Stage(cell_name(operations(one)))]
    stem = Stage("conv3", CHANNELS)
    return BlockNetwork((SIDE, SIDE, 2), stem, tuple(stages), (), 2, 3, N_TIMESTEPS, NEURON)


def wake(module: nn.Module) -> None:
    """Have all neurons something to say."""
    for one in module.modules():
        if isinstance(one, nn.BatchNorm2d):
            nn.init.constant_(one.bias, 0.5)


@cache
def lively(*cells: str) -> BlockModules:
    """A network that has learnt nothing, at rest with statistics of its own."""
    module = network(*cells).build(torch.Generator().manual_seed(0))
    wake(module)
    nn.init.normal_(module.classifier.linear.weight, 0.1, 0.6)  # type: ignore[arg-type]
    with torch.no_grad():
        for _ in range(30):
            module.train()(IMAGES)
    return module.eval()


@torch.no_grad()
def brought(module: BlockModules, feed: Feed, spikes: torch.Tensor) -> torch.Tensor:
    """What a link brings, worked out from its kind; (T, B, C, H, W) of spikes."""
    if feed.kind == "identity":
        return spikes
    if feed.kind == "average":
        channels = spikes.shape[2]
        ones = torch.ones(channels, 1, feed.kernel, feed.kernel) / feed.kernel**2
        flat = spikes.flatten(0, 1)
        mean = functional.conv2d(flat, ones, padding=feed.padding, groups=channels)
        return mean.unflatten(0, spikes.shape[:2])  # type: ignore[no-untyped-call,no-any-return]
    return torch.as_tensor(module.get_submodule(feed.name)(spikes))


def potential(values: torch.Tensor) -> NDArray[np.bool_]:
    """H = V / 4 + x, fires from 1 on, then rests at 0, written out; (T, ...)."""
    held, spikes = torch.zeros_like(values[0]), []
    for value in values:
        held = held - held / NEURON.tau + value
        spikes.append(held >= 1)
        held = held * ~spikes[-1]
    return torch.stack(spikes).numpy()


@pytest.mark.parametrize("cells", [(one,) for one in CELLS] + [("casaoc", "szczsa")])
def test_what_the_links_bring_makes_neurons_fire_as_recorded(cells: tuple[str, ...]) -> None:
    module = lively(*cells)
    record = record_spikes(module, IMAGES)
    assert record.n_timesteps == N_TIMESTEPS
    for target, layer in enumerate(record.graph.layers[1:-1], 1):
        total: torch.Tensor | float = 0.0
        for feed in layer.feeds:
            source = torch.from_numpy(fired(record, feed.source)).float()
            steps = source.unflatten(0, (N_IMAGES, N_TIMESTEPS))  # type: ignore[no-untyped-call]
            total = total + brought(module, feed, steps.permute(1, 0, 4, 2, 3))
        assert isinstance(total, torch.Tensor)
        own = potential(total).transpose(1, 0, 3, 4, 2)  # (B, T, H, W, C)
        assert np.array_equal(own.reshape(-1, *layer.shape), fired(record, target)), layer.name
        assert 0 < own.mean() < 1, layer.name


def drawn_spikes() -> torch.Tensor:
    drawn = torch.rand(
        N_TIMESTEPS, N_IMAGES, CHANNELS, SIDE, SIDE, generator=torch.Generator().manual_seed(1)
    )
    return (drawn < 0.4).float()


@pytest.mark.parametrize("cell", ["cccccc", "czzczc", "ocooco"])
@torch.no_grad()
def test_a_cell_of_convolutions_fires_what_neuronas_fires(cell: str) -> None:
    """Its neurons stand behind the sums there, before each convolution here."""
    built = stage_module(Stage(cell_name(operations(cell))), SHAPE, network(cell))
    theirs = CellModule(
        Cell(operations(cell)),
        CHANNELS,
        lambda threshold: neurons.spiking_neuron(NEURON, threshold),
    )
    for i, j in EDGES:
        if LETTERS[cell[EDGES.index((i, j))]] != "zeroize":
            ours = built.get_submodule(f"convolution{i}{j}")
            weight = ours.get_submodule("convolution").weight
            nn.init.kaiming_uniform_(weight, generator=torch.Generator().manual_seed(10 * i + j))  # type: ignore[arg-type]
            edge = theirs.get_submodule(f"{i}{j}")
            edge.load_state_dict(ours.state_dict(), strict=False)
    for one in (built, theirs):
        wake(one)
    values = 2 * drawn_spikes()  # neurons that see 2 or 0 fire or do not, and forget it
    out = theirs(values)
    expected = neurons.spiking_neuron(NEURON, 1.0)(out)
    assert torch.equal(built(values / 2), expected)
    assert 0 < expected.mean() < 1


@pytest.mark.parametrize(
    ("cell", "n_layers"),
    [("ssssss", 0), ("szzszs", 0), ("cssssc", 3), ("czszsz", 2), ("czzszs", 1)],
)
@torch.no_grad()
def test_a_node_that_only_passes_spikes_on_needs_no_neurons(cell: str, n_layers: int) -> None:
    found = block(cell_name(operations(cell)))
    assert len(found.layers(SHAPE, CHANNELS)) == n_layers
    built = stage_module(Stage(found.name), SHAPE, network(cell)).eval()
    for one in built.parameters():
        nn.init.normal_(one, 0.3, 0.5, generator=torch.Generator().manual_seed(2))
    spikes = drawn_spikes()
    assert torch.equal(built(spikes), every_node(built, operations(cell), spikes))


def every_node(built: BlockModule, of: tuple[str, ...], spikes: torch.Tensor) -> torch.Tensor:
    """A cell in which each node has neurons, whatever they take."""
    nodes = [spikes]
    for target in (1, 2, 3):
        total = torch.zeros_like(spikes)
        for source in range(target):
            name = of[EDGES.index((source, target))]
            if name.startswith("conv") and f"{source}{target}" in str(dict(built.named_modules())):
                total = total + built.get_submodule(f"convolution{source}{target}")(nodes[source])
            elif name == "skip":
                total = total + nodes[source]
        nodes.append(torch.from_numpy(potential(total)).float())
    return nodes[-1]


def test_edges_are_links_of_their_kind() -> None:
    layers = block(cell_name(operations("cszoza"))).layers(SHAPE, CHANNELS)
    assert [(layer.name, layer.feeds) for layer in layers] == [
        ("neuron1", (Feed(0, "convolution", "convolution01", 3, 1),)),
        ("neuron2", (Feed(0, "identity"), Feed(1, "convolution", "convolution12", 1, 0))),
        ("neuron3", (Feed(2, "average", "", 3, 1),)),
    ]


def test_edges_that_lead_nowhere_are_left_out() -> None:
    layers = block(cell_name(operations("cozczc"))).layers(SHAPE, CHANNELS)
    assert [layer.name for layer in layers] == ["neuron1", "neuron2", "neuron3"]
    dead = block(cell_name(operations("cosczz"))).layers(SHAPE, CHANNELS)
    assert dead == ()  # only the skip from input to output is left


def test_a_spike_reaches_the_places_that_an_average_sees() -> None:
    (link,) = (one for one in network("azzzsz").graph.links if one.kind == "average")
    groups = connection_of(link).groups()
    assert connection_of(link) == Connection("average", SHAPE, CHANNELS, 3, 1, 1)
    for neuron in (0, 20, SIDE * SIDE * CHANNELS - 1):
        seen = torch.zeros(1, SIDE, SIDE, CHANNELS)
        seen.view(-1)[neuron] = 1
        mean = functional.avg_pool2d(seen.permute(0, 3, 1, 2), 3, 1, 1).permute(0, 2, 3, 1)
        fed = groups.target[groups.start[neuron] : groups.start[neuron + 1]]
        assert groups.group[neuron] == neuron
        assert sorted(fed.tolist()) == mean.flatten().nonzero().flatten().tolist()


@torch.no_grad()
def test_a_reduction_of_neuronas_is_a_4x4_convolution_of_stride_2() -> None:
    """The kernel is the mean of the 3x3 one at the four places of a window."""
    kernel = torch.rand(5, CHANNELS, 3, 3, generator=torch.Generator().manual_seed(0))
    spikes = drawn_spikes().flatten(0, 1)
    wanted = functional.avg_pool2d(functional.conv2d(spikes, kernel, padding=1), 2)
    whole = sum(functional.pad(kernel, (x, 1 - x, y, 1 - y)) / 4 for x in (0, 1) for y in (0, 1))
    (layer,) = block("reduction").layers(SHAPE, 5)
    (feed,) = layer.feeds
    assert isinstance(whole, torch.Tensor)
    ours = functional.conv2d(spikes, whole, stride=feed.stride, padding=feed.padding)
    assert layer.shape == (3, 3, 5)
    assert whole.shape[-1] == feed.kernel
    torch.testing.assert_close(ours, wanted)


def test_a_network_of_cells_is_read_back_from_its_plain_data() -> None:
    made = network("casaoc", "szczsa")
    assert BlockNetwork.of(made.plain()) == replace(made)
    module = made.build(torch.Generator())
    assert tuple(module.spiking_layers) == made.graph.layer_names
    assert sum(one.numel() for one in module.parameters()) == made.n_parameters


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("cell:zeroize,zeroize,zeroize,skip,skip,skip", "nothing gets through from its input"),
        ("cell:conv3x3@0.5,skip,skip,skip,skip,skip", "no spikes go through conv3x3@0.5; allowed"),
        ("cell:conv3x4,skip,skip,skip,skip,skip", "did you mean 'conv"),
        ("cell:skip,skip", r"a cell needs 6 operations .*, got 2"),
        ("cel:skip", "no block called 'cel:skip'"),
    ],
)
def test_a_cell_that_cannot_be_is_one_line(name: str, told: str) -> None:
    with pytest.raises(ValueError, match=told) as refused:
        Stage(name)
    assert "\n" not in str(refused.value)
