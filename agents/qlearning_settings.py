"""Settings of Q-learning, by a table or by linear values."""

from typing import Annotated, Literal

from pydantic import Field

from agents.base import BatchSize, Steps
from agents.linear_values import LinearValues
from agents.moving import Imagined, MoveSettings, moved_problem
from agents.qlearning import QLearning, QLearningOptions
from agents.qtable import QTable
from agents.transfer import take_over
from envs.problem import Problem
from envs.settings_types import Positive, Share, Weight

LearningRate = Annotated[Positive, Field(le=1)]
Undo = Literal["worse", "by-chance", "never"]


class ValueSettings(MoveSettings):
    """What Q-learning is told, whatever holds its values (agents.qlearning.QLearningOptions)."""

    batch_size: BatchSize
    learning_rate: LearningRate
    discount: Share
    first_epsilon: Share
    last_epsilon: Share
    epsilon_steps: Steps
    optimism: Annotated[Weight, Field(le=1e6)]
    undo: Undo
    temperature: Annotated[Weight, Field(le=1e6)]
    patience: Steps
    n_imagined: Imagined
    init: str | None


class QLearningSettings(ValueSettings):
    """Group ``agent`` with ``name: qlearning``: values in a table."""

    name: Literal["qlearning"]
    prior_weight: Annotated[Weight, Field(le=1e6)]

    def make(self, problem: Problem, seed: int) -> QLearning:
        """Make the agent."""
        moved = moved_problem(problem)
        n_moves = len(moved.neighbourhood.moves)
        table = QTable(moved.bins, n_moves, self.learning_rate, self.prior_weight)
        options = QLearningOptions(**self.options("init", "learning_rate", "prior_weight"))
        return take_over(QLearning(moved, table, options, seed), self.init)


class QLearningLinearSettings(ValueSettings):
    """Group ``agent`` with ``name: qlearning_linear``: values as sums of weights."""

    name: Literal["qlearning_linear"]

    def make(self, problem: Problem, seed: int) -> QLearning:
        """Make the agent."""
        moved = moved_problem(problem)
        weights = LinearValues(moved.bins, len(moved.neighbourhood.moves), self.learning_rate)
        options = QLearningOptions(**self.options("init", "learning_rate"))
        return take_over(QLearning(moved, weights, options, seed), self.init)
