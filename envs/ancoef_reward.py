"""ANCoEF's reward: accuracy times the costs over their targets, each to a power."""

from collections.abc import Mapping
from dataclasses import dataclass

from envs.ancoef_settings import AncoefRewardSettings
from envs.evaluation import Metrics
from envs.rewards import METRIC_OF

BEYOND = -1.0  # q of a target that somebody has set: twice the cost halves the reward


@dataclass(frozen=True)
class AncoefReward:
    """R = accuracy * product of (cost / target)^w (ANCoEF, eq. 3).

    w is p where the target is met and q where it is not (eq. 4); neither is positive, so that a
    smaller cost never gives a smaller reward while p and q are alike.

    Attributes:
        targets: By metric: ``latency_s``, ``energy_j``, ``area_m2``.
        p: By cost: latency, energy, area ...
        q: ... likewise.
        quality: The accuracy that counts.
    """

    targets: Mapping[str, float]
    p: Mapping[str, float]
    q: Mapping[str, float]
    quality: str = "accuracy"

    def __call__(self, metrics: Metrics) -> float:
        """Return R.

        Raises:
            ValueError: If a cost is not positive.
        """
        reward = metrics[self.quality]
        for cost, metric in METRIC_OF.items():
            if metrics[metric] <= 0:
                raise ValueError(f"{metric} is {metrics[metric]}; needs more than 0")
            ratio = metrics[metric] / self.targets[metric]
            weights = self.p if ratio <= 1 else self.q
            reward *= ratio ** weights[cost]
        return reward


def powers_beyond(
    q: Mapping[str, float | None], p: Mapping[str, float], wanted: Mapping[str, float | None]
) -> dict[str, float]:
    """Each cost's q: where it is left open, p, and at most `BEYOND` if the cost's target is set.

    With p = q a target only scales R, so that the same designs are sought whatever it is.

    Args:
        wanted: Targets by metric; None where nobody has set one.
    """
    open_q = {
        cost: power if wanted[METRIC_OF[cost]] is None else min(power, BEYOND)
        for cost, power in p.items()
    }
    return {cost: open_q[cost] if power is None else power for cost, power in q.items()}


def ancoef_reward(
    settings: AncoefRewardSettings, references: Mapping[str, float], slack: float
) -> AncoefReward:
    """Targets that are left open are the references over ``slack``."""
    wanted = settings.targets.model_dump()
    targets = {cost: wanted[cost] or references[cost] / slack for cost in wanted}
    p = settings.p.model_dump()
    q = powers_beyond(settings.q.model_dump(), p, wanted)
    return AncoefReward(targets, p, q, settings.quality)
