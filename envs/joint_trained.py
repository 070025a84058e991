"""Families whose networks share nothing: each is trained from scratch, on the device chosen."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from configs import catalog
from envs.dataset_settings import DatasetSettings
from envs.joint_family import Chips, Measured, Told
from envs.joint_settings import JointSettings, TrainedSettings
from envs.nacim_decisions import Wanted
from envs.space import Choices
from snn.block_network import BlockNetwork
from snn.spike_graph import SpikeGraph

if TYPE_CHECKING:
    from envs.joint_trained_networks import TrainedNetworks


@dataclass(frozen=True)
class TrainedFamily(ABC):
    """Networks, each trained with the errors of its device.

    Attributes:
        seed: Of which images are held out.
    """

    settings: JointSettings
    dataset: DatasetSettings
    seed: int = 0
    n_epochs: int = 0

    @property
    @abstractmethod
    def own(self) -> TrainedSettings:
        """The settings of the family."""

    @property
    @abstractmethod
    def title(self) -> str:
        """What the networks are."""

    @abstractmethod
    def wanted(self) -> Mapping[str, Mapping[str, Wanted]]:
        """Its decisions, by what stands before the point."""

    @abstractmethod
    def network(self, choices: Choices) -> BlockNetwork:
        """The network that is chosen.

        Raises:
            ValueError: If it cannot be.
        """

    @abstractmethod
    def weight_bits(self, choices: Choices) -> Mapping[str, int]:
        """Bits of the weights of each layer of the graph that has some."""

    @property
    def context(self) -> dict[str, Any]:
        """The recipe, as its file has it."""
        name = self.own.training.recipe
        return {f"recipe/{name}": catalog.read("recipe", name)}

    def graph(self, choices: Choices) -> SpikeGraph:
        """Its layers."""
        return self.network(choices).graph

    @property
    def networks(self) -> "TrainedNetworks":
        """The networks; loads torch."""
        from envs.joint_trained_networks import TrainedNetworks  # noqa: PLC0415 (for the CLI)

        return TrainedNetworks(self)

    def check(self) -> None:
        """Read the images."""
        self.networks.check()

    def is_prepared(self, place: Path) -> bool:
        """There is nothing to prepare."""
        del place
        return True

    def prepare(self, place: Path, listener: Told) -> None:
        """There is nothing to prepare."""
        del place, listener

    def measured(self, choices: Choices, chips: Chips, place: Path | None, seed: int) -> Measured:
        """Train the network, with the errors of its device, and measure it."""
        del place
        return self.networks.measured(choices, chips, seed)

    def short_accuracy(
        self, choices: Choices, chips: Chips, place: Path | None, seed: int
    ) -> float:
        """Train the network for few epochs, and measure it roughly."""
        del place
        return self.networks.short_accuracy(choices, chips, seed)
