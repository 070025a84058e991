"""Survivors of a co-exploration: trained fully, then simulated again with their new spikes."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from rich.console import Console

from agents.inner_search import InnerSearch, worst
from agents.targets import is_met
from agents.training_progress import TrainingProgress
from async_sim import actors
from async_sim.application import Application
from async_sim.execution import FIGURES, execute, figures
from async_sim.hardware import Hardware
from envs.ancoef_design import hardware_of
from envs.ancoef_problem import AncoefProblem
from envs.coexplore_evaluator import CoexploreEvaluator, with_start
from envs.coexplore_networks import recipe_of
from envs.evaluation import Evaluation
from envs.judgement import judge
from envs.space import Choices

TRAINED_SPIKES = "trained"


@dataclass(frozen=True)
class Survivor:
    """A network after its full training, on its hardware.

    Attributes:
        held_out_accuracy: Before it, of the images held out.
        metrics: ``accuracy`` of the test images, and what a frame takes.
        is_met: Whether it meets all targets.
        n_simulations: Of the hardware after the training: 1 if what was found before will do.
        wall_s: Of the training.
    """

    blocks: str
    held_out_accuracy: float
    metrics: dict[str, float]
    design: dict[str, Any]
    is_met: bool
    n_simulations: int
    wall_s: float

    def plain(self) -> dict[str, Any]:
        """For the summary."""
        return asdict(self)


def survivors_of(
    evaluations: Sequence[Evaluation], targets: Mapping[str, float]
) -> list[Evaluation]:
    """The networks that meet all targets, best accuracy first; of equals that of less EDP."""
    met = [one for one in evaluations if one.infeasible is None and is_met(one.metrics, targets)]
    return sorted(met, key=lambda one: (-one.metrics["accuracy"], one.metrics["edp_js"]))


def trained_survivor(
    evaluator: CoexploreEvaluator, found: Evaluation, seed: int, console: Console
) -> Survivor:
    """Train a network fully; simulate its hardware again, and search on if a target is missed.

    Raises:
        TrainingError: If it diverges.
    """
    assert evaluator.place is not None  # noqa: S101 (it has been searched)
    networks = evaluator.networks
    name = networks.told(found.choices)
    console.print(f"training {name}", highlight=False)
    recipe = recipe_of(evaluator.settings.full)
    with TrainingProgress(console, recipe.epochs) as progress:
        trained = networks.train_fully(found.choices, evaluator.place, progress.on_epoch)
    n_images = len(networks.images.train_labels) * (1 - recipe.validation_ratio)
    wall_s = sum(n_images / epoch.images_per_s for epoch in trained.history)
    application = networks.application(trained.module, found.choices)
    problem = evaluator.hardware_problem(application, trained.test_accuracy, TRAINED_SPIKES)
    design = evaluator.design_of(found.choices)["design"]
    evaluation, n_simulations = _on_hardware(evaluator, problem, design, seed)
    metrics = {name: evaluation.metrics[name] for name in ("accuracy", *FIGURES)}
    return Survivor(
        name,
        found.metrics["accuracy"],
        metrics,
        dict(evaluation.choices),
        worst(problem, metrics)[1] <= 1,
        n_simulations,
        wall_s,
    )


def _on_hardware(
    evaluator: CoexploreEvaluator, problem: AncoefProblem, design: Choices, seed: int
) -> tuple[Evaluation, int]:
    """What was found, if it still meets the targets; else what a search from there finds."""
    again = judge(problem.evaluator, design, seed)
    if again.infeasible is None and worst(problem, again.metrics)[1] <= 1:
        return again, 1
    search = evaluator.search
    assert isinstance(search, InnerSearch)  # noqa: S101 (that of a command)
    found = search(with_start(problem, design), seed)
    return found.best or again, found.n_simulations


def confirmed(application: Application, hardware: Hardware) -> dict[str, Any]:
    """Figures of both engines; they are to be equal.

    Returns:
        ``is_equal``, and the names of what differs.
    """
    fast = execute(application, hardware)
    plain = execute(application, hardware, actors.simulate)
    ours, theirs = (figures(application, hardware, run) for run in (fast, plain))
    different = [name for name in ours if not np.array_equal(ours[name], theirs[name])]
    return {"is_equal": not different, "different": different}


def confirmed_survivor(evaluator: CoexploreEvaluator, survivor: Survivor) -> dict[str, Any]:
    """Have the actor engine confirm the figures of a survivor."""
    assert evaluator.place is not None  # noqa: S101 (it has been searched)
    path = evaluator.place / TRAINED_SPIKES / f"{survivor.blocks}.npz"
    application = Application.load(path)
    return confirmed(application, hardware_of(survivor.design, application))
