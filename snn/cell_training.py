"""Trains networks of cells or blocks: surrogate gradients through time; can be interrupted."""

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Generic

import torch
from torch.func import functional_call

from snn import cell_checkpoint
from snn.batches import n_batches, shuffled_batches
from snn.cell_accuracy import cell_accuracy, share_right
from snn.cell_modules import FRAMES_NDIM
from snn.cell_recipe import CellRecipe
from snn.classifier import Module, Takes, Trainable
from snn.datasets import Dataset
from snn.stored_weights import gaussian, on_chip, sampled_errors
from snn.torch_device import check_device
from snn.training import TrainingError
from snn.weight_formats import clamp_


@dataclass(frozen=True, slots=True)
class Epoch:
    """What came of one pass over the training images.

    Attributes:
        number: From 1.
        loss: As the module has it, mean over the training images.
        accuracy: Share of training images classified rightly, as the network was while it learnt.
        validation_accuracy: Share of the images kept out, after the epoch; None without any.
        images_per_s: Of training, without the validation; it differs from run to run.
    """

    number: int
    loss: float
    accuracy: float
    validation_accuracy: float | None
    images_per_s: float = field(compare=False)


@dataclass(frozen=True, slots=True)
class Run:
    """Where a training happens, what it leaves behind, and who is told.

    Attributes:
        checkpoint: Written after every epoch; gone on from if it is there.
        on_epoch: Told of each epoch, once its checkpoint is written.
        start: Weights to begin with (a ``state_dict``), instead of freshly drawn ones.
    """

    device: str = "cpu"
    checkpoint: Path | None = None
    on_epoch: Callable[[Epoch], None] | None = None
    start: Mapping[str, torch.Tensor] | None = None


@dataclass(frozen=True, slots=True)
class TrainedCells(Generic[Module]):
    """A trained network.

    Attributes:
        module: With the weights of the best epoch, not yet rounded to any format.
        test_accuracy: Share of test images classified rightly, weights rounded as in training.
    """

    module: Module
    history: tuple[Epoch, ...]
    best_epoch: int
    test_accuracy: float


def train_cells(
    network: Trainable[Module],
    dataset: Dataset,
    recipe: CellRecipe,
    seed: int,
    run: Run | None = None,
) -> TrainedCells[Module]:
    """Train a network from scratch; same seed, same result, also if it was cut off in between.

    The same number of threads is needed for the same digits. The network forgets its potentials
    before every batch; its module says what the loss is.

    Raises:
        TrainingError: If the loss is no longer finite.
        CheckpointError: If the checkpoint is broken, or of another training.
        ValueError: If images and network do not fit, or the device lacks the precision.
    """
    run = run or Run()
    check_device(run.device, recipe.precision)
    check_images(network, dataset)
    trainer = _Trainer(network, dataset, recipe, seed, run)
    trainer.resume()
    while len(trainer.history) < recipe.epochs:
        trainer.epoch()
    return trainer.result()


def at_rest(seed: int) -> torch.Generator:
    """What a trained network is rounded by: so the one that was tested can be made again."""
    return torch.Generator().manual_seed(seed)


def check_images(network: Takes, dataset: Dataset) -> None:
    """Refuse images that a network, or a frame, does not take.

    Raises:
        ValueError: With both sides.
    """
    wanted = network.input_shape
    if tuple(dataset.train_images.shape[-3:]) != wanted or network.n_classes != dataset.n_classes:
        raise ValueError(
            f"the network takes {wanted} images of {network.n_classes} classes, the data set has "
            f"{tuple(dataset.train_images.shape[-3:])} of {dataset.n_classes}"
        )
    shape = dataset.train_images.shape
    if len(shape) == FRAMES_NDIM and shape[1] != network.timesteps:
        raise ValueError(
            f"the network takes {network.timesteps} time steps, the data set has {shape[1]} frames"
        )


