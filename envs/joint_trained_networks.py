"""Networks that are trained one by one, with the errors of their devices; needs torch."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import torch

from envs.coexplore_networks import recipe_of
from envs.held_out import check_samples, images_held_out
from envs.joint_chips import Judging, measured_on_chips, short_accuracy
from envs.joint_family import Chips, Measured
from envs.space import Choices
from snn.block_modules import BlockModules
from snn.block_training import train_network
from snn.datasets import Dataset

if TYPE_CHECKING:
    from envs.joint_trained import TrainedFamily


@dataclass(frozen=True)
class TrainedNetworks:
    """The networks of a family, and the images."""

    family: "TrainedFamily"

    @property
    def held_out(self) -> Dataset:
        """Images to train on, and as test images those held out to judge by."""
        family = self.family
        return images_held_out(family.dataset, family.settings.validation_ratio, family.seed)

    def check(self) -> None:
        """Read the images, and keep them.

        Raises:
            DataError: If they can neither be found nor downloaded.
            ValueError: If they are too few.
        """
        check_samples(self.held_out, self.family.settings.n_samples)

    def measured(self, choices: Choices, chips: Chips, seed: int) -> Measured:
        """Train a network from scratch, weights varying as on its device, and measure it.

        Raises:
            ValueError: In one line, if it diverges or cannot be measured.
        """
        own = self.family.own
        module = self._trained(choices, chips, seed, own.training.epochs)
        judging = Judging(self.family.settings.n_samples, own.n_recalibration, seed)
        bits = self.family.weight_bits(choices)
        return measured_on_chips(module, self.held_out, bits, chips, judging)

    def short_accuracy(self, choices: Choices, chips: Chips, seed: int) -> float:
        """Train a network for few epochs, and measure it on few chips and images.

        Raises:
            ValueError: In one line, if it diverges or cannot be measured.
        """
        short, bits = self.family.settings.stages.short, self.family.weight_bits(choices)
        module = self._trained(choices, chips, seed, short.epochs)
        judging = Judging(short.n_images, self.family.own.n_recalibration, seed)
        return short_accuracy(module, self.held_out, bits, chips, judging)

    def _trained(
        self, choices: Choices, chips: Chips, seed: int, epochs: int | None
    ) -> BlockModules:
        """Train with the errors of the device; by default for as many epochs as the recipe has."""
        torch.set_num_threads(1)  # the same digits whatever else runs
        bits = self.family.weight_bits(choices)
        deviation = max(chips.device.weight_deviation_ratio(n) for n in bits.values())
        training = self.family.own.training.model_copy(update={"epochs": epochs})
        recipe = replace(recipe_of(training), deviation_ratio=deviation)
        return train_network(self.family.network(choices), self.held_out, recipe, seed).module
