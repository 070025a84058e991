"""Agents that drive an environment themselves, instead of being asked for designs."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, Generic, Literal, TypeVar

from pydantic import Field

from agents.base import AgentSettings
from agents.loop import Observer
from envs.problem import Problem
from envs.service import EvaluationService
from envs.settings_types import Count, Positive
from envs.space import Choices

if TYPE_CHECKING:
    from agents.driven import DrivenSearch

MOST_STEPS = 10**9  # a search ends by its budget or its patience, never by a number of steps
Size = Annotated[Count, Field(le=65_536)]
Rate = Annotated[Positive, Field(le=1)]


class DriverSettings(AgentSettings):
    """What all of them have."""

    invalid_action: Literal["alias", "penalize"]
    patience: Annotated[Count, Field(le=10_000_000)]


S_co = TypeVar("S_co", bound=DriverSettings, covariant=True)


class Driver(ABC, Generic[S_co]):
    """A learner of another library, and once it has an environment its model.

    Attributes:
        origins: Key of a design to that of the one before it and the move, where there are moves.
    """

    def __init__(self, settings: S_co, name: str, seed: int) -> None:
        self.settings = settings
        self.name = name
        self.seed = seed
        self.origins: dict[str, tuple[str, str]] = {}

    @property
    @abstractmethod
    def curves(self) -> dict[str, float]:
        """What is worth plotting of the last lesson."""

    def proposed(self, choices: Choices) -> None:
        """Hear of a design that its environments have come to."""

    @abstractmethod
    def state_dict(self) -> dict[str, Any]:
        """Return what was learnt, as tensors and plain data; a resume searches again instead."""

    @abstractmethod
    def search_class(self) -> "type[DrivenSearch[Any]]":
        """What drives it; loads the library."""

    def search(
        self,
        problem: Problem,
        service: EvaluationService,
        budget: int,
        observers: Sequence[Observer] = (),
    ) -> "DrivenSearch[Any]":
        """The search of a problem by this agent."""
        return self.search_class()(problem, self, service, budget, observers)
