from collections import OrderedDict
from collections.abc import Callable

import pytest
import torch
from spikingjelly.activation_based import functional, layer, neuron
from torch import nn

from envs.spike_application import application_of_record
from snn.chain_recording import ChainError, record_chain

T, B = 3, 2
ELEMENT = {"update_ps": 5000, "decode_ps": 2000, "synapse_ps": 2000, "weight_bits": 8}


def multi_step(*parts: nn.Module) -> nn.Module:
    torch.manual_seed(1)
    network = nn.Sequential(*parts)
    functional.set_step_mode(network, "m")
    return network


def conv(channels: int, **options: object) -> nn.Module:
    return layer.Conv2d(channels, 4, kernel_size=3, **{"padding": 1, **options})


def lif() -> neuron.BaseNode:
    return neuron.LIFNode(tau=1.1, v_threshold=0.2)


def chain() -> nn.Module:
    return multi_step(
        conv(1), layer.BatchNorm2d(4), lif(), layer.MaxPool2d(2), layer.Flatten(),
        layer.Linear(4 * 4 * 4, 6), lif(), layer.Linear(6, 10),
    )  # fmt: skip


def images(n: int = B) -> torch.Tensor:
    return torch.rand(T, n, 1, 8, 8, generator=torch.Generator().manual_seed(0))


def test_layers_are_those_that_spike_and_the_sums_behind_them() -> None:
    graph = record_chain(chain(), images()).graph
    assert dict(zip(graph.layer_names, graph.layer_sizes, strict=True)) == {
        "2": 256, "3": 64, "6": 6, "sums": 10,
    }  # fmt: skip
    links = [(one.source, one.target, one.kind, one.shape) for one in graph.links]
    assert links == [
        (0, 1, "pooling", (8, 8, 4)),
        (1, 2, "dense", (4, 4, 4)),
        (2, 3, "dense", (1, 1, 6)),
    ]


def test_spikes_are_the_outputs_of_the_neurons_image_by_image() -> None:
    network, fired = chain().eval(), []
    network[2].register_forward_hook(lambda _m, _i, output: fired.append(output))
    record = record_chain(network, images())
    assert (record.n_samples, record.n_timesteps) == (B, T)
    dense = torch.zeros(B * T, record.trace.n_neurons, dtype=torch.bool)
    dense[record.trace.timestep, record.trace.neuron] = True
    # (T, B, C, H, W) -> an image's time steps one behind the other, in row, column, channel order
    expected = fired[0].permute(1, 0, 3, 4, 2).reshape(B * T, -1) > 0
    assert expected.any()
    assert torch.equal(dense[:, :256], expected)


def test_a_record_can_be_simulated() -> None:
    application = application_of_record("mine", record_chain(chain(), images()), ELEMENT)
    assert application.layer_sizes == (256, 64, 6, 10)
    assert application.n_samples == B


def test_a_recording_leaves_the_network_as_it_was() -> None:
    network = chain().train()
    first = record_chain(network, images()).trace
    again = record_chain(network, images()).trace
    assert network.training
    assert (first.neuron == again.neuron).all()
    assert not network[2]._forward_hooks


def test_layers_in_a_container_of_steps_are_the_same() -> None:
    torch.manual_seed(1)
    inner = nn.Conv2d(1, 4, 3, padding=1)
    contained = multi_step(layer.SeqToANNContainer(inner, nn.MaxPool2d(2)), lif())
    with pytest.raises(ChainError, match=r"0\.1: stands between 0\.0 and the neurons"):
        record_chain(contained, images())
    contained = multi_step(layer.SeqToANNContainer(inner), lif(), layer.SeqToANNContainer(
        nn.MaxPool2d(2)
    ))  # fmt: skip
    assert record_chain(contained, images()).graph.layer_sizes == (256, 64)


def test_a_convolution_keeps_kernel_padding_and_stride() -> None:
    network = multi_step(conv(1), lif(), conv(4, padding=0, stride=2), lif())
    (link,) = record_chain(network, images()).graph.links
    assert (link.kernel, link.padding, link.stride, link.out_shape) == (3, 0, 2, (3, 3, 4))


