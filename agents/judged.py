"""The designs that a run has evaluated, read back from its directory."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from agents.usage import UsageError
from envs.evaluation import Evaluation
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


def judged_designs(run_dir: Path) -> list[Judged]:
    """Every design of a run once, in the order of its first visit.

    Raises:
        UsageError: If the run has no store.
    """
    path = run_dir / "evaluations.sqlite"
    if not path.is_file():
        raise UsageError(f"run_dir: {run_dir} holds no store of evaluations")
    try:
        with closing(EvaluationStore(path)) as store:
            rewards: dict[str, float] = {}
            for _, key, reward in store.visits():
                rewards.setdefault(key, reward)
            pairs = [(reward, store.get(key)) for key, reward in rewards.items()]
    except StoreError as error:
        raise UsageError(str(error)) from error
    found = [(reward, one) for reward, one in pairs if one is not None]
    return [Judged(i, reward, one) for i, (reward, one) in enumerate(found, 1)]


def best_of(designs: Sequence[Judged]) -> Judged | None:
    """The feasible design of the highest reward, the first of equals; None if none is feasible."""
    feasible = [one for one in designs if one.is_feasible]
    return max(feasible, key=lambda one: one.reward, default=None)
