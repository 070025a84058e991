"""The co-exploration problem: networks of a supernet, each on hardware of its own.

max accuracy, subject to latency, energy and area within their targets (ANCoEF, eq. 1-2).
"""

from envs.ancoef_problem import COSTS, SLACK
from envs.ancoef_settings import AncoefRewardSettings
from envs.coexplore_settings import CoexploreSettings
from envs.reward_settings import RewardSettings
from envs.space import Decision, SearchSpace
from snn.supernet import Supernet


def coexplore_space(settings: CoexploreSettings) -> SearchSpace:
    """A decision for each open block of the supernet."""
    supernet = Supernet.preset(settings.supernet)
    blocks = supernet.candidates
    return SearchSpace(
        tuple(Decision(name, "architecture", blocks, blocks[0]) for name in supernet.decisions)
    )


def target_references(reward: RewardSettings) -> dict[str, float]:
    """References of the costs: so many times the target.

    Raises:
        ValueError: If the reward has no targets, or a cost has none.
    """
    if not isinstance(reward, AncoefRewardSettings):
        raise ValueError(  # noqa: TRY004 (of a setting)
            "reward: env=coexplore goes by targets; take reward=coexplore"
        )
    targets = reward.targets.model_dump()
    for cost in COSTS:
        if targets[cost] is None:
            raise ValueError(f"reward.targets.{cost}: env=coexplore needs a number, got null")
    return {cost: SLACK * targets[cost] for cost in COSTS}