@pytest.mark.parametrize(
    ("network", "said"),
    [
        (multi_step(conv(1)), "the network has no neurons of SpikingJelly"),
        (multi_step(conv(1), nn.ReLU(), lif()), "1: stands between 0 and the neurons behind it"),
        (multi_step(conv(1), lif(), lif()), "2: needs a layer of weights before it"),
        (multi_step(conv(1), lif(), layer.AvgPool2d(2)), "2: the hardware has no AvgPool2d"),
        (multi_step(conv(1), lif(), layer.MaxPool2d(3)), "2: the hardware pools 2x2 places"),
        (multi_step(layer.MaxPool2d(2), lif()), "0: pools what enters the network"),
        (multi_step(conv(1), lif(), conv(4, groups=4), lif()), "2: the hardware has no groups"),
        (multi_step(conv(1), lif(), conv(4, padding="same")), "2: needs a padding of zeros"),
        (multi_step(conv(1), lif(), conv(4, stride=(1, 2))), "2: kernel, padding and stride need"),
        (
            multi_step(conv(1), lif(), layer.MaxPool2d(2, ceil_mode=True)),
            "2: the hardware pools 2x2 places",
        ),
        (multi_step(layer.Flatten(), layer.Linear(64, 3), lif(), nn.LSTM(3, 2)), "no LSTM"),
        (multi_step(conv(1), lif(), layer.Linear(8, 3), lif()), "2: sees one axis of several"),
        (multi_step(layer.Flatten(2), lif()), r"1: gives \(1, 64\) for an image; flatten it"),
        (multi_step(layer.Linear(8, 3), nn.Conv2d(1, 4, 3), lif()), "the network does not run"),
        (multi_step(conv(2), lif()), r"the network does not run on \(3, 2, 1, 8, 8\): "),
    ],
)
def test_what_is_no_chain_of_the_hardware_is_told_by_name(network: nn.Module, said: str) -> None:
    with pytest.raises(ChainError, match=said) as caught:
        record_chain(network, images())
    assert "\n" not in str(caught.value)


def test_a_network_that_loops_over_time_is_refused() -> None:
    class Loop(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.body = nn.Sequential(OrderedDict(conv=nn.Conv2d(1, 4, 3), fire=neuron.IFNode()))

        def forward(self, inputs: torch.Tensor) -> torch.Tensor:
            return torch.stack([self.body(one) for one in inputs])

    with pytest.raises(ChainError, match=r"body\.conv: ran 3 times; a chain runs once"):
        record_chain(Loop(), images(1))


def test_neurons_that_take_time_for_images_are_refused() -> None:
    network = nn.Sequential(layer.Linear(4, 3), neuron.IFNode())
    with pytest.raises(ChainError, match="1: is in single-step mode; set_step_mode"):
        record_chain(network, torch.ones(T, B, 4))


@pytest.mark.parametrize("shape", [(3, 2), (0, 2, 1, 8, 8), (3, 0, 1, 8, 8), (3, 2, 1, 8)])
def test_inputs_need_time_and_images(shape: tuple[int, ...]) -> None:
    with pytest.raises(ChainError, match="inputs need "):
        record_chain(chain(), torch.zeros(shape))


class Branched(nn.Module):
    """Two convolutions, and what is done between them."""

    def __init__(self, between: Callable[[torch.Tensor, torch.Tensor], torch.Tensor]) -> None:
        super().__init__()
        self.first, self.second = (multi_step(conv(n), lif()) for n in (1, 4))
        self.last = multi_step(conv(4), lif())
        self.between = between

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        one = self.first(inputs)
        return self.last(self.between(one, self.second(one)))


@pytest.mark.parametrize("between", [lambda one, two: one + two, lambda one, two: (one, two)[0]])
def test_a_shortcut_is_refused_and_never_left_out(
    between: Callable[[torch.Tensor, torch.Tensor], torch.Tensor],
) -> None:
    with pytest.raises(ChainError, match=r"last\.0: is not given what second\.1 gives"):
        record_chain(Branched(between), images())


def test_a_chain_of_parts_of_ones_own_is_recorded() -> None:
    graph = record_chain(Branched(lambda _one, two: two), images()).graph
    assert graph.layer_names == ("first.1", "second.1", "last.1")


def test_dropout_of_spikingjelly_changes_no_wiring() -> None:
    parts = layer.Dropout(0.5), layer.Flatten(), layer.Linear(256, 3), lif()
    graph = record_chain(multi_step(conv(1), lif(), layer.Dropout2d(0.5), *parts), images()).graph
    assert graph.layer_sizes == (256, 3)


def test_one_image_of_one_channel_in_a_container_of_steps_keeps_its_shape() -> None:
    inner = layer.SeqToANNContainer(nn.Conv2d(1, 1, 3, padding=1))
    pooled = multi_step(inner, lif(), layer.SeqToANNContainer(nn.MaxPool2d(2)))
    assert record_chain(pooled, images(1)).graph.layers[1].shape == (4, 4, 1)
    summed = multi_step(layer.Linear(4, 3), lif(), layer.SeqToANNContainer(nn.Linear(3, 1)))
    assert record_chain(summed, torch.ones(T, 1, 4)).graph.layer_sizes == (3, 1)
