"""The ancestor whose weights designs begin with: trained before the search, kept in its run."""

from dataclasses import replace
from pathlib import Path

from rich.console import Console

from agents.usage import UsageError
from envs.evaluators import Evaluator, Pipeline
from envs.inheritance import FILE, Inheritance
from envs.trained_accuracy import TrainedAccuracy


def with_ancestor(evaluator: Evaluator, run: Path, console: Console) -> Evaluator:
    """The same evaluator, once its ancestor lies in the run's folder; as it is if it has none.

    Raises:
        UsageError: If the ancestor cannot be trained.
    """
    if not isinstance(evaluator, Pipeline):
        return evaluator
    *others, stage = evaluator.stages
    if not isinstance(stage, TrainedAccuracy) or stage.inheritance is None:
        return evaluator
    kept = replace(stage.inheritance, folder=str(run.resolve()))
    heir = replace(stage, inheritance=kept)
    _have_trained(heir, kept, console)
    return replace(evaluator, stages=(*others, heir))


def _have_trained(stage: TrainedAccuracy, inheritance: Inheritance, console: Console) -> None:
    from envs.accuracy import ancestor  # noqa: PLC0415 (loads torch)

    assert inheritance.folder is not None  # noqa: S101 (`with_ancestor`)
    if not (Path(inheritance.folder) / FILE).is_file():
        n = inheritance.ancestor_epochs
        console.print(f"training the ancestor of all designs: {n} epochs", highlight=False)
    try:
        ancestor(stage, inheritance)
    except ValueError as error:
        raise UsageError(f"env.inheritance: {error}") from error
