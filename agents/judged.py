"""The designs that a run has evaluated, read back from its directory."""

from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from agents.usage import UsageError
from envs.evaluation import Evaluation
from envs.problem import Problem, UnmeasuredError
from envs.store import EvaluationStore, StoreError


@dataclass(frozen=True)
class Judged:
    """A design and the reward that the search gave it.

    Attributes:
        number: Of the evaluation, in the order of the first visits, from 1 on.
    """

    number: int
    reward: float
    evaluation: Evaluation

    @property
    def is_feasible(self) -> bool:
        """Whether there can be such a design, within all bounds."""
        return self.evaluation.infeasible is None


@dataclass(frozen=True)
class History:
    """What a search has seen, in order.

    Attributes:
        designs: Each once, in the order of its first visit.
        proposals: Index into the designs of every proposal; a design may be proposed again.
    """

    designs: list[Judged]
    proposals: list[int]


def judged_designs(run_dir: Path) -> list[Judged]:
    """Every design of a run once, in the order of its first visit.

    Raises:
        UsageError: If the run has no store.
    """
    return history_of(run_dir).designs


def history_of(run_dir: Path) -> History:
    """Every design of a run, and every proposal.

    Raises:
        UsageError: If the run has no store.
    """
    path = run_dir / "evaluations.sqlite"
    if not path.is_file() or not path.stat().st_size:
        raise UsageError(f"run_dir: {run_dir} holds no store of evaluations")
    try:
        with closing(EvaluationStore(path, is_read_only=True)) as store:
            visits = store.visits()
            rewards: dict[str, float] = {}
            for _, key, reward in visits:
                rewards.setdefault(key, reward)
            known = {key: one for key in rewards if (one := store.get(key)) is not None}
    except StoreError as error:
        raise UsageError(str(error)) from error
    numbers = {key: i for i, key in enumerate(known)}
    designs = [Judged(i + 1, rewards[key], known[key]) for key, i in numbers.items()]
    return History(designs, [numbers[key] for _, key, _ in visits if key in numbers])


def check_measured(problem: Problem, designs: Iterable[Evaluation], run_dir: Path) -> None:
    """Refuse evaluations that lack what they are judged by, or by whose numbers none can be judged.

    Raises:
        UsageError: With the first of them.
    """
    try:
        for one in designs:
            if not np.isfinite(problem.losses(one)).all():
                raise UsageError(f"{run_dir}: an evaluation is damaged: {dict(one.metrics)}")
    except UnmeasuredError as error:
        raise UsageError(f"{run_dir}: an evaluation is damaged: {error}") from error


def best_of(designs: Sequence[Judged]) -> Judged | None:
    """The feasible design of the highest reward, the first of equals; None if none is feasible."""
    feasible = [one for one in designs if one.is_feasible]
    return max(feasible, key=lambda one: one.reward, default=None)
