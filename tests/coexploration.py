"""A co-exploration so small that tests can run it: a supernet of one epoch, few simulations."""

from dataclasses import replace
from pathlib import Path

from agents.problems import problem_of
from agents.usage import settings_from
from envs.coexplore_evaluator import CoexploreEvaluator

SMALL = (
    "env=coexplore",
    "env.partial.epochs=1",
    "env.full.epochs=1",
    "env.n_samples=1",
    "env.n_recalibration=64",
    "env.inner.budget=4",
    "env.inner.drop_after=2",
    "env.hardware.start.neurons_per_core=256",
)
SMALLEST = {"block0": "skip", "block1": "skip", "block2": "skip"}
LARGEST = {"block0": "scb5", "block1": "scb5", "block2": "scb5"}


def evaluator(*typed: str, place: Path | None = None) -> CoexploreEvaluator:
    """The evaluator that a command line gives; its supernet is in the folder."""
    made = problem_of(settings_from([*SMALL, *typed])).evaluator
    assert isinstance(made, CoexploreEvaluator)
    return replace(made, place=place)
