"""A joint search so small that tests can run it: a supernet of one epoch, few chips and spikes."""

from dataclasses import replace
from pathlib import Path

from agents.problems import problem_of
from agents.usage import settings_from
from envs.joint_evaluator import JointEvaluator
from envs.problem import Problem

SMALL = (
    "env=joint",
    "env.blocks.training.epochs=1",
    "env.n_chips=2",
    "env.n_samples=1",
    "env.blocks.n_recalibration=64",
    "env.switches.SM=false",
    "env.given.mesh.neurons_per_core=512",
)


def problem(*typed: str) -> Problem:
    """The problem that a command line gives."""
    return problem_of(settings_from([*SMALL, *typed]))


def evaluator(*typed: str, place: Path | None = None) -> JointEvaluator:
    """Its evaluator; the supernet is in the folder, or trained in memory."""
    made = problem(*typed).evaluator
    assert isinstance(made, JointEvaluator)
    return replace(made, place=place)


def given(made: Problem, **changed: object) -> dict[str, object]:
    """The design that is given, with some choices changed; ``chip__device`` is ``chip.device``."""
    choices: dict[str, object] = {one.name: one.given for one in made.space.decisions}
    return choices | {name.replace("__", "."): value for name, value in changed.items()}
