"""Networks of a supernet on sampled chips; needs torch."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from envs.coexplore_networks import Listener, is_trained, trained_supernet
from envs.held_out import check_samples, images_held_out
from envs.joint_chips import Judging, measured_on_chips, short_accuracy
from envs.joint_family import Chips, Measured
from envs.space import Choices
from snn.block_files import save_network
from snn.block_modules import BlockModules
from snn.block_training import continued, train_supernet
from snn.cell_training import Run, check_images
from snn.datasets import Dataset
from snn.supernet_modules import SupernetModules

if TYPE_CHECKING:
    from envs.joint_blocks import BlocksFamily


@dataclass(frozen=True)
class BlockNetworks:
    """The networks of a family, and the images."""

    family: "BlocksFamily"

    @property
    def held_out(self) -> Dataset:
        """Images to train the supernet on, and as test images those held out to judge by."""
        family = self.family
        return images_held_out(family.dataset, family.settings.validation_ratio, family.seed)

    def check(self) -> None:
        """Find out now whether training could begin; the images are read, and kept.

        Raises:
            DataError: If the images can neither be found nor downloaded.
            ValueError: If they do not fit the supernet, or are too few.
        """
        dataset = self.held_out
        check_images(self.family.supernet, dataset)
        check_samples(dataset, self.family.settings.n_samples)

    def train(self, place: Path, listener: Listener) -> None:
        """Train the supernet in a folder, or go on.

        Raises:
            TrainingError: If it diverges.
            CheckpointError: If its checkpoint is broken.
        """
        run = Run(checkpoint=place / "supernet.checkpoint.pt", on_epoch=listener)
        save_network(place / self.family.file, self.trained(run))

    def is_trained(self, place: Path) -> bool:
        """Whether the supernet is in a folder.

        Raises:
            NetworkFileError: If it is, and cannot be read.
        """
        return is_trained(place / self.family.file)

    def measured(self, choices: Choices, chips: Chips, place: Path | None, seed: int) -> Measured:
        """Measure a network on chips, and record what it fires.

        Raises:
            ValueError: In one line, if it cannot be measured.
        """
        torch.set_num_threads(1)  # the same digits whatever else runs
        family = self.family
        settings, bits = family.settings, family.weight_bits(choices)
        judging = Judging(settings.n_samples, settings.blocks.n_recalibration, seed)
        module = self.module(choices, place)
        return measured_on_chips(module, self.held_out, bits, chips, judging)

    def short_accuracy(
        self, choices: Choices, chips: Chips, place: Path | None, seed: int
    ) -> float:
        """Measure a network on few chips and images.

        Raises:
            ValueError: In one line, if it cannot be measured.
        """
        torch.set_num_threads(1)  # the same digits whatever else runs
        family, short = self.family, self.family.settings.stages.short
        judging = Judging(short.n_images, family.settings.blocks.n_recalibration, seed)
        bits, module = family.weight_bits(choices), self.module(choices, place)
        return short_accuracy(module, self.held_out, bits, chips, judging)

    def trained(self, run: Run) -> SupernetModules:
        """Train the supernet, on one thread."""
        torch.set_num_threads(1)
        family = self.family
        return train_supernet(
            family.supernet, self.held_out, family.recipe, family.seed, run
        ).module

    def _supernet(self, place: Path | None) -> SupernetModules:
        return _in_memory(self) if place is None else trained_supernet(place / self.family.file)

    def module(self, choices: Choices, place: Path | None) -> BlockModules:
        """The network with the supernet's weights, not yet rounded."""
        blocks = self.family.architecture(choices)
        network, run = continued(self._supernet(place), blocks)
        assert run.start is not None  # noqa: S101 (what `continued` gives)
        timed = replace(network, timesteps=int(choices["network.timesteps"]))
        module = timed.build(torch.Generator())
        module.load_state_dict(dict(run.start))
        return module


_KEPT: dict[str, SupernetModules] = {}  # the last one trained in this process


def _in_memory(networks: BlockNetworks) -> SupernetModules:
    family = networks.family
    settings = family.settings.blocks, family.settings.validation_ratio
    key = repr((settings, family.context, family.dataset, family.seed))
    if key not in _KEPT:
        _KEPT.clear()
        _KEPT[key] = networks.trained(Run())
    return _KEPT[key]
