"""Trains networks of blocks: many at once as a supernet, one from its weights or from scratch."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from snn.block_modules import BlockModules
from snn.block_network import BlockNetwork
from snn.cell_recipe import CellRecipe
from snn.cell_training import Run, TrainedCells, train_cells
from snn.datasets import Dataset
from snn.supernet import Supernet
from snn.supernet_modules import SupernetModules


def train_supernet(
    supernet: Supernet, dataset: Dataset, recipe: CellRecipe, seed: int, run: Run | None = None
) -> TrainedCells[SupernetModules]:
    """Train the weights that all networks share: every batch goes through one, drawn uniformly.

    The last epoch's weights are kept: no single network could say which epoch is best. Networks
    are to be chosen on images kept out beforehand, see `snn.block_evaluation.validation_split`.

    Returns:
        The supernet; its test accuracy is that of networks drawn anew for each batch of images.

    Raises:
        TrainingError: If the loss is no longer finite.
        CheckpointError: If the checkpoint is broken, or of another training.
        ValueError: If images and supernet do not fit, or the device lacks the precision.
    """
    return train_cells(supernet, dataset, replace(recipe, validation_ratio=0.0), seed, run)


def train_network(
    network: BlockNetwork, dataset: Dataset, recipe: CellRecipe, seed: int, run: Run | None = None
) -> TrainedCells[BlockModules]:
    """Train one network, from scratch or from the weights of ``run.start``.

    The epoch that does best on the training images kept out is the one that is tested.

    Raises:
        TrainingError: If the loss is no longer finite.
        CheckpointError: If the checkpoint is broken, or of another training.
        ValueError: If images and network do not fit, or the device lacks the precision.
    """
    return train_cells(network, dataset, recipe, seed, run)


def continued(
    supernet: SupernetModules, choices: Mapping[str, object] | Sequence[str], run: Run | None = None
) -> tuple[BlockNetwork, Run]:
    """A network of a supernet, and a run that starts with the weights that it has there.

    Raises:
        ValueError: If there is no such network.
    """
    start = supernet.inherited(choices)
    return supernet.supernet.network(choices), replace(run or Run(), start=start)
