"""Targets of ANCoEF's reward: which there are, and which a search has not met."""

from collections.abc import Mapping, Sequence

from agents.settings import RunSettings
from agents.usage import UsageError
from envs.ancoef_reward import AncoefReward
from envs.ancoef_settings import AncoefRewardSettings
from envs.evaluation import Evaluation, Metrics
from envs.problem import Problem

# what a target is that nobody has set, by environment
OPEN_TARGETS = {"ancoef": "the first design", "joint": "a fourth of the reference"}


def told_targets(settings: RunSettings, problem: Problem) -> str | None:
    """Say which targets a search has; None if it has none."""
    if not isinstance(problem.reward, AncoefReward):
        return None
    wanted = wanted_targets(settings)
    whose = OPEN_TARGETS.get(settings.env.name, "the reference")
    told = [
        f"{cost} {target:.4g}{'' if cost in wanted else f' ({whose})'}"
        for cost, target in problem.reward.targets.items()
    ]
    return f"targets: {', '.join(told)}"


def wanted_targets(settings: RunSettings) -> dict[str, float]:
    """The targets that the user has set."""
    if not isinstance(settings.reward, AncoefRewardSettings):
        return {}
    targets = settings.reward.targets.model_dump()
    return {cost: target for cost, target in targets.items() if target is not None}


def refuse_unmet(targets: Mapping[str, float], front: Sequence[Metrics]) -> None:
    """Tell that a search has found nothing that meets all targets.

    Args:
        front: Metrics of the designs on the Pareto front: the nearest to any targets are there.

    Raises:
        UsageError: Which targets, and how near the search has come.
    """
    if not targets:
        return
    if not front:
        wanted = ", ".join(f"{cost} {target:.4g}" for cost, target in targets.items())
        raise UsageError(f"reward.targets: no design met {wanted}: no feasible one was found")
    nearest = min(front, key=lambda one: _worst(targets, one))
    if _worst(targets, nearest) <= 1:
        return
    least = {cost: min(one[cost] for one in front) for cost in targets}
    beyond = {cost: target for cost, target in targets.items() if least[cost] > target}
    if beyond:
        told = [
            f"{cost} {target:.4g} (least {least[cost]:.4g}, {least[cost] / target:.3g} times it)"
            for cost, target in beyond.items()
        ]
        raise UsageError(f"reward.targets: no design met {', '.join(told)}")
    told = [f"{cost} {nearest[cost] / target:.3g}" for cost, target in targets.items()]
    raise UsageError(
        "reward.targets: each was met, but by no design all together; "
        f"the nearest takes, in targets: {', '.join(told)}"
    )


def is_met(metrics: Metrics, targets: Mapping[str, float]) -> bool:
    """Whether all costs are within their targets."""
    return all(metrics[cost] <= target for cost, target in targets.items())


def best_within(
    targets: Mapping[str, float], front: Sequence[tuple[float, Evaluation]]
) -> tuple[float, Evaluation] | None:
    """Reward and evaluation of the best design that meets all targets; None if none does.

    Args:
        front: Of each design on the Pareto front: no other one that meets them is better.
    """
    met = [one for one in front if is_met(one[1].metrics, targets)]
    return max(met, key=lambda one: one[0], default=None)


def told_of_best(
    targets: Mapping[str, float], best: Metrics, within: tuple[float, Evaluation] | None
) -> str:
    """Say which targets the best design meets, and what the best takes that meets all."""
    told = [
        f"{cost} {'met' if best[cost] <= target else 'missed'} ({best[cost] / target:.3g} of it)"
        for cost, target in targets.items()
    ]
    said = f"targets of the best design: {', '.join(told)}"
    if is_met(best, targets) or within is None:
        return said
    reward, found = within
    costs = ", ".join(f"{cost} {found.metrics[cost]:.4g}" for cost in targets)
    return (
        f"{said}\nbest design that meets all targets: reward {reward:.4f}, {costs} "
        "(summary.json: best_within_targets)"
    )


def _worst(targets: Mapping[str, float], metrics: Metrics) -> float:
    """The largest cost in its target."""
    return max(metrics[cost] / target for cost, target in targets.items())
