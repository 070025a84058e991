"""BlockNetwork -> a torch module of spiking neurons."""

from itertools import pairwise

import torch
from torch import nn
from torch.nn import functional

from snn import neurons
from snn.block import block
from snn.block_network import BlockNetwork, Stage
from snn.blocks import Norm, Voting, convolution, initialize, linear
from snn.classifier import Classifier
from snn.macro import Neuron
from snn.spike_graph import Feed, Shape, SpikeLayer

FRAMES_NDIM = 5  # B, T, C, H, W
THRESHOLD = 1.0


class NormedConvolution(nn.Module):
    """A convolution without bias, BatchNorm over all time steps; (T, B, C, H, W)."""

    def __init__(self, feed: Feed, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.convolution = convolution(in_channels, out_channels, feed.kernel, feed.stride)
        self.convolution.padding = (feed.padding, feed.padding)
        self.norm = Norm(out_channels)

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        """Spikes -> what neurons sum."""
        normed: torch.Tensor = self.norm(self.convolution(values))
        return normed


class MaxPooling(nn.Module):
    """The largest of windows that do not overlap; (T, B, C, H, W)."""

    def __init__(self, side: int) -> None:
        super().__init__()
        self.side = side

    def forward(self, spikes: torch.Tensor) -> torch.Tensor:
        """Pool each time step."""
        pooled = functional.max_pool2d(spikes.flatten(0, 1), self.side)
        return pooled.reshape(*spikes.shape[:2], *pooled.shape[1:])


class BlockModule(nn.Module):
    """A block, as its layers tell: (T, B, C, H, W) -> spikes.

    Of the image of a stem there may be one step only; neurons see it at each of ``timesteps``.
    """

    def __init__(
        self, layers: tuple[SpikeLayer, ...], shape: Shape, neuron: Neuron, timesteps: int
    ) -> None:
        super().__init__()
        self.layers, self.timesteps = layers, timesteps
        channels = [shape[2], *(layer.shape[2] for layer in layers)]
        for layer in layers:
            self.add_module(layer.name, _fires(layer, neuron))
            for feed in layer.feeds:
                if feed.kind == "convolution":
                    made = NormedConvolution(feed, channels[feed.source], layer.shape[2])
                    self.add_module(feed.name, made)

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        """Run all time steps."""
        reached = [values]
        for layer in self.layers:
            terms = [self._through(feed, reached[feed.source]) for feed in layer.feeds]
            total = sum(terms[1:], terms[0])
            if len(total) < self.timesteps:
                total = total.expand(self.timesteps, *total.shape[1:])
            reached.append(self.get_submodule(layer.name)(total))
        return reached[-1]

    def _through(self, feed: Feed, values: torch.Tensor) -> torch.Tensor:
        if feed.kind == "average":
            return averaged(values, feed)
        if not feed.name:
            return values
        weighed: torch.Tensor = self.get_submodule(feed.name)(values)
        return weighed


def averaged(spikes: torch.Tensor, feed: Feed) -> torch.Tensor:
    """The mean of each window, zeros of the padding included; (T, B, C, H, W)."""
    means = functional.avg_pool2d(spikes.flatten(0, 1), feed.kernel, feed.stride, feed.padding)
    return means.reshape(*spikes.shape[:2], *means.shape[1:])


def _fires(layer: SpikeLayer, neuron: Neuron) -> nn.Module:
    if layer.is_pooling:
        return MaxPooling(layer.feeds[0].kernel)
    return neurons.spiking_neuron(neuron, THRESHOLD)


def stage_module(stage: Stage, shape: Shape, network: "BlockNetwork") -> BlockModule:
    """Build a stage that takes spikes of a shape (height, width, channels)."""
    made = block(stage.name)
    layers = made.layers(shape, stage.channels or shape[2])
    return BlockModule(layers, shape, made.neuron or network.neuron, network.timesteps)


class SpikingLinear(nn.Module):
    """Weights without bias, neurons; (T, B, ...) -> (T, B, neurons)."""

    def __init__(self, n_inputs: int, n_outputs: int, neuron: Neuron) -> None:
        super().__init__()
        self.linear = linear(n_inputs, n_outputs, has_bias=False)
        self.neuron = neurons.spiking_neuron(neuron, THRESHOLD)

    def forward(self, spikes: torch.Tensor) -> torch.Tensor:
        """Run all time steps."""
        fired: torch.Tensor = self.neuron(self.linear(spikes.flatten(2)))
        return fired


class BlockModules(Classifier):
    """A network of blocks: images (B, C, H, W) -> rates (B, n_classes) in [0, 1].

    Frames of events (B, T, C, H, W) are seen one per time step, an image at each of them. A rate
    is the mean over time and over the class's neurons.
    """

    def __init__(self, network: BlockNetwork) -> None:
        super().__init__()
        self.network = network
        shape = network.image_shape
        made = []
        for _, stage in network.named_stages():
            made.append(self._stage(stage, shape))
            shape = stage_shape(stage, shape)
        self.stem, self.stages = made[0], nn.ModuleList(made[1:])
        widths = [shape[0] * shape[1] * shape[2], *(n for _, n in network.named_linears())]
        linears = [SpikingLinear(*pair, network.neuron) for pair in pairwise(widths)]
        self.hidden, self.classifier = nn.ModuleList(linears[:-1]), linears[-1]
        self.voting = Voting(network.voting)

    def _stage(self, stage: Stage, shape: Shape) -> nn.Module:
        return stage_module(stage, shape, self.network)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Forget the images before, then run all time steps."""
        neurons.reset(self)
        is_framed = images.ndim == FRAMES_NDIM
        values = images.transpose(0, 1) if is_framed else images.unsqueeze(0)
        for part in (self.stem, *self.stages, *self.hidden, self.classifier):
            values = part(values)
        rates: torch.Tensor = self.voting(values).mean(0)
        return rates

    def loss(self, outputs: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """Mean squared distance of the rates from 1 for the label, 0 for all else (AutoSNN)."""
        wanted = functional.one_hot(labels, self.network.n_classes).to(outputs)
        return functional.mse_loss(outputs, wanted)

    @property
    def spiking_layers(self) -> dict[str, nn.Module]:
        """Neurons and poolings by name, in the order of the modules: whatever yields spikes."""
        return {
            name: one
            for name, one in self.named_modules()
            if neurons.is_neuron(one) or isinstance(one, MaxPooling)
        }


def stage_shape(stage: Stage, shape: Shape) -> Shape:
    """Shape of what leaves a stage."""
    layers = block(stage.name).layers(shape, stage.channels or shape[2])
    return layers[-1].shape if layers else shape


def build_blocks(network: BlockNetwork, generator: torch.Generator) -> BlockModules:
    """Build the module of a network and draw its weights, on the CPU; ``.to(device)`` moves it."""
    module = BlockModules(network)
    initialize(module, "standard", generator)
    return module
