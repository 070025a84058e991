"""NSGA-II (Deb et al., IEEE TEC 2002): ranks of fronts and room between designs decide who lives.

Sorting and crowding are pymoo's.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pymoo.operators.survival.rank_and_crowding.metrics import calc_crowding_distance
from pymoo.util.nds.non_dominated_sorting import NonDominatedSorting

from agents.base import Actions, Heard
from agents.breeding import crossed, mutated
from agents.hearing import losses_heard, losses_of
from agents.population import Evolution
from envs.evaluation import Evaluation
from envs.problem import Problem
from envs.space import SearchSpace

N_ENDS = 2


@dataclass(frozen=True)
class Nsga2Options:
    """How it breeds.

    Attributes:
        population: Designs that live; as many random ones come first.
        crossover: Probability that a child has two parents.
        mutation: Decisions of a child that change, on average; one does at least.
        batch_size: Children of a generation.
    """

    population: int
    crossover: float
    mutation: float
    batch_size: int


class Nsga2(Evolution[tuple[float, ...]]):
    """Searches the front of all objectives, not the reward; the fittest living comes first."""

    def __init__(self, space: SearchSpace, options: Nsga2Options, seed: int) -> None:
        super().__init__(space, options.population, options.batch_size, seed)
        self._options = options

    def judge(self, problem: Problem, evaluation: Evaluation) -> tuple[float, ...]:
        """The losses; infinite where there can be no such design."""
        return losses_of(problem, evaluation)

    def tell(self, proposals: Sequence[Actions], rewards: Sequence[Heard]) -> dict[str, float]:
        """Keep the fittest of the living and the new, each design once."""
        new = [
            (losses_heard(heard), tuple(one)) for one, heard in zip(proposals, rewards, strict=True)
        ]
        each = list({one: (loss, one) for loss, one in [*self._living, *new]}.values())
        order = fittest_first(np.array([loss for loss, _ in each]))
        self._living = [each[i] for i in order[: self._population]]
        return {"living": float(len(self._living))}

    def _child(self) -> Actions:
        child = self._parent()
        if self._random.random() < self._options.crossover:
            child = crossed(self._space, child, self._parent(), self._random)
        share = self._options.mutation / max(1, self._space.n_decisions)
        return mutated(self._space, child, share, self._random)

    def _parent(self) -> Actions:
        """The fitter of two."""
        return self._living[int(self._random.integers(len(self._living), size=2).min())][1]


def fittest_first(losses: NDArray[np.float64]) -> list[int]:
    """Order designs by the rank of their front, those of one front by the room around them.

    Args:
        losses: Shape ``(n_designs, n_objectives)``; infinite of those that cannot be, which come
            last.
    """
    possible = np.flatnonzero(np.isfinite(losses).all(axis=1))
    order: list[int] = []
    for front in NonDominatedSorting().do(losses[possible]) if len(possible) else ():
        members = possible[front]
        room = _room(losses[members])
        order += [int(i) for i in members[np.argsort(-room, kind="stable")]]
    return order + [i for i in range(len(losses)) if not np.isfinite(losses[i]).all()]


def _room(losses: NDArray[np.float64]) -> NDArray[np.float64]:
    """Crowding distance; the ends of a front have infinite room."""
    if len(losses) <= N_ENDS:
        return np.full(len(losses), np.inf)
    return np.asarray(calc_crowding_distance(losses), np.float64)
