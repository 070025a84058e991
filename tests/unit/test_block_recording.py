import itertools

import numpy as np
import pytest
import torch
from recorded import fired

from snn.block_modules import BlockModules
from snn.block_network import BlockNetwork, Stage
from snn.block_recording import record_spikes
from snn.spike_graph import SpikeRecord
from snn.supernet import Supernet

NETWORK = BlockNetwork(
    (8, 6, 2),
    Stage.of("conv3 4"),
    tuple(map(Stage.of, ("srb3 4", "max_pool", "srb5 6", "skip 6", "skip 5"))),
    (7,),
    2,
    3,
    5,
)
N_IMAGES, N_TIMESTEPS = 3, 5
IMAGES = torch.rand(N_IMAGES, 2, 8, 6, generator=torch.Generator().manual_seed(0))


def lively() -> BlockModules:
    """A network that has learnt nothing, but whose neurons all have something to say."""
    generator = torch.Generator().manual_seed(0)
    module = NETWORK.build(generator)
    for one in module.modules():
        if isinstance(one, torch.nn.BatchNorm2d):
            one.momentum = None  # type: ignore[assignment]  # the mean over all batches
            torch.nn.init.constant_(one.bias, 0.6)
        elif isinstance(one, torch.nn.Linear):
            torch.nn.init.normal_(one.weight, 0.4, 0.9, generator=generator)
    with torch.no_grad():
        module(IMAGES)
    return module.eval()


MODULE = lively()


@pytest.fixture(scope="module")
def record() -> SpikeRecord:
    return record_spikes(MODULE, IMAGES)


def test_a_record_has_every_spike_of_every_layer_and_step(record: SpikeRecord) -> None:
    seen = dict[str, torch.Tensor]()
    hooks = [
        one.register_forward_hook(lambda _m, _i, out, name=name: seen.update({name: out}))
        for name, one in MODULE.spiking_layers.items()
    ]
    with torch.no_grad():
        MODULE(IMAGES)
    for hook in hooks:
        hook.remove()
    assert record.n_timesteps == N_TIMESTEPS
    for i, name in enumerate(record.graph.layer_names):
        spikes = seen[name] if seen[name].ndim == 5 else seen[name][..., None, None]
        own = spikes.permute(1, 0, 3, 4, 2).flatten(0, 1).numpy()  # (B * T, H, W, C)
        assert np.array_equal(fired(record, i), own > 0), name
        assert 0 < own.mean() < 1, name


def test_images_are_one_behind_the_other(record: SpikeRecord) -> None:
    for image, layer in itertools.product(range(N_IMAGES), range(len(record.graph.layers))):
        alone = fired(record_spikes(MODULE, IMAGES[image : image + 1]), layer)
        part = slice(image * N_TIMESTEPS, (image + 1) * N_TIMESTEPS)
        assert np.array_equal(fired(record, layer)[part], alone)


def test_recording_leaves_the_network_as_it_was(record: SpikeRecord) -> None:
    rates = MODULE(IMAGES)
    record_spikes(MODULE, IMAGES)
    assert torch.equal(MODULE(IMAGES), rates)
    assert not any(one._forward_hooks for one in MODULE.modules())
    classes = fired(record, -1 + len(record.graph.layers)).reshape(N_IMAGES, N_TIMESTEPS, 3, 2)
    assert torch.allclose(torch.from_numpy(classes.mean((1, 3))).float(), rates)


def test_what_a_link_carries_makes_its_target_fire(record: SpikeRecord) -> None:
    """Every layer's neurons, run on what the links bring, yield the layer's recorded spikes."""
    for target, layer in enumerate(record.graph.layers[1:], 1):
        total: torch.Tensor | float = 0.0
        for feed in layer.feeds:
            source = torch.from_numpy(fired(record, feed.source)).float()
            total = total + arriving(
                feed.name, source.permute(0, 3, 1, 2), is_pooled=layer.is_pooling
            )
        assert isinstance(total, torch.Tensor)
        by_image = total.unflatten(0, (N_IMAGES, N_TIMESTEPS)).transpose(0, 1)  # type: ignore[no-untyped-call]
        expected = by_image if layer.is_pooling else potential(by_image)
        there = expected.transpose(0, 1).flatten(0, 1)
        own = fired(record, target).transpose(0, 3, 1, 2)
        assert np.array_equal(own.reshape(there.shape), there.detach().numpy() > 0), layer.name


def arriving(name: str, spikes: torch.Tensor, *, is_pooled: bool) -> torch.Tensor:
    if is_pooled:
        return torch.nn.functional.max_pool2d(spikes, 2)
    if not name:
        return spikes
    module = MODULE.get_submodule(name)
    if isinstance(module, torch.nn.Linear):
        return torch.as_tensor(module(spikes.flatten(1)))
    return torch.as_tensor(module(spikes.unsqueeze(0))[0])


def potential(values: torch.Tensor) -> torch.Tensor:
    """LIF of tau 2, threshold 1, hard reset to 0, written out; (T, ...) -> spikes."""
    held, spikes = torch.zeros_like(values[0]), []
    for value in values:
        held = held + (value - held) / 2
        spikes.append((held >= 1).float())
        held = held * (1 - spikes[-1])
    return torch.stack(spikes)


def test_links_say_kernels_and_shortcuts(record: SpikeRecord) -> None:
    found = {
        (link.source, link.target): (link.kind, link.kernel, link.padding, link.stride)
        for link in record.graph.links
    }
    assert found == {
        (0, 1): ("convolution", 3, 1, 1),
        (1, 2): ("convolution", 3, 1, 1),
        (0, 2): ("identity", 1, 0, 1),
        (2, 3): ("pooling", 2, 0, 2),
        (3, 4): ("convolution", 5, 2, 1),
        (4, 5): ("convolution", 5, 2, 1),
        (3, 5): ("convolution", 1, 0, 1),
        (5, 6): ("convolution", 1, 0, 1),  # skip 6 is no layer; skip 5 changes the channels
        (6, 7): ("dense", 1, 0, 1),
        (7, 8): ("dense", 1, 0, 1),
    }


def test_a_record_of_nothing_or_of_many_networks_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one image"):
        record_spikes(MODULE, IMAGES[:0])
    with pytest.raises(ValueError, match="record one of them"):
        record_spikes(Supernet.preset("digits").build(torch.Generator()), IMAGES)
