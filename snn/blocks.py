"""The torch modules that cell networks consist of; all take and yield (T, B, ...).

Constructors draw no numbers: weights are drawn by ``initialize``, from a generator.
"""

import math
from collections.abc import Callable

import torch
from torch import nn
from torch.nn.utils import skip_init

from snn.macro import Initialization

KAIMING_SLOPE = 2.0  # a, of the papers' Kaiming-uniform convolutions
PAPER_DEVIATION = 0.01  # of the papers' linear layers


def _each_step(
    forward: Callable[[torch.Tensor], torch.Tensor], values: torch.Tensor
) -> torch.Tensor:
    """Let a module of (B, ...) work on (T, B, ...)."""
    together = forward(values.flatten(0, 1))
    return together.reshape(*values.shape[:2], *together.shape[1:])


class Convolution(nn.Conv2d):
    """A convolution without bias that keeps the side at stride 1; (T, B, C, H, W)."""

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        """Convolve each time step."""
        return _each_step(super().forward, values)


class Norm(nn.BatchNorm2d):
    """BatchNorm with the statistics of all time steps together; (T, B, C, H, W)."""

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        """Normalize."""
        return _each_step(super().forward, values)


class Pooling(nn.AvgPool2d):
    """The mean of windows that do not overlap; (T, B, C, H, W)."""

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        """Pool each time step."""
        return _each_step(super().forward, values)


class Zeros(nn.Module):
    """Yields zeros."""

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        """Forget what comes."""
        return torch.zeros_like(values)


class Voting(nn.Module):
    """The mean of each ``voting`` outputs; (T, B, classes * voting) -> (T, B, classes)."""

    def __init__(self, voting: int) -> None:
        super().__init__()
        self.voting = voting

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        """Let them vote."""
        return values.reshape(*values.shape[:-1], -1, self.voting).mean(-1)


class Dropout(nn.Module):
    """Drops the same features in all time steps, while training; (T, B, features).

    The mask is drawn from the module's own generator, which lives on the CPU.
    """

    def __init__(self, ratio: float, generator: torch.Generator) -> None:
        super().__init__()
        self.ratio = ratio
        self.generator = generator

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        """Drop, and enlarge the rest."""
        if not self.training or self.ratio == 0:
            return values
        kept = torch.rand(values.shape[1:], generator=self.generator) >= self.ratio
        return values * (kept / (1 - self.ratio)).to(values)


def convolution(in_channels: int, out_channels: int, kernel: int, stride: int = 1) -> Convolution:
    """Make a convolution; its weights are not drawn yet."""
    made: Convolution = skip_init(  # type: ignore[no-untyped-call]
        Convolution, in_channels, out_channels, kernel, stride, kernel // 2, bias=False
    )
    return made


def linear(n_inputs: int, n_outputs: int, *, has_bias: bool) -> nn.Linear:
    """Make a linear layer; its weights are not drawn yet."""
    made: nn.Linear = skip_init(  # type: ignore[no-untyped-call]
        nn.Linear, n_inputs, n_outputs, bias=has_bias
    )
    return made


class SpikingConvolution(nn.Module):
    """Neurons, convolution, BatchNorm, in this order."""

    def __init__(self, neuron: nn.Module, convolution_: Convolution) -> None:
        super().__init__()
        self.neuron = neuron
        self.convolution = convolution_
        self.norm = Norm(convolution_.out_channels)

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        """(T, B, C, H, W) of values -> of values; spikes in between."""
        normed: torch.Tensor = self.norm(self.convolution(self.neuron(values)))
        return normed


def spiking_convolution(
    neuron: nn.Module, in_channels: int, out_channels: int, kernel: int
) -> SpikingConvolution:
    """Make neurons, a convolution and BatchNorm."""
    return SpikingConvolution(neuron, convolution(in_channels, out_channels, kernel))


@torch.no_grad()
def initialize(network: nn.Module, method: Initialization, generator: torch.Generator) -> None:
    """Draw all weights, in the order of the modules: same seed, same weights.

    Convolutions: uniform within sqrt(6 / ((1 + a^2) fan-in)). Linear layers: N(0, 0.01), or
    uniform within 1 / sqrt(fan-in) if ``standard``.
    """
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_uniform_(module.weight, a=KAIMING_SLOPE, generator=generator)
        elif isinstance(module, nn.Linear):
            _initialize_linear(module, method, generator)


def _initialize_linear(
    module: nn.Linear, method: Initialization, generator: torch.Generator
) -> None:
    bound = 1 / math.sqrt(module.in_features)
    if method == "paper":
        module.weight.normal_(0.0, PAPER_DEVIATION, generator=generator)
    else:
        module.weight.uniform_(-bound, bound, generator=generator)
    if module.bias is not None:
        module.bias.uniform_(-bound, bound, generator=generator)
