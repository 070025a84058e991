"""A family of spiking networks: what may be decided of one, and how one is measured.

A further family is a file with a `NetworkFamily`, a line in `envs.joint.FAMILIES`, and its
settings.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from envs.joint_cores import Stored
from envs.nacim_decisions import Wanted, whole
from envs.space import Choices
from hwmodels.devices import Device
from snn.block_network import BlockNetwork
from snn.spike_graph import SpikeGraph, SpikeRecord

Told = Callable[[Any], None]
MOST_TIMESTEPS = 64
NETWORK = {"timesteps": Wanted("architecture", whole(1, MOST_TIMESTEPS))}  # of every family
ACCURACIES = ("clean_accuracy", "accuracy", "accuracy_deviation", "worst_accuracy")


@dataclass(frozen=True)
class Chips:
    """Chips that a network is measured on: how many, of which cells, and what varies on them.

    Attributes:
        variation: A file of ``configs/variation``; None for the device's own Gaussian deviation.
    """

    n_chips: int
    device: Device
    variation: str | None


@dataclass(frozen=True)
class Measured:
    """A network as it runs.

    Attributes:
        accuracies: `ACCURACIES`.
        record: What it fired on some images, weights rounded but without errors.
        stored: Its weights, by layer of its graph.
    """

    accuracies: Mapping[str, float]
    record: SpikeRecord
    stored: Mapping[str, Stored]

    @property
    def metrics(self) -> dict[str, float]:
        """Accuracies, and spikes of an image."""
        n_spikes = len(self.record.trace.neuron) / self.record.n_samples
        return {**self.accuracies, "spikes": n_spikes}


class NetworkFamily(Protocol):
    """Networks that differ in what is decided."""

    @property
    def context(self) -> dict[str, Any]:
        """Plain data on which accuracies depend, besides settings and choices."""
        ...

    @property
    def title(self) -> str:
        """What is trained beforehand, as it is told to the user."""
        ...

    @property
    def n_epochs(self) -> int:
        """Passes over the images of the training beforehand; 0 if there is none."""
        ...

    def wanted(self) -> Mapping[str, Mapping[str, Wanted]]:
        """Its decisions besides ``network.timesteps``, by what stands before the point."""
        ...

    def graph(self, choices: Choices) -> SpikeGraph:
        """The network that is chosen.

        Raises:
            ValueError: If it cannot be.
        """
        ...

    def network(self, choices: Choices) -> BlockNetwork:
        """The same, as what can be built; its time steps may be those of another choice.

        Raises:
            ValueError: If it cannot be.
        """
        ...

    def weight_bits(self, choices: Choices) -> Mapping[str, int]:
        """Bits of the weights of each layer of the graph that has some."""
        ...

    def check(self) -> None:
        """Find out now whether a training could begin.

        Raises:
            ValueError: If images are missing, or do not fit.
        """
        ...

    def is_prepared(self, place: Path) -> bool:
        """Whether a folder holds what `prepare` trains, or there is nothing to train.

        Raises:
            ValueError: If it does, and it cannot be read.
        """
        ...

    def prepare(self, place: Path, listener: Told) -> None:
        """Train in a folder what all networks share, or go on.

        Raises:
            ValueError: If the training fails.
        """
        ...

    def measured(self, choices: Choices, chips: Chips, place: Path | None, seed: int) -> Measured:
        """Measure the network that is chosen.

        Args:
            place: Folder of what was trained beforehand; None trains it in memory, once a process.
            seed: Of the errors of weights.

        Raises:
            ValueError: If it cannot be measured.
        """
        ...

    def short_accuracy(
        self, choices: Choices, chips: Chips, place: Path | None, seed: int
    ) -> float:
        """Accuracy of the network after little training, on few images; the mean over the chips.

        Args:
            place: As for `measured`.
            seed: As for `measured`: the first chips are the same.

        Raises:
            ValueError: If it cannot be measured.
        """
        ...
