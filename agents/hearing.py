"""What agents hear that go by objectives instead of the reward."""

import numpy as np

from agents.base import Heard
from envs.evaluation import Evaluation
from envs.problem import Problem


def losses_of(problem: Problem, evaluation: Evaluation) -> tuple[float, ...]:
    """The losses of a design, to be minimised; infinite where there can be no such design."""
    if evaluation.infeasible is not None:
        return (np.inf,) * len(problem.objectives)
    return tuple(float(loss) for loss in problem.losses(evaluation))


def losses_heard(heard: Heard) -> tuple[float, ...]:
    """What was heard as losses: a reward is one to be maximised."""
    return heard if isinstance(heard, tuple) else (-float(heard),)
