"""The network that a search found: trained, and measured on sampled chips; needs torch."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from envs.data import load
from envs.dataset_settings import DatasetSettings
from envs.hardware_settings import HardwareSettings
from envs.neuronas_settings import CellTrainingSettings, NeuronasSettings
from envs.variation import DeviceVariation
from hwmodels.devices import load_device
from hwmodels.storage import effective_weight_deviation_ratio
from hwmodels.variation import load_variation
from snn.cell_accuracy import Chips, cell_accuracy, cell_accuracy_under_variation
from snn.cell_modules import CellModules
from snn.cell_network import CellNetwork
from snn.cell_recipe import CellRecipe
from snn.cell_training import (
    Epoch,
    Run,
    TrainedCells,
    at_rest,
    check_images,
    train_cells,
)
from snn.macro import Macro
from snn.noise import WeightNoise
from snn.quantization import FixedPoint
from snn.stored_weights import NoiseOf, gaussian
from snn.torch_device import check_device, found
from snn.training import VariedAccuracy

Listener = Callable[[Epoch], None]


@dataclass(frozen=True, slots=True)
class FinalTraining:
    """Trains a cell network as the settings say, on the data set, for the device."""

    settings: NeuronasSettings
    hardware: HardwareSettings
    dataset: DatasetSettings
    seed: int

    @property
    def _asked(self) -> CellTrainingSettings:
        return self.settings.training

    @property
    def torch_device(self) -> str:
        """Where it is trained; a GPU if there is one, unless the settings say."""
        return found(self._asked.torch_device)

    @property
    def recipe(self) -> CellRecipe:
        """The recipe; on a GPU products are in bfloat16 unless the settings say."""
        given, precision = self._asked, self._asked.precision
        if precision == "auto":
            precision = "bfloat16" if self.torch_device == "cuda" else "float32"
        return CellRecipe(
            epochs=given.epochs,
            batch_size=given.batch_size,
            optimizer=given.optimizer,
            learning_rate=given.learning_rate,
            weight_decay=given.weight_decay,
            momentum=given.momentum,
            schedule=given.schedule,
            final_ratio=given.final_ratio,
            validation_ratio=given.validation_ratio,
            noise_ramp=given.noise_ramp,
            precision=precision,
            weight_format=self.settings.weight_format if given.is_rounded else None,
            deviation_ratio=self.deviation_ratio if given.is_noise_aware else 0.0,
        )

    def check(self) -> None:
        """Find out now whether `train` could begin; the data are read, and kept.

        Raises:
            DataError: If the images can neither be found nor downloaded.
            ValueError: If the machine lacks device or precision, or the images do not fit.
        """
        try:
            check_device(self.torch_device, self.recipe.precision)
        except ValueError as error:
            raise ValueError(f"env.training.{error}") from error
        dataset = load(**self.dataset.model_dump())
        check_images(Macro.preset(self.settings.macro), dataset)

    def train(
        self, network: CellNetwork, checkpoint: Path, listener: Listener
    ) -> TrainedCells[CellModules]:
        """Train, or go on from the checkpoint.

        Raises:
            TrainingError: If the network diverges.
            ValueError: If the images do not fit, or the machine lacks device or precision.
        """
        dataset = load(**self.dataset.model_dump())
        run = Run(device=self.torch_device, checkpoint=checkpoint, on_epoch=listener)
        return train_cells(network, dataset, self.recipe, self.seed, run)

    def on_chips(self, trained: TrainedCells[CellModules]) -> VariedAccuracy | None:
        """Accuracy over sampled chips; None if no chip is asked for."""
        if not self._asked.n_chips:
            return None
        generator = torch.Generator().manual_seed(self._asked.chip_seed)
        return self.sampled(trained.module, self._asked.n_chips, generator)

    def sampled(
        self, module: CellModules, n_chips: int, generator: torch.Generator
    ) -> VariedAccuracy:
        """Accuracy of a trained network over sampled chips, its weights rounded."""
        chips = Chips(n_chips, self.settings.weight_format, self._noise_of())
        dataset = load(**self.dataset.model_dump())
        return cell_accuracy_under_variation(module, dataset, chips, generator)

    def rounded_accuracy(self, module: CellModules) -> float:
        """Share of test images classified rightly by a trained network with rounded weights."""
        dataset = load(**self.dataset.model_dump())
        return cell_accuracy(module, dataset, self.settings.weight_format, at_rest(self.seed))

    @property
    def deviation_ratio(self) -> float:
        """Standard deviation of a weight on the device, in units of its layer's range."""
        device, bits = load_device(self.hardware.device), self.settings.weight_bits
        if self.hardware.variation is None:
            return device.weight_deviation_ratio(bits)
        steps = load_variation(self.hardware.variation, device)
        return effective_weight_deviation_ratio(device, bits, steps, np.random.default_rng(0))

    def _noise_of(self) -> NoiseOf:
        if self.hardware.variation is None:
            return gaussian(self.deviation_ratio)
        device = load_device(self.hardware.device)
        steps = load_variation(self.hardware.variation, device)
        format_ = FixedPoint(0, self.settings.weight_bits - 1)
        cells = DeviceVariation(device, steps, format_)
        return lambda range_: _Ranged(cells, range_)


@dataclass(frozen=True, slots=True)
class _Ranged:
    """Noise of weights within [-1, 1), for weights of another range."""

    noise: WeightNoise
    range_: float

    def sample(self, weights: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
        """Draw errors in the units of the weights."""
        return self.noise.sample(weights / self.range_, generator) * self.range_
