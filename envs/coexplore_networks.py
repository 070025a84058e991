"""The networks of a supernet, trained together; needs torch."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from envs.data import load
from envs.dataset_settings import DatasetSettings
from envs.held_out import check_samples, held_out
from envs.spike_application import application_of_record
from snn.block_evaluation import evaluate_network, recalibrated
from snn.block_files import NetworkFileError, load_supernet, save_network
from snn.block_modules import BlockModules
from snn.block_recording import record_spikes
from snn.block_training import continued, train_network, train_supernet
from snn.cell_recipe import CellRecipe
from snn.cell_training import Epoch, Run, TrainedCells, check_images
from snn.datasets import Dataset
from snn.supernet import Supernet
from snn.supernet_modules import SupernetModules

if TYPE_CHECKING:
    from async_sim.application import Application
    from envs.coexplore_settings import CoexploreSettings, TrainingSettings

Listener = Callable[[Epoch], None]
Blocks = Mapping[str, object]
SUPERNET = "supernet.pt"


@dataclass(frozen=True)
class Candidate:
    """What is known of a network before it has hardware.

    Attributes:
        accuracy: Share of held-out images classified rightly, with the supernet's weights.
        spikes: Of one image on average.
    """

    accuracy: float
    spikes: float
    application: "Application"


@dataclass(frozen=True)
class CandidateNetworks:
    """A supernet, the images, and how both are used.

    Attributes:
        seed: Of the training, and of which images are held out.
    """

    settings: "CoexploreSettings"
    dataset: DatasetSettings
    seed: int

    @property
    def supernet(self) -> Supernet:
        """All networks."""
        return Supernet.preset(self.settings.supernet)

    @property
    def images(self) -> Dataset:
        """All images."""
        return load(**self.dataset.model_dump())

    @property
    def held_out(self) -> Dataset:
        """Images to train the supernet on, and as test images those held out to choose by."""
        return held_out(self.images, self.settings.validation_ratio, self.seed)

    def check(self) -> None:
        """Find out now whether training could begin; the data are read, and kept.

        Raises:
            DataError: If the images can neither be found nor downloaded.
            ValueError: If they do not fit the supernet.
        """
        check_images(self.supernet, self.images)
        check_samples(self.held_out, self.settings.n_samples)

    def train(self, place: Path, listener: Listener) -> TrainedCells[SupernetModules]:
        """Train the supernet, or go on; it is kept in the folder.

        Raises:
            TrainingError: If it diverges.
            CheckpointError: If its checkpoint is broken.
        """
        run = Run(checkpoint=place / "supernet.checkpoint.pt", on_epoch=listener)
        recipe = recipe_of(self.settings.partial)
        trained = train_supernet(self.supernet, self.held_out, recipe, self.seed, run)
        if not (place / SUPERNET).is_file():
            save_network(place / SUPERNET, trained.module)
        return trained

    def measured(self, blocks: Blocks, place: Path) -> Candidate:
        """Run a network with the weights of the trained supernet.

        Raises:
            ValueError: In one line, if it cannot be simulated: no neuron fires, say.
        """
        torch.set_num_threads(1)  # the same digits whatever else runs
        supernet, dataset = trained_supernet(place / SUPERNET), self.held_out
        network, run = continued(supernet, blocks)
        assert run.start is not None  # noqa: S101 (what `continued` gives)
        module = network.build(torch.Generator())
        module.load_state_dict(dict(run.start))
        if not self.settings.n_recalibration:
            return self._run(module, blocks, dataset)
        with recalibrated(module, dataset, self.settings.n_recalibration):
            return self._run(module, blocks, dataset)

    def train_fully(
        self, blocks: Blocks, place: Path, listener: Listener
    ) -> TrainedCells[BlockModules]:
        """Train one network on from the supernet's weights, on all training images, or go on.

        Raises:
            TrainingError: If it diverges.
            CheckpointError: If its checkpoint is broken.
        """
        path = place / "trained" / f"{self.told(blocks)}.checkpoint.pt"
        path.parent.mkdir(exist_ok=True)
        begun = Run(checkpoint=path, on_epoch=listener)
        network, run = continued(trained_supernet(place / SUPERNET), blocks, begun)
        recipe = recipe_of(self.settings.full)
        trained = train_network(network, self.images, recipe, self.seed, run)
        save_network(place / "trained" / f"{self.told(blocks)}.pt", trained.module)
        return trained

    def application(self, module: BlockModules, blocks: Blocks) -> "Application":
        """What a network fires on the images that are simulated.

        Raises:
            ValueError: In one line, if it cannot be simulated.
        """
        dataset = self.held_out
        images = dataset.scaled(dataset.test_images[: self.settings.n_samples])
        element = self.settings.element
        return application_of_record(
            self.told(blocks),
            record_spikes(module, images),
            {
                "update_ps": element.update_ps,
                "decode_ps": element.decode_ps,
                "synapse_ps": element.synapse_ps,
                "weight_bits": element.weight_bits,
            },
        )

    def told(self, blocks: Blocks) -> str:
        """The name of a network: its blocks."""
        return "-".join(self.supernet.architecture(blocks))

    def _run(self, module: BlockModules, blocks: Blocks, dataset: Dataset) -> Candidate:
        found = evaluate_network(module, dataset)
        return Candidate(found["accuracy"], found["spikes"], self.application(module, blocks))


def recipe_of(settings: "TrainingSettings") -> CellRecipe:
    """The recipe, for as many epochs as asked for."""
    changes = {} if settings.epochs is None else {"epochs": settings.epochs}
    return CellRecipe.preset(settings.recipe, **changes)


def is_trained(path: Path) -> bool:
    """Whether there is a supernet.

    Raises:
        NetworkFileError: If it cannot be read: every design would be refused, for good.
    """
    if not path.is_file():
        return False
    try:
        trained_supernet(path)
    except NetworkFileError as error:
        raise NetworkFileError(f"{error}; without the file it is trained again") from error
    return True


def trained_supernet(path: Path) -> SupernetModules:
    """Read a supernet; the last one read is kept."""
    return _trained_at(str(path), path.stat().st_mtime_ns)


@lru_cache(maxsize=1)
def _trained_at(path: str, _changed_ns: int) -> SupernetModules:
    return load_supernet(Path(path), torch.Generator())
