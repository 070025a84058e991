from dataclasses import replace

import pytest

from configs import catalog
from configs.catalog import UnknownNameError
from snn.block_network import BlockNetwork, Stage
from snn.macro import Neuron
from snn.spike_graph import IMAGE

PRESETS = [BlockNetwork.preset(name) for name in catalog.names("network")]
SMALL = BlockNetwork(
    (8, 6, 1), Stage.of("conv3 4"), (Stage.of("srb3 8"), Stage.of("max_pool")), (5,), 2, 3, 2
)


@pytest.mark.parametrize(
    ("name", "n_parameters"),
    [
        ("autosnn_16", 417_616),
        ("autosnn_32", 1_462_944),
        ("autosnn_64", 5_436_736),
        ("autosnn_128", 20_916_864),
        ("ancoef_net_16", 677_008),
        ("ancoef_net_64", 6_136_384),
        ("ancoef_net_128", 22_131_840),
    ],
)
def test_parameters_are_those_of_the_public_code(name: str, n_parameters: int) -> None:
    assert BlockNetwork.preset(name).n_parameters == n_parameters


@pytest.mark.parametrize(
    ("n", "n_weights", "macs"),
    [(16, 311_728, "30.6M"), (64, 4_982_464, "479.0M"), (128, 19_926_400, "1910.0M")],
)
def test_ancoef_nets_have_the_weights_and_macs_of_their_closed_forms(
    n: int, n_weights: int, macs: str
) -> None:
    network = BlockNetwork.preset(f"ancoef_net_{n}")
    assert network.n_convolution_weights == n_weights == 27 * n + 1216 * n**2
    assert f"{network.n_macs / 1e6:.1f}M" == macs


@pytest.mark.parametrize(
    ("name", "sizes"),
    [
        ("ancoef_mnet", (784, 256, 128, 100)),
        ("anas_mnet", (784, 512, 10)),
        ("anas_cifar10net", (12544, 3136, 3200, 800, 128, 10)),
    ],
)
def test_small_networks_of_table_iv_have_the_layers_printed_there(
    name: str, sizes: tuple[int, ...]
) -> None:
    assert BlockNetwork.preset(name).graph.layer_sizes == sizes


@pytest.mark.parametrize(("name", "channels"), [("ancoef_dgnet_a", 48), ("ancoef_dgnet_b", 16)])
def test_a_dgnet_ends_in_2x2_maps_and_512_neurons(name: str, channels: int) -> None:
    layers = BlockNetwork.preset(name).graph.layers
    assert [layer.shape for layer in layers[-3:]] == [(2, 2, channels), (1, 1, 512), (1, 1, 110)]


@pytest.mark.parametrize("network", PRESETS, ids=catalog.names("network"))
def test_the_sizes_of_every_link_fit(network: BlockNetwork) -> None:
    graph = network.graph
    for link in graph.links:
        assert link.source < link.target
        assert link.shape == graph.layers[link.source].shape
        assert link.out_shape == graph.layers[link.target].shape
        if link.kind == "identity":
            assert link.shape == link.out_shape
        elif link.kind != "dense":
            last = [(side - 1) * link.stride + link.kernel for side in link.out_shape[:2]]
            room = [side + 2 * link.padding for side in link.shape[:2]]
            assert all(room[i] - link.stride < last[i] <= room[i] for i in range(2))
    fed = {link.target for link in graph.links}
    assert fed == set(range(1, len(graph.layers)))  # the first sees the image


@pytest.mark.parametrize("network", PRESETS, ids=catalog.names("network"))
def test_a_network_is_read_back_from_its_plain_data(network: BlockNetwork) -> None:
    assert BlockNetwork.of(network.plain()) == network


def test_a_shortcut_is_a_link_past_a_layer() -> None:
    graph = SMALL.graph
    assert graph.layers[0].feeds[0].source == IMAGE
    into_second = {link.source: link.kernel for link in graph.links if link.target == 2}
    assert into_second == {1: 3, 0: 1}  # the other convolution's, and the 1x1 shortcut's
    same = replace(SMALL, stages=(Stage.of("srb3 4"),)).graph
    assert {link.kind for link in same.links if link.target == 2} == {"convolution", "identity"}


def test_a_skip_without_a_change_of_channels_is_no_layer() -> None:
    with_skip = replace(SMALL, stages=(*SMALL.stages, Stage.of("skip 8")))
    assert with_skip.graph.layer_sizes == SMALL.graph.layer_sizes
    changing = replace(SMALL, stages=(*SMALL.stages, Stage.of("skip 6")))
    assert changing.graph.layers[-3].name == "stages.2.neuron1"
    assert changing.n_convolution_weights == SMALL.n_convolution_weights + 8 * 6


def test_neurons_are_lif_of_tau_2_unless_said_otherwise() -> None:
    assert SMALL.neuron == Neuron("lif", 2.0, "hard", decays_input=True)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("scb4 16", "no block called 'scb4'; did you mean 'scb"),
        ("scb3", "'scb3': scb3 needs a number of channels behind it"),
        ("scb3 -4", "'scb3 -4': a stage is a block and its channels"),
        ("scb3 0", "'scb3 0': scb3 needs a number of channels behind it"),
        ("max_pool 4", "'max_pool 4': max_pool keeps the channels; leave the number out"),
    ],
)
def test_a_stage_that_cannot_be_is_one_line(text: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        Stage.of(text)


def test_a_network_that_cannot_be_is_one_line() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'ancoef_net_16'"):
        BlockNetwork.preset("ancoef_net_17")
    with pytest.raises(ValueError, match=r"stages.1, 'max_pool': 2x2 do not fit into 1x1"):
        BlockNetwork((2, 2, 1), Stage.of("conv3 4"), (Stage.of("max_pool"),) * 2, (), 1, 3, 1)
    with pytest.raises(ValueError, match="a block is 'tbd', still to be decided"):
        replace(SMALL, stages=(Stage.of("tbd 8"),))
    with pytest.raises(ValueError, match="1 or more of everything else"):
        replace(SMALL, hidden=(0,))
    plain = SMALL.plain()
    with pytest.raises(ValueError, match="stagse: no such setting of a network; did you mean"):
        BlockNetwork.of(plain | {"stagse": []})
    with pytest.raises(ValueError, match="stem: a network needs it"):
        BlockNetwork.of({key: value for key, value in plain.items() if key != "stem"})
    with pytest.raises(ValueError, match="stages: needs a list, got 'scb3 4'"):
        BlockNetwork.of(plain | {"stages": "scb3 4"})
