"""The stage that trains a design: its settings and what its figures depend on, without torch."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar

from configs import catalog
from envs.design import Design
from envs.evaluation import Metrics
from envs.inheritance import Inheritance
from envs.kept_weights import fingerprint

ACCURACY_VERSION = 2  # part of the store's key: raise it when any accuracy of any design changes
VARIATION_VERSION = 2  # likewise, of those under a named variation alone


@dataclass(frozen=True, slots=True)
class Halving:
    """Successive halving: after so many epochs the best ``share`` of a batch is trained whole."""

    epochs: int
    share: float


@dataclass(frozen=True)
class TrainedAccuracy:
    """Trains the network with variation and measures it over sampled chips.

    Attributes:
        dataset: ``name`` of a loader in `snn.datasets`, and its arguments.
        recipe: Arguments of `snn.training.Recipe`.
        variation: What chips do to their cells, a file of ``configs/variation``; None for the
            device's own Gaussian deviation. Training draws Gaussian errors of the same deviation.
        n_chips: Sampled chips; 0: accuracy is that of exact weights.
        weights: A file of weights to begin with, or a folder of them (`envs.kept_weights`).
        is_trained: Whether to train; else those weights are only rounded to the design's formats.
        keep_in: A folder to keep the weights of every design in; changes no result.
        halving: Done by the service (`envs.halving`), which sees whole batches.
        inheritance: What a design begins with where there are no weights to begin with.
        torch_device: Where it is trained; with ``auto`` on a GPU if there is one.
    """

    dataset: dict[str, Any]
    recipe: dict[str, Any]
    n_chips: int
    variation: str | None = None
    weights: str | None = None
    is_trained: bool = True
    keep_in: str | None = None
    halving: Halving | None = None
    inheritance: Inheritance | None = None
    torch_device: str = "cpu"
    yields: ClassVar[tuple[str, ...]] = (
        "clean_accuracy",
        "accuracy",
        "accuracy_deviation",
        "worst_accuracy",
    )

    @property
    def context(self) -> dict[str, Any]:
        """Data, wherever they lie; recipe, number of chips and the weights to begin with.

        An option that is off is not told of: stores from before there was one stay good.
        """
        content = None
        if self.variation:
            content = catalog.read("variation", self.variation) | {"version": VARIATION_VERSION}
        told: dict[str, Any] = {
            "dataset": {key: value for key, value in self.dataset.items() if key != "path"},
            "recipe": dict(self.recipe),
            "n_chips": self.n_chips,
            "variation": content,
            "version": ACCURACY_VERSION,
        }
        if self.halving is not None:
            told["halving"] = asdict(self.halving)
        if self.inheritance is not None:
            told["inheritance"] = self.inheritance.context
        if self.found_device != "cpu":  # sums of another order
            told["torch_device"] = self.found_device
        if self.weights is None:
            return told
        return told | {
            "weights": fingerprint(Path(self.weights)),
            "is_trained": self.is_trained,
        }

    @property
    def found_device(self) -> str:
        """Where it is trained."""
        if self.torch_device == "cpu":
            return "cpu"
        from snn import torch_device  # noqa: PLC0415 (torch stays out of the CLI)

        return torch_device.found(self.torch_device)

    def check(self) -> None:
        """Find out now whether it could be trained; data that lie elsewhere are read, and kept.

        Raises:
            DataError: If the images can neither be found nor downloaded.
            ValueError: If the machine lacks the device.
        """
        if self.torch_device != "cpu":
            from snn import torch_device  # noqa: PLC0415 (torch stays out of mistakes)

            try:
                torch_device.check_device(self.found_device, self.recipe.get("precision", ""))
            except ValueError as error:
                raise ValueError(f"env.accuracy.{error}") from error
        if "source" in self.dataset:
            from envs.data import load  # noqa: PLC0415 (likewise)

            load(**self.dataset)

    def __call__(self, design: Design, seed: int) -> Metrics:
        """Return ``accuracy`` (mean over chips), its deviation and worst, and the clean one."""
        from envs.accuracy import trained_accuracy  # noqa: PLC0415 (torch stays out of the CLI)

        return trained_accuracy(self, design, seed)
