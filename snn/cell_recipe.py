"""How a cell network is trained: settings, optimizer and schedule of the learning rate."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

import torch
from torch import nn
from torch.optim.lr_scheduler import CosineAnnealingLR, LRScheduler, OneCycleLR

from configs.catalog import suggestion
from snn.quantization import WeightFormat

OptimizerName = Literal["adamw", "sgd"]
ScheduleName = Literal["one-cycle", "cosine"]
Precision = Literal["float32", "bfloat16", "float16"]
CHOICES: Mapping[str, tuple[str, ...]] = {
    "optimizer": ("adamw", "sgd"),
    "schedule": ("one-cycle", "cosine"),
    "precision": ("float32", "bfloat16", "float16"),
}


@dataclass(frozen=True, slots=True)
class CellRecipe:
    """How a cell network is trained; the defaults suit small images on a CPU.

    Attributes:
        learning_rate: Peak of a ``one-cycle`` schedule, or start of a ``cosine`` one.
        final_ratio: Share of the learning rate that ``cosine`` ends with.
        momentum: Of ``sgd``.
        validation_ratio: Share of the training images to be kept out, on which the best epoch is
            chosen; with 0 the last epoch is taken, so that no test image ever chooses.
        precision: Type of the products: ``bfloat16`` on any device, ``float16`` on a GPU only.
        weight_format: Rounding of the weights in each forward pass; the ones that are trained
            stay exact (quantization-aware training). None for exact weights.
        deviation_ratio: Standard deviation of the Gaussian error that each weight gets anew in
            each forward pass, in units of its layer's range (NACIM's training).
        noise_ramp: Share of the steps over which this error grows from zero to its full size.
    """

    epochs: int = 15
    batch_size: int = 64
    optimizer: OptimizerName = "adamw"
    learning_rate: float = 6e-3
    weight_decay: float = 0.01
    momentum: float = 0.9
    schedule: ScheduleName = "one-cycle"
    final_ratio: float = 0.01
    validation_ratio: float = 0.1
    precision: Precision = "float32"
    weight_format: WeightFormat | None = None
    deviation_ratio: float = 0.0
    noise_ramp: float = 0.3

    def __post_init__(self) -> None:
        for name, allowed in CHOICES.items():
            if getattr(self, name) not in allowed:
                told = suggestion(getattr(self, name), allowed)
                raise ValueError(f"{name}: no '{getattr(self, name)}'; {told}")
        if self.epochs < 1 or self.batch_size < 2:  # noqa: PLR2004 (BatchNorm needs two)
            raise ValueError(
                f"training needs at least 1 epoch and 2 images a batch, got {self.epochs} and "
                f"{self.batch_size}"
            )
        if not (self.learning_rate > 0 and min(self.weight_decay, self.deviation_ratio) >= 0):
            raise ValueError(
                "learning_rate needs a number above 0, weight_decay and deviation_ratio 0 or more; "
                f"got {self.learning_rate}, {self.weight_decay} and {self.deviation_ratio}"
            )
        for name in ("final_ratio", "validation_ratio", "noise_ramp", "momentum"):
            if not 0 <= getattr(self, name) < 1:
                raise ValueError(f"{name}: needs 0 or more, below 1, got {getattr(self, name)}")

    def make_optimizer(self, module: nn.Module) -> torch.optim.Optimizer:
        """Make the optimizer of a module's parameters."""
        arguments: dict[str, Any] = {"lr": self.learning_rate, "weight_decay": self.weight_decay}
        if self.optimizer == "sgd":
            return torch.optim.SGD(module.parameters(), momentum=self.momentum, **arguments)
        return torch.optim.AdamW(module.parameters(), **arguments)

    def make_schedule(self, optimizer: torch.optim.Optimizer, n_steps: int) -> LRScheduler:
        """Make the schedule, to be stepped after each batch."""
        if self.schedule == "cosine":
            lowest = self.final_ratio * self.learning_rate
            return CosineAnnealingLR(optimizer, n_steps, eta_min=lowest)
        return OneCycleLR(optimizer, self.learning_rate, total_steps=n_steps + 1)

    def told(self) -> str:
        """Everything that a result depends on, as text."""
        return repr(asdict(self))


SNASNET = CellRecipe(
    epochs=100,
    batch_size=64,
    optimizer="sgd",
    learning_rate=0.1,
    weight_decay=5e-4,
    schedule="cosine",
)
"""SGD with the settings of SNASNet and SpikeNAS-Bench, for 32x32 images."""