class _Trainer(Generic[Module]):
    """The state of a training between two epochs."""

    def __init__(
        self,
        network: Trainable[Module],
        dataset: Dataset,
        recipe: CellRecipe,
        seed: int,
        run: Run,
    ) -> None:
        self.dataset, self.recipe, self.run = dataset, recipe, run
        self.seed = seed
        self.told = repr(network)
        self.fingerprint = cell_checkpoint.fingerprint(
            repr((network, recipe.told(), seed)), dataset, run.start
        )
        self.generator = torch.Generator().manual_seed(seed)
        self.module = network.build(self.generator)
        if run.start is not None:
            self.module.load_state_dict(run.start)
        self.module.to(run.device)
        self.training, self.validation = self._split()
        self.n_steps = recipe.epochs * n_batches(len(self.training), recipe.batch_size)
        self.optimizer = recipe.make_optimizer(self.module)
        self.schedule = recipe.make_schedule(self.optimizer, self.n_steps)
        self.scaler = torch.amp.GradScaler("cuda", enabled=recipe.precision == "float16")
        self.history: list[Epoch] = []
        self.best_epoch = 0
        self.best: dict[str, torch.Tensor] = {}

    def _split(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Indices to train on, and those kept out."""
        n = len(self.dataset.train_labels)
        n_kept_out = round(self.recipe.validation_ratio * n)
        order = torch.randperm(n, generator=self.generator)
        return order[n_kept_out:], order[:n_kept_out]

    def epoch(self) -> None:
        """Train on all images once, look at the others, and write it all down."""
        self.history.append(self._trained())
        if self._is_best():
            self.best_epoch = len(self.history)
            self.best = {name: one.cpu().clone() for name, one in self.module.state_dict().items()}
        if self.run.checkpoint is not None:
            cell_checkpoint.save(self.run.checkpoint, self._state())
        if self.run.on_epoch is not None:
            self.run.on_epoch(self.history[-1])

    def _trained(self) -> Epoch:
        self.module.train()
        total_loss, n_right, start = 0.0, 0, time.perf_counter()
        for batch in shuffled_batches(len(self.training), self.recipe.batch_size, self.generator):
            loss, right = self._step(self.training[batch])
            total_loss += loss * len(batch)
            n_right += right
        n, elapsed_s = len(self.training), time.perf_counter() - start
        if not all(one.isfinite().all() for one in self.module.parameters()):
            raise TrainingError(self._diverged)  # neurons hide from the loss what is not a number
        return Epoch(
            len(self.history) + 1, total_loss / n, n_right / n, self._validated(), n / elapsed_s
        )

    def _step(self, indices: torch.Tensor) -> tuple[float, int]:
        """Take one step down the loss; yield it, and the number of images classified rightly."""
        images = self.dataset.augmented(self.dataset.train_images[indices], self.generator)
        labels = self.dataset.train_labels[indices].to(self.run.device)
        logits = self._logits(self.dataset.scaled(images.to(self.run.device)))
        loss = self.module.loss(logits, labels)
        if not math.isfinite(loss.item()):
            raise TrainingError(self._diverged)
        self.optimizer.zero_grad()
        self.scaler.scale(loss).backward()  # type: ignore[no-untyped-call]
        self.scaler.step(self.optimizer)
        self.scaler.update()
        clamp_(self.module, self.recipe.weight_format)
        self.schedule.step()
        return loss.item(), int((logits.argmax(dim=1) == labels).sum())

    @property
    def _diverged(self) -> str:
        return f"training diverged in epoch {len(self.history) + 1}"

    def _logits(self, images: torch.Tensor) -> torch.Tensor:
        recipe = self.recipe
        errors = None
        if recipe.deviation_ratio > 0:
            noise_of = gaussian(recipe.deviation_ratio * self._noise_share())
            errors = sampled_errors(self.module, recipe.weight_format, noise_of, self.generator)
        weights = on_chip(self.module, recipe.weight_format, errors, self.generator)
        type_ = getattr(torch, recipe.precision)
        kind = torch.device(self.run.device).type
        with torch.autocast(kind, type_, enabled=type_ != torch.float32):
            logits: torch.Tensor = functional_call(self.module, weights, (images,))
        return logits.float()

    def _noise_share(self) -> float:
        """How far the error of the weights has grown."""
        ramp_steps = max(1, round(self.recipe.noise_ramp * self.n_steps))
        return min(1.0, self.schedule.last_epoch / ramp_steps)

    def _validated(self) -> float | None:
        if not len(self.validation):
            return None
        images = self.dataset.train_images[self.validation]
        labels = self.dataset.train_labels[self.validation]
        weights = on_chip(self.module, self.recipe.weight_format, generator=at_rest(self.seed))
        return share_right(self.module, self.dataset, images, labels, weights)

    def _is_best(self) -> bool:
        """Whether the last epoch is the best; the later of equals, the last without validation."""
        latest = self.history[-1].validation_accuracy
        if latest is None or self.best_epoch == 0:
            return True
        best = self.history[self.best_epoch - 1].validation_accuracy
        return best is None or latest >= best

    def _state(self) -> dict[str, Any]:
        return {
            "fingerprint": self.fingerprint,
            "network": self.told,
            "module": self.module.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "schedule": self.schedule.state_dict(),
            "scaler": self.scaler.state_dict(),
            "generator": self.generator.get_state(),
            "history": [asdict(epoch) for epoch in self.history],
            "best_epoch": self.best_epoch,
            "best": self.best,
        }

    def resume(self) -> None:
        """Go on from the checkpoint, if there is one."""
        path = self.run.checkpoint
        state = None if path is None else cell_checkpoint.load(path, self.fingerprint)
        if state is None:
            return
        try:
            self._take_up(state)
        except Exception as error:  # whatever torch makes of what is missing or damaged
            raise cell_checkpoint.unreadable(path) from error

    def _take_up(self, state: Mapping[str, Any]) -> None:
        self.module.load_state_dict(state["module"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.schedule.load_state_dict(state["schedule"])
        self.scaler.load_state_dict(state["scaler"])
        self.generator.set_state(state["generator"])
        self.history = [Epoch(**epoch) for epoch in state["history"]]
        self.best_epoch, self.best = state["best_epoch"], state["best"]

    def result(self) -> TrainedCells[Module]:
        """The network of the best epoch, tested."""
        self.module.load_state_dict(self.best)
        format_, generator = self.recipe.weight_format, at_rest(self.seed)
        accuracy = cell_accuracy(self.module, self.dataset, format_, generator)
        return TrainedCells(self.module, tuple(self.history), self.best_epoch, accuracy)
