"""A user's own reward: made, and tried out once before the search."""

from collections.abc import Iterable, Mapping
from typing import Any

from configs.imports import OwnClassError
from envs.own_class import made_of
from envs.rewards import Reward, RewardError, rewarded


def custom_reward(
    target: str, arguments: Mapping[str, Any], references: Mapping[str, float]
) -> Reward:
    """Make an instance of a user's class, whatever that class does wrong.

    Args:
        arguments: What the user gave, and nothing else ...
        references: ... but the cost that counts as 1, by metric, if the class has an argument of
            this name that the user left open.

    Raises:
        RewardError: If it cannot be imported or made, or knows no such argument.
    """
    try:
        reward: Reward = made_of("reward", target, arguments, {"references": dict(references)})
    except OwnClassError as error:
        raise RewardError(str(error)) from error
    return reward


def try_out(reward: Reward, target: str, names: Iterable[str]) -> None:
    """Call a user's reward once, so that its mistakes show before the search and not in it.

    Args:
        names: The metrics that the evaluator yields.

    Raises:
        RewardError: If it fails on them.
    """
    try:
        rewarded(reward, dict.fromkeys(names, 0.5))
    except RewardError as error:
        raise RewardError(f"reward._target_: '{target}': {error}") from error
