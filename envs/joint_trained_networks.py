"""Networks that are trained one by one, with the errors of their devices; needs torch."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import torch

from envs.coexplore_networks import recipe_of
from envs.data import load
from envs.held_out import check_samples, held_out
from envs.joint_chips import Judging, measured_on_chips
from envs.joint_family import Chips, Measured
from envs.space import Choices
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
        images = load(**family.dataset.model_dump())
        return held_out(images, family.settings.validation_ratio, family.seed)

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
        torch.set_num_threads(1)  # the same digits whatever else runs
        family, dataset = self.family, self.held_out
        settings, bits = family.settings, family.weight_bits(choices)
        deviation = max(chips.device.weight_deviation_ratio(n) for n in bits.values())
        recipe = replace(recipe_of(family.own.training), deviation_ratio=deviation)
        trained = train_network(family.network(choices), dataset, recipe, seed)
        judging = Judging(settings.n_samples, family.own.n_recalibration, seed)
        return measured_on_chips(trained.module, dataset, bits, chips, judging)
