"""Settings of the agents of MORL-Baselines, which learn from a reward for each objective."""

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from agents.base import Steps
from agents.driver import DriverSettings, Rate, Size
from envs.problem import Problem
from envs.settings_types import Count, Positive, Share
from envs.space import SearchSpace

if TYPE_CHECKING:
    from agents.morl import MorlLearner

Width = Annotated[Count, Field(le=4096)]
Hidden = Annotated[tuple[Width, ...], Field(min_length=1, max_length=8)]


class MorlSettings(DriverSettings):
    """What all of them have."""

    discount: Share

    def make(self, problem: Problem, seed: int) -> "MorlLearner":
        """Make the algorithm, which drives an environment of the problem."""
        from agents.morl import MorlLearner, check_problem  # noqa: PLC0415 (knows these settings)

        check_problem(self.name, problem)
        return MorlLearner(self, self.name, seed)

    def check(self, env: str, space: SearchSpace) -> None:
        """Refuse what cannot be."""
        from agents.morl import check_morl  # noqa: PLC0415 (knows these settings)

        check_morl(self.name, env, space)


class PcnSettings(MorlSettings):
    """Group ``agent`` with ``name: pcn``."""

    name: Literal["pcn"]
    hidden_size: Width
    learning_rate: Rate
    minibatch_size: Size
    n_random: Annotated[Size, Field(ge=2)]  # distances between returns need two
    n_episodes: Size
    n_lessons: Size
    n_remembered: Annotated[Size, Field(ge=2)]


class EnvelopeSettings(MorlSettings):
    """Group ``agent`` with ``name: envelope``."""

    name: Literal["envelope"]
    hidden_sizes: Hidden
    learning_rate: Rate
    max_grad_norm: Annotated[Positive, Field(le=1e6)]
    buffer_size: Annotated[Steps, Field(ge=2, le=1_000_000)]
    is_prioritized: bool
    learning_starts: Steps
    minibatch_size: Size
    gradient_steps: Size
    target_update_steps: Steps
    n_weights: Annotated[Count, Field(ge=2, le=1024)]
    first_epsilon: Share
    last_epsilon: Share
    epsilon_steps: Steps
    first_homotopy: Share
    last_homotopy: Share
    homotopy_steps: Steps


class PqlSettings(MorlSettings):
    """Group ``agent`` with ``name: pql``."""

    name: Literal["pql"]
    score: Literal["hypervolume", "cardinality"]
    first_epsilon: Share
    last_epsilon: Share
    epsilon_steps: Steps


class EupgSettings(MorlSettings):
    """Group ``agent`` with ``name: eupg``."""

    name: Literal["eupg"]
    hidden_sizes: Hidden
    learning_rate: Rate
    utility: Literal["mean", "worst"]
