"""What every searcher offers."""

from collections.abc import Sequence
from typing import Any, Protocol, runtime_checkable

from envs.evaluation import Evaluation
from envs.problem import Problem

Actions = tuple[int, ...]


class AgentError(ValueError):
    """An agent that cannot go on; the message is one line that says why and what to do."""


class Agent(Protocol):
    """Proposes designs and learns from their rewards.

    The same seed and the same rewards give the same proposals.
    """

    batch_size: int

    def ask(self, n: int) -> list[Actions]:
        """Propose ``n`` designs, each as one action per open decision; none when it has no more."""
        ...

    def tell(self, proposals: Sequence[Actions], rewards: Sequence[float]) -> dict[str, float]:
        """Learn from the rewards of proposals; return curves worth plotting."""
        ...

    def state_dict(self) -> dict[str, Any]:
        """Return everything the next proposal depends on, as tensors and plain data."""
        ...

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take up a state that `state_dict` returned."""
        ...


@runtime_checkable
class Judge(Protocol):
    """An agent that goes by more of an evaluation than its reward."""

    def judge(self, problem: Problem, evaluation: Evaluation) -> float:
        """Return what `tell` is to hear instead of the reward."""
        ...
