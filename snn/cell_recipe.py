"""How a cell network is trained: settings, optimizer and schedule of the learning rate."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any, Literal, Self

from configs import catalog
from configs.catalog import suggestion
from configs.fields import made
from snn.quantization import WeightFormat

if TYPE_CHECKING:
    from torch import nn
    from torch.optim import Optimizer
    from torch.optim.lr_scheduler import LRScheduler

OptimizerName = Literal["adamw", "sgd"]
ScheduleName = Literal["one-cycle", "cosine", "constant"]
Precision = Literal["float32", "bfloat16", "float16"]
CHOICES: Mapping[str, tuple[str, ...]] = {
    "optimizer": ("adamw", "sgd"),
    "schedule": ("one-cycle", "cosine", "constant"),
    "precision": ("float32", "bfloat16", "float16"),
}


@dataclass(frozen=True, slots=True)
class CellRecipe:
    """How a cell network is trained; `preset` reads a whole recipe.

    Attributes:
        learning_rate: Peak of a ``one-cycle`` schedule, start of a ``cosine`` one, or all of a
            ``constant`` one.
        final_ratio: Share of the learning rate that ``cosine`` ends with.
        momentum: Of ``sgd``.
        validation_ratio: Share of the training images to be kept out, on which the best epoch is
            chosen; with 0 the last epoch is taken, so that no test image ever chooses.
        noise_ramp: Share of the steps over which the error of `deviation_ratio` grows from zero to
            its full size.
        precision: Type of the products: ``bfloat16`` on any device, ``float16`` on a GPU only.
        weight_format: Rounding of the weights in each forward pass; the ones that are trained
            stay exact (quantization-aware training). None for exact weights.
        deviation_ratio: Standard deviation of the Gaussian error that each weight gets anew in
            each forward pass, in units of its layer's range (NACIM's training).
    """

    epochs: int
    batch_size: int
    optimizer: OptimizerName
    learning_rate: float
    weight_decay: float
    momentum: float
    schedule: ScheduleName
    final_ratio: float
    validation_ratio: float
    noise_ramp: float
    precision: Precision = "float32"
    weight_format: WeightFormat | None = None
    deviation_ratio: float = 0.0

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

    @classmethod
    def preset(cls, name: str, **changes: Any) -> Self:  # noqa: ANN401 (as the fields have it)
        """Read a recipe by name, with some fields changed.

        Raises:
            UnknownNameError: If ``configs/recipe`` has no such file.
            ValueError: If there is no such field, or a value is not allowed.
        """
        known = [one.name for one in fields(cls)]
        for key in changes:
            if key not in known:
                raise ValueError(f"{key}: no such setting; {suggestion(key, known)}")
        return made(cls, catalog.read("recipe", name) | changes)

    def make_optimizer(self, module: "nn.Module") -> "Optimizer":
        """Make the optimizer of a module's parameters."""
        from snn.optimizers import SGD, AdamW  # noqa: PLC0415 (commands read recipes, too)

        arguments: dict[str, Any] = {"lr": self.learning_rate, "weight_decay": self.weight_decay}
        if self.optimizer == "sgd":
            return SGD(module.parameters(), momentum=self.momentum, **arguments)
        return AdamW(module.parameters(), **arguments)

    def make_schedule(self, optimizer: "Optimizer", n_steps: int) -> "LRScheduler":
        """Make the schedule, to be stepped after each batch."""
        from torch.optim import lr_scheduler  # noqa: PLC0415 (likewise)

        if self.schedule == "cosine":
            lowest = self.final_ratio * self.learning_rate
            return lr_scheduler.CosineAnnealingLR(optimizer, n_steps, eta_min=lowest)
        if self.schedule == "constant":
            return lr_scheduler.ConstantLR(optimizer, factor=1.0)
        return lr_scheduler.OneCycleLR(optimizer, self.learning_rate, total_steps=n_steps + 1)

    def told(self) -> str:
        """Everything that a result depends on, as text."""
        return repr(asdict(self))
