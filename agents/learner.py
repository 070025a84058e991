"""Algorithms of Stable-Baselines3 as agents: they drive an environment instead of being asked."""

from collections import deque
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from gymnasium import spaces

from agents.base import Actions, AgentError
from agents.driver import MOST_STEPS, Driver
from agents.learner_settings import A2cSettings, DqnSettings, LearnerSettings, PpoSettings
from envs.judging import JudgingEnv
from envs.space import Choices, SearchSpace

if TYPE_CHECKING:
    from stable_baselines3.common.base_class import BaseAlgorithm
    from stable_baselines3.common.vec_env import VecEnv

    from agents.learner_search import LearnerSearch

NAMES = ("dqn", "ppo", "a2c", "maskable_ppo")


class Learner(Driver[LearnerSettings]):
    """An algorithm, and once it has an environment its networks.

    Attributes:
        model: None until it drives an environment.
        origins: Key of a design to that of the one before it and the move, where there are moves.
    """

    def __init__(self, settings: LearnerSettings, name: str, seed: int) -> None:
        super().__init__(settings, name, seed)
        self.model: BaseAlgorithm | None = None
        self._space: SearchSpace | None = None
        self._proposed: deque[Actions] = deque(maxlen=settings.n_envs)

    def begin(self, envs: "VecEnv", space: SearchSpace | None = None) -> "BaseAlgorithm":
        """Make the networks anew; Stable-Baselines3 seeds the global streams of chance.

        Args:
            space: Whose choices the actions stand for; None of moves.
        """
        self.origins.clear()
        self._proposed.clear()
        self._space = space
        self.model = _made(self.name, self.settings, envs, self.seed % 2**32)
        return self.model

    @property
    def curves(self) -> dict[str, float]:
        """What was noted of the last lesson."""
        if self.model is None:
            return {}
        noted = self.model.logger.name_to_value.items()
        return {name: float(value) for name, value in noted if name.startswith("train/")}

    def proposed(self, choices: Choices) -> None:
        """Hear of a design that its environments have come to."""
        if self._space is not None:
            self._proposed.append(self._space.encode(choices))

    @property
    def probabilities(self) -> list[list[float]]:
        """Of the choices of each decision, mean over what each environment last proposed.

        DQN has values in their place: its are those of its draws. None where it makes moves.
        """
        if self.model is None or self._space is None or not self._proposed:
            return []
        from agents.learner_policy import of_steps, of_whole  # noqa: PLC0415 (loads torch)

        held = of_whole if self.settings.form == "oneshot" else of_steps
        return held(self.model, self._space, self._proposed)

    def state_dict(self) -> dict[str, Any]:
        """Return what was learnt, as tensors and plain data; a resume searches again instead."""
        if self.model is None:
            return {}
        return {
            "policy": self.model.policy.state_dict(),
            "optimizer": self.model.policy.optimizer.state_dict(),
            "n_steps": self.model.num_timesteps,
            "origins": dict(self.origins),
        }

    def search_class(self) -> "type[LearnerSearch]":
        """What drives it; loads the library."""
        from agents.learner_search import LearnerSearch  # noqa: PLC0415 (loads torch)

        return LearnerSearch


def check_learner(settings: LearnerSettings, name: str) -> None:
    """Refuse what cannot be, before anything is loaded.

    Raises:
        AgentError: If the package is missing, or the form is none for the algorithm.
    """
    package = "sb3_contrib" if name == "maskable_ppo" else "stable_baselines3"
    if find_spec(package) is None:
        raise AgentError(
            f"agent={name}: the package {package} is missing; pip install 'coexplore[sb3]'"
        )
    if name == "dqn" and settings.form == "oneshot":
        raise AgentError(
            "agent.form: dqn takes one action a step (Discrete), a whole design is many at once "
            "(MultiDiscrete); take agent.form=steps, or agent=ppo"
        )


def check_learnable(name: str, env: JudgingEnv[Any]) -> None:
    """Refuse an environment that an algorithm cannot learn from.

    Raises:
        AgentError: If it has several rewards, actions of another kind, or nothing to decide.
    """
    if env.reward_mode != "scalar":
        raise AgentError(
            f"agent: {name} learns from one reward, and the environment gives one for each "
            "objective (MO-); take the id without MO-"
        )
    if name == "dqn" and not isinstance(env.action_space, spaces.Discrete):
        kind = type(env.action_space).__name__
        raise AgentError(
            f"agent: dqn takes one action a step (Discrete), and the environment {kind}; "
            "take agent.form=steps, or agent=ppo"
        )


def _made(name: str, settings: LearnerSettings, envs: "VecEnv", seed: int) -> "BaseAlgorithm":
    from stable_baselines3.common.logger import Logger  # noqa: PLC0415 (loads torch)

    common = {
        "policy": "MlpPolicy",
        "env": envs,
        "learning_rate": settings.learning_rate,
        "gamma": settings.discount,
        "max_grad_norm": settings.max_grad_norm,
        "policy_kwargs": {"net_arch": list(settings.hidden_sizes)},
        "seed": seed,
        "device": "cpu",
    }
    model: BaseAlgorithm = _class(name)(**common, **_own(settings))
    model.set_logger(Logger(folder=None, output_formats=[]))
    return model


def _class(name: str) -> Any:  # noqa: ANN401 (one of four classes)
    if name == "maskable_ppo":
        from sb3_contrib import MaskablePPO  # noqa: PLC0415

        return MaskablePPO
    import stable_baselines3  # noqa: PLC0415

    return getattr(stable_baselines3, name.upper())


def _own(settings: LearnerSettings) -> dict[str, Any]:
    """What an algorithm calls its own settings."""
    if isinstance(settings, DqnSettings):
        return {
            "buffer_size": settings.buffer_size,
            "learning_starts": settings.learning_starts,
            "batch_size": settings.minibatch_size,
            "train_freq": settings.train_every,
            "gradient_steps": settings.gradient_steps,
            "target_update_interval": settings.target_update_steps,
            "exploration_initial_eps": settings.first_epsilon,
            "exploration_final_eps": settings.last_epsilon,
            # in steps, so that a larger budget changes nothing of the search so far
            "exploration_fraction": settings.epsilon_steps / MOST_STEPS,
        }
    assert isinstance(settings, A2cSettings | PpoSettings)  # noqa: S101 (there are no others)
    own = {
        "n_steps": settings.n_steps,
        "gae_lambda": settings.gae_lambda,
        "ent_coef": settings.entropy_weight,
        "vf_coef": settings.value_weight,
    }
    if isinstance(settings, PpoSettings):
        own |= {
            "batch_size": settings.minibatch_size,
            "n_epochs": settings.n_epochs,
            "clip_range": settings.clip_range,
        }
    return own
