"""The family `chain`: convolutions one behind the other, as NACIM's, of spiking neurons.

A 2x2 max-pooling follows every second convolution while the feature map is large enough.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from configs import catalog
from envs.dataset_settings import DatasetSettings
from envs.joint_blocks import WEIGHT_BITS
from envs.joint_family import NETWORK, Chips, Measured, Told
from envs.joint_settings import JointSettings
from envs.nacim_builder import POOLED_EVERY, SMALLEST_POOLED_SIDE
from envs.nacim_decisions import LARGEST_SIZE, Wanted, one_of, whole
from envs.space import Choices
from snn.block_network import BlockNetwork, Stage
from snn.macro import Neuron
from snn.spike_graph import SpikeGraph

if TYPE_CHECKING:
    from envs.joint_chain_networks import ChainNetworks

KERNELS = (3, 5)  # those of which there are blocks
NEURONS = {"lif": Neuron(tau=2.0), "if": Neuron(kind="if")}
CONVOLUTION = {
    "kernel": Wanted("architecture", one_of(KERNELS)),
    "channels": Wanted("architecture", whole(1, LARGEST_SIZE)),
} | WEIGHT_BITS


@dataclass(frozen=True)
class ChainFamily:
    """Kernels, channels, bits, neurons and time steps; nothing is shared between networks.

    Attributes:
        seed: Of which images are held out.
    """

    settings: JointSettings
    dataset: DatasetSettings
    seed: int = 0
    title: str = "convolutions one behind the other"
    n_epochs: int = 0

    @property
    def context(self) -> dict[str, Any]:
        """The recipe, as its file has it."""
        name = self.settings.chain.training.recipe
        return {f"recipe/{name}": catalog.read("recipe", name)}

    @property
    def convolutions(self) -> list[str]:
        """``conv1``, ``conv2``, ..."""
        return [f"conv{i + 1}" for i in range(self.settings.chain.n_convolutions)]

    def wanted(self) -> Mapping[str, Mapping[str, Wanted]]:
        """Kernel, channels and bits of each convolution, bits of the classifier, neurons."""
        neuron = {"neuron": Wanted("architecture", one_of(tuple(NEURONS)))}
        layers = dict.fromkeys(self.convolutions, CONVOLUTION)
        return {"network": {**NETWORK, **neuron}, **layers, "classifier": WEIGHT_BITS}

    def network(self, choices: Choices) -> BlockNetwork:
        """The network that is chosen.

        Raises:
            ValueError: If a kernel does not fit.
        """
        channels, height, width = self.dataset.image_shape
        stages = [Stage(f"conv{choices[f'{one}.kernel']}", int(choices[f"{one}.channels"]))
                  for one in self.convolutions]  # fmt: skip
        return BlockNetwork(
            (height, width, channels),
            stages[0],
            tuple(_pooled(stages, min(height, width)))[1:],
            (),
            self.settings.chain.voting,
            self.dataset.n_classes,
            int(choices["network.timesteps"]),
            NEURONS[str(choices["network.neuron"])],
        )

    def graph(self, choices: Choices) -> SpikeGraph:
        """Its layers."""
        return self.network(choices).graph

    def weight_bits(self, choices: Choices) -> Mapping[str, int]:
        """Of each layer with weights: the convolutions in order, then the classifier."""
        names = [*self.convolutions, "classifier"]
        layers = [layer.name for _, layer, _ in self.graph(choices).weighted()]
        return {
            layer: int(choices[f"{name}.weight_bits"])
            for layer, name in zip(layers, names, strict=True)
        }

    @property
    def networks(self) -> "ChainNetworks":
        """The networks; loads torch."""
        from envs.joint_chain_networks import ChainNetworks  # noqa: PLC0415 (for the CLI)

        return ChainNetworks(self)

    def check(self) -> None:
        """Read the images."""
        self.networks.check()

    def is_prepared(self, place: Path) -> bool:
        """There is nothing to prepare."""
        del place
        return True

    def prepare(self, place: Path, listener: Told) -> None:
        """Nothing."""

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


def _pooled(convolutions: list[Stage], side: int) -> list[Stage]:
    found = []
    for number, stage in enumerate(convolutions, start=1):
        found.append(stage)
        if number % POOLED_EVERY == 0 and side >= SMALLEST_POOLED_SIDE:
            found.append(Stage("max_pool"))
            side //= 2
    return found
