"""The family `chain`: convolutions one behind the other, as NACIM's, of spiking neurons.

A 2x2 max-pooling follows every second convolution while the feature map is large enough.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from envs.joint_blocks import WEIGHT_BITS
from envs.joint_family import NETWORK
from envs.joint_settings import ChainSettings
from envs.joint_trained import TrainedFamily
from envs.nacim_builder import POOLED_EVERY, SMALLEST_POOLED_SIDE
from envs.nacim_decisions import LARGEST_SIZE, Wanted, one_of, whole
from envs.space import Choices
from snn.block_network import BlockNetwork, Stage
from snn.macro import Neuron

KERNELS = (3, 5)  # those of which there are blocks
NEURONS = {"lif": Neuron(tau=2.0), "if": Neuron(kind="if")}
CONVOLUTION = {
    "kernel": Wanted("architecture", one_of(KERNELS)),
    "channels": Wanted("architecture", whole(1, LARGEST_SIZE)),
} | WEIGHT_BITS


@dataclass(frozen=True)
class ChainFamily(TrainedFamily):
    """Kernels, channels, bits, neurons and time steps."""

    @property
    def own(self) -> ChainSettings:
        """The settings of the family."""
        return self.settings.chain

    @property
    def title(self) -> str:
        """What the networks are."""
        return "convolutions one behind the other"

    @property
    def convolutions(self) -> list[str]:
        """``conv1``, ``conv2``, ..."""
        return [f"conv{i + 1}" for i in range(self.own.n_convolutions)]

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
            self.own.voting,
            self.dataset.n_classes,
            int(choices["network.timesteps"]),
            NEURONS[str(choices["network.neuron"])],
        )

    def weight_bits(self, choices: Choices) -> Mapping[str, int]:
        """Of each layer with weights: the convolutions in order, then the classifier."""
        names = [*self.convolutions, "classifier"]
        layers = [layer.name for _, layer, _ in self.graph(choices).weighted()]
        return {
            layer: int(choices[f"{name}.weight_bits"])
            for layer, name in zip(layers, names, strict=True)
        }


def _pooled(convolutions: list[Stage], side: int) -> list[Stage]:
    found = []
    for number, stage in enumerate(convolutions, start=1):
        found.append(stage)
        if number % POOLED_EVERY == 0 and side >= SMALLEST_POOLED_SIDE:
            found.append(Stage("max_pool"))
            side //= 2
    return found
