"""The algorithms of MORL-Baselines with our settings, quiet, and without files or accounts."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType
from typing import Any

import gymnasium as gym
import numpy as np
import torch

from agents.driver import MOST_STEPS
from agents.morl_settings import (
    EnvelopeSettings,
    EupgSettings,
    MorlSettings,
    PcnSettings,
    PqlSettings,
)

QUIET = {"WANDB_MODE": "disabled", "PYGAME_HIDE_SUPPORT_PROMPT": "1"}  # at import
SCORES = {"hypervolume": "hypervolume", "cardinality": "pareto_cardinality"}
UTILITIES: dict[str, Callable[..., torch.Tensor]] = {
    "mean": lambda gains, _weights=None: torch.as_tensor(gains).mean(-1),
    "worst": lambda gains, _weights=None: torch.as_tensor(gains).amin(-1),
}


def made(settings: MorlSettings, env: gym.Env[Any, Any], n_steps: int, seed: int) -> Any:  # noqa: ANN401 (one of four classes)
    """Make an algorithm.

    Args:
        n_steps: Of the longest episode.
    """
    return MAKERS[type(settings)](settings, env, n_steps, seed)


def train(settings: MorlSettings, model: Any, env: gym.Env[Any, Any]) -> None:  # noqa: ANN401
    """Train until the environment ends it."""
    TRAINERS[type(settings)](settings, model, env)


def learnt(name: str, model: Any) -> dict[str, Any]:  # noqa: ANN401
    """What an algorithm has learnt, as tensors."""
    if name == "pql":
        return {
            "rewards": torch.from_numpy(model.avg_reward),
            "counts": torch.from_numpy(model.counts),
        }
    network, optimizer = KEPT[name]
    return {
        "policy": getattr(model, network).state_dict(),
        "optimizer": getattr(model, optimizer).state_dict(),
    }


KEPT = {"pcn": ("model", "opt"), "envelope": ("q_net", "q_optim"), "eupg": ("net", "optimizer")}


def _module(path: str) -> ModuleType:
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    return import_module(f"morl_baselines.{path}")


@contextmanager
def _replaced(module: ModuleType, name: str, value: object) -> Iterator[None]:
    """Have a module find another object under a name, which hides a builtin one too."""
    before = vars(module).get(name)
    setattr(module, name, value)
    try:
        yield
    finally:
        if before is None:
            delattr(module, name)
        else:
            setattr(module, name, before)


def _nothing(*_given: object, **_named: object) -> tuple[()]:
    return ()


PCN = "multi_policy.pcn.pcn"
ENVELOPE = "multi_policy.envelope.envelope"
PQL = "multi_policy.pareto_q_learning.pql"
EUPG = "single_policy.esr.eupg"


def _pcn(settings: PcnSettings, env: gym.Env[Any, Any], n_steps: int, seed: int) -> Any:  # noqa: ANN401
    # returns are at most 1 already; of the steps that are left, a share of them all is told
    scales = np.array([1.0] * _n_objectives(env) + [1.0 / n_steps])
    model = _module(PCN).PCN(
        env,
        scales,
        learning_rate=settings.learning_rate,
        gamma=settings.discount,
        batch_size=settings.minibatch_size,
        hidden_dim=settings.hidden_size,
        log=False,
        seed=seed,
        device="cpu",
    )
    model.save = _nothing  # else into a folder beside wherever we are
    return model


def _train_pcn(settings: PcnSettings, model: Any, env: gym.Env[Any, Any]) -> None:  # noqa: ANN401
    ones = np.ones(_n_objectives(env), np.float32)
    with _replaced(_module(PCN), "print", _nothing):
        model.train(
            MOST_STEPS,
            env,
            -ones,
            max_return=ones,
            num_er_episodes=settings.n_random,
            num_step_episodes=settings.n_episodes,
            num_model_updates=settings.n_lessons,
            max_buffer_size=settings.n_remembered,
        )


def _envelope(settings: EnvelopeSettings, env: gym.Env[Any, Any], n_steps: int, seed: int) -> Any:  # noqa: ANN401
    del n_steps
    return _module(ENVELOPE).Envelope(
        env,
        learning_rate=settings.learning_rate,
        initial_epsilon=settings.first_epsilon,
        final_epsilon=settings.last_epsilon,
        epsilon_decay_steps=settings.epsilon_steps,
        target_net_update_freq=settings.target_update_steps,
        buffer_size=settings.buffer_size,
        net_arch=list(settings.hidden_sizes),
        batch_size=settings.minibatch_size,
        learning_starts=settings.learning_starts,
        gradient_updates=settings.gradient_steps,
        gamma=settings.discount,
        max_grad_norm=settings.max_grad_norm,
        num_sample_w=settings.n_weights,
        per=settings.is_prioritized,
        initial_homotopy_lambda=settings.first_homotopy,
        final_homotopy_lambda=settings.last_homotopy,
        homotopy_decay_steps=settings.homotopy_steps,
        log=False,
        seed=seed,
        device="cpu",
    )


def _train_envelope(settings: EnvelopeSettings, model: Any, env: gym.Env[Any, Any]) -> None:  # noqa: ANN401
    del settings, env
    # weights of policies that nobody asks for take seconds to spread evenly
    with _replaced(_module(ENVELOPE), "equally_spaced_weights", _nothing):
        model.train(MOST_STEPS)


def _pql(settings: PqlSettings, env: gym.Env[Any, Any], n_steps: int, seed: int) -> Any:  # noqa: ANN401
    del n_steps
    return _module(PQL).PQL(
        env,
        np.asarray(_reward_space(env).low, float),
        gamma=settings.discount,
        initial_epsilon=settings.first_epsilon,
        final_epsilon=settings.last_epsilon,
        epsilon_decay_steps=settings.epsilon_steps,
        seed=seed,
        log=False,
    )


def _train_pql(settings: PqlSettings, model: Any, env: gym.Env[Any, Any]) -> None:  # noqa: ANN401
    model.train(MOST_STEPS, env, action_eval=SCORES[settings.score])


def _eupg(settings: EupgSettings, env: gym.Env[Any, Any], n_steps: int, seed: int) -> Any:  # noqa: ANN401
    module = _module(EUPG)
    model = module.EUPG(
        env,
        UTILITIES[settings.utility],
        buffer_size=1,
        net_arch=list(settings.hidden_sizes),
        gamma=settings.discount,
        learning_rate=settings.learning_rate,
        log=False,
        seed=seed,
        device="cpu",
    )
    # its own memory keeps whole numbers only, which observations are not
    model.buffer = module.AccruedRewardReplayBuffer(
        model.observation_shape,
        model.action_shape,
        model.reward_dim,
        n_steps,
        action_dtype=np.int64,
    )
    return model


def _train_eupg(settings: EupgSettings, model: Any, env: gym.Env[Any, Any]) -> None:  # noqa: ANN401
    del settings, env
    model.train(MOST_STEPS)


def _reward_space(env: gym.Env[Any, Any]) -> gym.spaces.Box:
    found: Any = env.unwrapped
    space: gym.spaces.Box = found.reward_space
    return space


def _n_objectives(env: gym.Env[Any, Any]) -> int:
    return int(_reward_space(env).shape[0])


MAKERS: dict[type, Callable[[Any, gym.Env[Any, Any], int, int], Any]] = {
    PcnSettings: _pcn,
    EnvelopeSettings: _envelope,
    PqlSettings: _pql,
    EupgSettings: _eupg,
}
TRAINERS: dict[type, Callable[[Any, Any, gym.Env[Any, Any]], None]] = {
    PcnSettings: _train_pcn,
    EnvelopeSettings: _train_envelope,
    PqlSettings: _train_pql,
    EupgSettings: _train_eupg,
}
