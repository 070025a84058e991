"""What every searcher offers."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Protocol, Self, runtime_checkable

from pydantic import Field

from envs.chosen_settings import Chosen
from envs.evaluation import Evaluation
from envs.problem import Problem
from envs.settings_types import Count
from envs.space import Choices, SearchSpace

Actions = tuple[int, ...]
Proposal = Actions | Choices  # one action per open decision, or a whole design
Heard = float | tuple[float, ...]  # a reward, or losses
BatchSize = Annotated[Count, Field(le=4096)]  # a budget below it makes one smaller batch
Steps = Annotated[Count, Field(le=10_000_000)]


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


class AgentSettings(Chosen, ABC):
    """Group ``agent``: what a file of ``configs/agent`` sets, and the agent that it makes.

    Its module is imported to check settings, also wrong ones: what loads slowly waits for `make`.
    """

    @abstractmethod
    def make(self, problem: Problem, seed: int) -> Any:  # noqa: ANN401 (Agent, or a learner)
        """Make the agent (`Agent`), with a seed of its own.

        Raises:
            AgentError: If it cannot search the problem.
        """

    def check(self, env: str, space: SearchSpace) -> None:
        """Refuse a search that it cannot do, before anything is measured or compiled.

        Args:
            env: Name of the environment.

        Raises:
            AgentError: With the reason.
        """

    def within(self, budget: int) -> Self:
        """Settings with what goes by the number of designs spelt out."""
        del budget
        return self

    def options(self, *without: str) -> dict[str, Any]:
        """All settings but the name."""
        return self.model_dump(exclude={"name", "target", *without})


@runtime_checkable
class Judge(Protocol):
    """An agent that goes by more of an evaluation than its reward."""

    def judge(self, problem: Problem, evaluation: Evaluation) -> Heard:
        """Return what `tell` is to hear instead of the reward."""
        ...


def design_of(proposal: Proposal, space: SearchSpace) -> Choices:
    """What a proposal chooses."""
    return proposal if isinstance(proposal, Mapping) else space.decode(proposal)
