"""What every searcher offers."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

from envs.evaluation import Evaluation
from envs.problem import Problem
from envs.space import Choices, SearchSpace

Actions = tuple[int, ...]
Proposal = Actions | Choices  # one action per open decision, or a whole design
Heard = float | tuple[float, ...]  # a reward, or losses


class AgentError(ValueError):
    """An agent that cannot go on; the message is one line that says why and what to do."""


class Agent(Protocol):
    """Proposes designs and learns from their rewards.

    The same seed and the same rewards give the same proposals.
    """

    batch_size: int

    def ask(self, n: int) -> Sequence[Proposal]:
        """Propose ``n`` designs; none when it has no more.

        A design is one action per open decision, or what it chooses, by name.
        """
        ...

    def tell(self, proposals: Sequence[Any], rewards: Sequence[Any]) -> dict[str, float]:
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

    def judge(self, problem: Problem, evaluation: Evaluation) -> Heard:
        """Return what `tell` is to hear instead of the reward."""
        ...


def design_of(proposal: Proposal, space: SearchSpace) -> Choices:
    """What a proposal chooses."""
    return proposal if isinstance(proposal, Mapping) else space.decode(proposal)
