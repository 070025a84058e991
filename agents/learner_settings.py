"""Settings of the agents of Stable-Baselines3, which drive an environment themselves."""

from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import Field, model_validator

from agents.base import Steps
from agents.driver import DriverSettings, Rate, Size
from envs.problem import Problem
from envs.settings_types import Count, Positive, Share, Weight
from envs.space import SearchSpace

if TYPE_CHECKING:
    from agents.learner import Learner

Coefficient = Annotated[Weight, Field(le=1000)]
Norm = Annotated[Positive, Field(le=1e6)]


class LearnerSettings(DriverSettings):
    """What all of them have."""

    form: Literal["steps", "oneshot"]
    n_envs: Annotated[Count, Field(le=1024)]
    hidden_sizes: Annotated[tuple[Annotated[Count, Field(le=4096)], ...], Field(max_length=8)]
    learning_rate: Rate
    discount: Share
    max_grad_norm: Norm

    def make(self, problem: Problem, seed: int) -> "Learner":
        """Make the algorithm, which drives environments of the problem."""
        from agents.learner import Learner  # noqa: PLC0415 (knows these settings)

        del problem
        return Learner(self, self.name, seed)

    def check(self, env: str, space: SearchSpace) -> None:
        """Refuse what cannot be."""
        from agents.learner import check_learner  # noqa: PLC0415 (knows these settings)

        del env, space
        check_learner(self, self.name)


class DqnSettings(LearnerSettings):
    """Group ``agent`` with ``name: dqn``."""

    name: Literal["dqn"]
    buffer_size: Annotated[Steps, Field(le=1_000_000)]
    learning_starts: Steps
    minibatch_size: Size
    train_every: Size
    gradient_steps: Size
    target_update_steps: Steps
    first_epsilon: Share
    last_epsilon: Share
    epsilon_steps: Steps

    @model_validator(mode="after")
    def _keeps_a_step(self) -> Self:
        if self.buffer_size < self.n_envs:
            raise ValueError(
                f"buffer_size {self.buffer_size} holds not one step of n_envs {self.n_envs}"
            )
        return self


class OnPolicySettings(LearnerSettings):
    """What the policy gradients have."""

    n_steps: Size
    gae_lambda: Share
    entropy_weight: Coefficient
    value_weight: Coefficient


class A2cSettings(OnPolicySettings):
    """Group ``agent`` with ``name: a2c``."""

    name: Literal["a2c"]


class PpoSettings(OnPolicySettings):
    """Group ``agent`` with ``name: ppo`` or ``maskable_ppo``."""

    name: Literal["ppo", "maskable_ppo"]
    minibatch_size: Size
    n_epochs: Annotated[Count, Field(le=1000)]
    clip_range: Annotated[Positive, Field(lt=1)]

    @model_validator(mode="after")
    def _divides(self) -> Self:
        n = self.n_steps * self.n_envs
        if n % self.minibatch_size or self.minibatch_size == 1:  # advantages need a deviation
            raise ValueError(
                f"minibatch_size {self.minibatch_size} needs to be 2 or more, and a divisor of "
                f"n_steps x n_envs, {n}"
            )
        return self
