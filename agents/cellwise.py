"""Cell after cell, every choice of one: algorithm 1 of NeuroNAS and of SpikeNAS.

Pass 0 gives all cells the same choices and tries them all; pass i tries all choices of cell i + 1
and keeps those saved of the others. For C cells there are C passes: SpikeNAS prints one too many.
"""

import itertools
import math
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from agents.base import Actions, AgentError, AgentSettings, BatchSize
from envs.evaluation import Evaluation
from envs.problem import Problem
from envs.rewards import rewarded
from envs.space import SearchSpace

FirstBudgets = Literal["memory", "all"]
LARGEST_BATCH = 4096
MOST_DESIGNS = 1_000_000  # of a pass


class CellwiseSettings(AgentSettings):
    """Group ``agent`` with ``name: neuronas`` or ``spikenas`` (agents.cellwise)."""

    name: Literal["neuronas", "spikenas"]
    first_budgets: Literal["memory", "all"]
    batch_size: BatchSize

    def make(self, problem: Problem, seed: int) -> "CellwiseSearch":
        """Make the agent."""
        del seed
        return CellwiseSearch(problem.space, **self.options())

    def check(self, env: str, space: SearchSpace) -> None:
        """Refuse a space without cells."""
        del env
        cells_of(space)


class CellwiseSearch:
    """Enumerates cells in the order of their vectors, the last edge first; keeps the first best.

    Args:
        first_budgets: Budgets that count in pass 0: `memory` alone, as in NeuroNAS, or `all`.
        batch_size: Designs that are evaluated together; it changes no result.

    Raises:
        AgentError: If the decisions are not those of cells alike, or too many.
    """

    def __init__(
        self,
        space: SearchSpace,
        first_budgets: FirstBudgets = "all",
        batch_size: int = LARGEST_BATCH,
    ) -> None:
        self._n_cells, self._n_choices = cells_of(space)
        self._first_budgets = first_budgets
        self._n_in_pass = math.prod(self._n_choices)
        self.batch_size = min(self._n_in_pass, batch_size)
        self.n_designs: int | None = self._n_cells * self._n_in_pass
        self._pass = 0
        self._n_asked = 0
        self._best = -math.inf
        self._saved: list[Actions] = []

    def ask(self, n: int) -> list[Actions]:
        """Propose the next ``n`` designs; fewer at the end of a pass, none when all is tried."""
        if self._n_asked == self._n_in_pass and self._pass + 1 < self._n_cells:
            self._pass, self._n_asked = self._pass + 1, 0
        if self._pass and not self._saved:
            return []  # pass 0 found nothing to begin with
        start = self._n_asked
        self._n_asked = min(start + n, self._n_in_pass)
        return [self._design(i) for i in range(start, self._n_asked)]

    def _design(self, i: int) -> Actions:
        cell = tuple(int(a) for a in np.unravel_index(i, self._n_choices))
        if self._pass == 0:
            return cell * self._n_cells
        cells = [*self._saved[: self._pass], cell, *self._saved[self._pass + 1 :]]
        return tuple(itertools.chain.from_iterable(cells))

    def judge(self, problem: Problem, evaluation: Evaluation) -> float:
        """The reward; minus infinity for a design over budget, as far as this pass counts it."""
        wanted = {objective.metric for objective in problem.objectives}
        is_measured = wanted <= evaluation.metrics.keys()
        is_forgiven = self._pass == 0 and self._first_budgets == "memory" and is_measured
        if evaluation.infeasible is None or is_forgiven:
            return rewarded(problem.reward, evaluation.metrics)
        return -math.inf

    def tell(self, proposals: Sequence[Actions], rewards: Sequence[float]) -> dict[str, float]:
        """Save a design that is better than all before it."""
        for actions, reward in zip(proposals, rewards, strict=True):
            if reward > self._best:
                self._best = reward
                width = len(self._n_choices)
                self._saved = [tuple(actions[i : i + width]) for i in range(0, len(actions), width)]
        return {"pass": float(self._pass)}

    def state_dict(self) -> dict[str, Any]:
        """Return the place in the enumeration, and what is saved."""
        return {
            "pass": self._pass,
            "n_asked": self._n_asked,
            "best": self._best,
            "saved": [list(cell) for cell in self._saved],
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take up a place in the enumeration."""
        self._pass, self._n_asked = state["pass"], state["n_asked"]
        self._best = state["best"]
        self._saved = [tuple(cell) for cell in state["saved"]]


def cells_of(space: SearchSpace) -> tuple[int, tuple[int, ...]]:
    """Number of cells, and numbers of choices of the decisions of each.

    Raises:
        AgentError: If the decisions are not those of cells alike, or too many.
    """
    cells: dict[str, list[tuple[str, tuple[object, ...]]]] = {}
    for decision in space.open:
        cell, _, name = decision.name.rpartition(".")
        cells.setdefault(cell, []).append((name, decision.choices))
    first, *others = cells.values()
    for name, other in zip(list(cells)[1:], others, strict=True):
        if other != first:
            raise AgentError(
                "agent: neuronas and spikenas try all choices of a cell, and need cells that "
                f"decide the same, but {next(iter(cells))} and {name} do not; take env=neuronas"
            )
    n_choices = tuple(len(choices) for _, choices in first)
    if math.prod(n_choices) > MOST_DESIGNS:
        raise AgentError(
            f"agent: neuronas and spikenas try all choices of a cell: {math.prod(n_choices):,} are "
            f"too many (at most {MOST_DESIGNS:,}); take agent=reinforce"
        )
    return len(cells), n_choices
