"""What the training loop asks of a network: plain data that builds a module with a loss."""

from typing import Protocol, TypeVar

import torch
from torch import nn
from torch.nn import functional


class Classifier(nn.Module):
    """A module from images (B, C, H, W), or frames (B, T, C, H, W), to one value per class."""

    def loss(self, outputs: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """Cross entropy of outputs (B, n_classes) and labels (B,)."""
        return functional.cross_entropy(outputs, labels)


Module = TypeVar("Module", bound=Classifier)
Built_co = TypeVar("Built_co", bound=Classifier, covariant=True)


class Takes(Protocol):
    """What images go in, and how many classes come out."""

    @property
    def input_shape(self) -> tuple[int, int, int]:
        """Channels, height, width of an image."""
        ...

    @property
    def n_classes(self) -> int:
        """Number of classes."""
        ...

    @property
    def timesteps(self) -> int:
        """Time steps that it runs, and frames of events that it takes."""
        ...


class Trainable(Takes, Protocol[Built_co]):
    """A network as plain data; its ``repr`` tells all that its training depends on."""

    def build(self, generator: torch.Generator) -> Built_co:
        """Make the module and draw its weights; it may draw from the generator later on too."""
        ...
