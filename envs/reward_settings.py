"""Settings of rewards: the group ``reward``."""

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Tag

from envs.ancoef_settings import AncoefRewardSettings
from envs.custom_settings import CustomSettings
from envs.settings_types import Positive, Quality, Share, Strict, Weight


class RewardWeights(Strict):
    """Weight of each cost in f of NACIM's eq. 1."""

    latency: Weight
    energy: Weight
    area: Weight


class References(Strict):
    """The cost that counts as 1; None for what the environment takes."""

    latency_s: Positive | None = None
    energy_j: Positive | None = None
    area_m2: Positive | None = None
    memory_bits: Positive | None = None


class NacimRewardSettings(Strict):
    """Group ``reward`` with ``name: nacim``."""

    name: Literal["nacim"]
    quality: Quality = "accuracy"
    merge: Literal["weighted", "product", "constraint", "chebyshev"] = "weighted"
    beta: Share
    weights: RewardWeights
    references: References = References()


class CustomRewardSettings(CustomSettings):
    """A user's own reward: the path of its class, and arguments it knows."""


def _reward_kind(reward: Any) -> str:  # noqa: ANN401 (raw input)
    if isinstance(reward, dict):
        is_ancoef = reward.get("name") == "ancoef"
        return "custom" if "_target_" in reward else "ancoef" if is_ancoef else "nacim"
    if isinstance(reward, CustomRewardSettings):
        return "custom"
    return "ancoef" if isinstance(reward, AncoefRewardSettings) else "nacim"


RewardSettings = Annotated[
    Annotated[NacimRewardSettings, Tag("nacim")]
    | Annotated[AncoefRewardSettings, Tag("ancoef")]
    | Annotated[CustomRewardSettings, Tag("custom")],
    Discriminator(_reward_kind),
]
