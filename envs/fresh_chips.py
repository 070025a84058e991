"""Designs measured again, with the weights they were found with, on chips of their own."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from envs.evaluation import Metrics
from envs.evaluators import Pipeline
from envs.space import Choices
from envs.trained_accuracy import TrainedAccuracy

WEIGHTS = "weights"  # beside the choices: the file, from the root


@dataclass(frozen=True)
class FreshChips:
    """Accuracy of choices with named weights over ``n_chips`` chips; nothing is trained.

    Whoever calls it gives another seed than the search had, and so other chips.

    Attributes:
        root: What the files of weights are named from.
    """

    pipeline: Pipeline
    n_chips: int
    root: Path
    is_cheap: bool = False

    @property
    def context(self) -> dict[str, Any]:
        """Those of the pipeline, and the number of chips."""
        return {"pipeline": self.pipeline.context, "n_chips": self.n_chips}

    def __call__(self, choices: Choices, seed: int) -> Metrics:
        """Return accuracy (mean over chips), its deviation and worst, and the clean one."""
        design = {name: value for name, value in choices.items() if name != WEIGHTS}
        stage = self.pipeline.stages[-1]
        assert isinstance(stage, TrainedAccuracy)  # noqa: S101 (whoever makes a flow checks it)
        path = str(self.root / str(choices[WEIGHTS]))
        judge = replace(stage, n_chips=self.n_chips, weights=path, is_trained=False)
        return judge(self.pipeline.build(design), seed)
