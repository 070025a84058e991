"""How probable an algorithm of Stable-Baselines3 holds each choice on the way to designs."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from stable_baselines3 import DQN
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.on_policy_algorithm import OnPolicyAlgorithm

from agents.base import Actions
from envs.oneshot import nearest
from envs.sequential import aliased, observations
from envs.space import SearchSpace

Floats = NDArray[np.float64]


def of_steps(
    model: BaseAlgorithm, space: SearchSpace, designs: Sequence[Actions]
) -> list[list[float]]:
    """One decision a step: what is held of each decision, mean over the ways to the designs.

    A masked action counts for the one that is taken in its place.
    """
    seen = np.concatenate([observations(space, one) for one in designs])  # (B * T, size)
    masks = np.stack([space.mask(t, one) for one in designs for t in range(space.n_decisions)])
    held = _held(model, seen, masks.astype(bool))  # (B * T, K)
    taken = np.stack([aliased(row, mask) for row, mask in zip(held, masks, strict=True)])
    mean = taken.reshape(len(designs), space.n_decisions, -1).mean(axis=0)
    return _rows(space, mean)


def of_whole(
    model: BaseAlgorithm, space: SearchSpace, designs: Sequence[Actions]
) -> list[list[float]]:
    """Whole designs, drawn from an empty observation: the same, masks by the designs proposed."""
    assert isinstance(model, OnPolicyAlgorithm)  # noqa: S101 (dqn proposes no whole designs)
    empty = torch.zeros(1, space.n_decisions)
    with torch.no_grad():
        found: Any = model.policy.get_distribution(empty)
    each = found.distributions if _is_masked(model) else found.distribution
    mean = np.zeros((space.n_decisions, space.width))
    for t, one in enumerate(each):
        held = np.zeros(space.width)
        held[: space.n_choices[t]] = one.probs[0].double().numpy()
        mean[t] = np.mean([nearest(held, space.mask(t, actions)) for actions in designs], axis=0)
    return _rows(space, mean)


def _held(model: BaseAlgorithm, seen: NDArray[np.float32], masks: NDArray[np.bool_]) -> Floats:
    """Of each action at each observation, shape ``(N, K)``."""
    observed = torch.from_numpy(seen)
    with torch.no_grad():
        if isinstance(model, DQN):
            return _greedy(model, observed)
        own = {"action_masks": masks} if _is_masked(model) else {}
        policy: Any = model.policy
        held = policy.get_distribution(observed, **own).distribution.probs
    return np.asarray(held.double().numpy())


def _greedy(model: DQN, observed: torch.Tensor) -> Floats:
    """DQN's: epsilon evenly over all actions, the rest for the one of the highest value."""
    is_begun = model.num_timesteps >= model.learning_starts
    epsilon = model.exploration_rate if is_begun else 1.0
    values = model.q_net(observed)  # (N, K)
    held = np.full(tuple(values.shape), epsilon / values.shape[1])
    held[np.arange(len(held)), values.argmax(dim=1).numpy()] += 1 - epsilon
    return held


def _is_masked(model: BaseAlgorithm) -> bool:
    """Whether it is sb3-contrib's, which need not be there for the others."""
    return type(model).__module__.startswith("sb3_contrib.")


def _rows(space: SearchSpace, held: Floats) -> list[list[float]]:
    return [row[:n].tolist() for row, n in zip(held, space.n_choices.tolist(), strict=True)]
