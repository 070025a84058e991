"""One validated model per configuration group that describes the problem."""

import math
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    field_validator,
)

from configs import catalog
from envs.objectives import METRICS, Constraint


def _no_truth_value(value: Any) -> Any:  # noqa: ANN401 (raw input)
    if isinstance(value, bool):
        raise ValueError(f"needs a number, got {str(value).lower()}")  # noqa: TRY004 (for pydantic)
    return value


def _number_or_name(value: Any) -> Any:  # noqa: ANN401 (raw input)
    is_infinite = isinstance(value, float) and not math.isfinite(value)
    if isinstance(value, bool) or not isinstance(value, int | float | str) or is_infinite:
        raise ValueError(f"needs a number or a name, got {value}")
    return value


Number = BeforeValidator(_no_truth_value)  # pydantic takes true for 1
Share = Annotated[float, Field(ge=0, le=1), Number]
Weight = Annotated[float, Field(ge=0), Number]
Positive = Annotated[float, Field(gt=0), Number]
Real = Annotated[float, Number]
Count = Annotated[int, Field(ge=1), Number]
Natural = Annotated[int, Field(ge=0), Number]
Choice = Annotated[int | float | str, BeforeValidator(_number_or_name)]


# which of NACIM's switches frees a group
SWITCH_OF = {"architecture": "SA", "quantization": "SQ", "device": "SD", "circuit": "SC"}


class Strict(BaseModel):
    """Settings that refuse keys they do not know."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Switches(Strict):
    """NACIM's optimizer selector: which groups the search decides (sec. IV)."""

    SA: bool = True
    SQ: bool = True
    SD: bool = True
    SC: bool = True

    @property
    def frozen_groups(self) -> frozenset[str]:
        """Groups whose switch is off."""
        return frozenset(group for group, switch in SWITCH_OF.items() if not getattr(self, switch))


class ConstraintSettings(Strict):
    """Hard bounds: a floor for accuracy, ceilings for the costs; None for no bound."""

    accuracy: Share | None = None
    energy_j: Positive | None = None
    latency_s: Positive | None = None
    area_m2: Positive | None = None

    def as_constraints(self) -> tuple[Constraint, ...]:
        """The bounds that are set."""
        values = ((metric, getattr(self, metric)) for metric in METRICS)
        return tuple(Constraint(metric, value) for metric, value in values if value is not None)


class AccuracySettings(Strict):
    """How each design is trained (snn.training.Recipe)."""

    epochs: Count = 8
    batch_size: Annotated[Count, Field(ge=2)] = 128
    learning_rate: Positive = 0.05
    noise_ramp: Share = 0.3
    is_noise_aware: bool = True
    initialization: Literal["fill", "standard"] = "fill"


class SpaceBlock(Strict):
    """Decisions repeated for each of some names."""

    for_each: list[str]
    decisions: dict[str, dict[str, Any]]


class NacimSettings(Strict):
    """Group ``env`` with ``name: nacim``."""

    name: Literal["nacim"] = "nacim"
    switches: Switches = Switches()
    evaluator: Literal["real", "constant"] = "real"
    n_chips: Count = 20
    given: dict[str, dict[str, Choice]] = {}
    infeasible_reward: Real = 0.0
    accuracy: AccuracySettings = AccuracySettings()
    classifier: dict[Literal["weights", "activations"], tuple[int, int]]
    space: list[SpaceBlock]


class ToySettings(Strict):
    """Group ``env`` with ``name: toy``."""

    name: Literal["toy"] = "toy"
    evaluator: Literal["real", "constant"] = "real"
    infeasible_reward: Real = 0.0
    space: list[SpaceBlock]


EnvSettings = Annotated[NacimSettings | ToySettings, Field(discriminator="name")]


class RewardWeights(Strict):
    """Weight of each cost in f of NACIM's eq. 1."""

    latency: Weight
    energy: Weight
    area: Weight


class References(Strict):
    """The cost that counts as 1; None for that of the space's largest design."""

    latency_s: Positive | None = None
    energy_j: Positive | None = None
    area_m2: Positive | None = None


class NacimRewardSettings(Strict):
    """Group ``reward`` with ``name: nacim``."""

    name: Literal["nacim"] = "nacim"
    beta: Share
    weights: RewardWeights
    references: References = References()


class CustomRewardSettings(BaseModel):
    """A user's own reward: the path of its class, and arguments it knows."""

    model_config = ConfigDict(extra="allow", frozen=True)
    target: str = Field(alias="_target_", pattern=r"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)+$")


def _reward_kind(reward: Any) -> str:  # noqa: ANN401 (raw input)
    if isinstance(reward, dict):
        return "custom" if "_target_" in reward else "nacim"
    return "custom" if isinstance(reward, CustomRewardSettings) else "nacim"


RewardSettings = Annotated[
    Annotated[NacimRewardSettings, Tag("nacim")] | Annotated[CustomRewardSettings, Tag("custom")],
    Discriminator(_reward_kind),
]


class CircuitSettings(Strict):
    """hwmodels.chip.Circuit, used while the switch SC is off."""

    crossbar_size: Count
    converter_bits: Annotated[Count, Field(le=12)]
    columns_per_converter: Count


class HardwareSettings(Strict):
    """Group ``hardware``."""

    model: str
    technology: str
    device: str
    circuit: CircuitSettings

    @field_validator("technology", "device")
    @classmethod
    def _is_known(cls, name: str, info: Any) -> str:  # noqa: ANN401 (pydantic's own type)
        catalog.read(info.field_name, name)
        return name


class DigitsSettings(Strict):
    """Group ``dataset`` with ``name: digits``."""

    name: Literal["digits"] = "digits"

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """Channels, height, width."""
        return (1, 8, 8)

    @property
    def n_classes(self) -> int:
        """Number of classes."""
        return 10


class SyntheticSettings(Strict):
    """Group ``dataset`` with ``name: synthetic``."""

    name: Literal["synthetic"] = "synthetic"
    n_train: Annotated[Count, Field(ge=20)] = 1000
    n_test: Annotated[Count, Field(ge=20)] = 300
    seed: Natural = 0

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """Channels, height, width."""
        return (3, 32, 32)

    @property
    def n_classes(self) -> int:
        """Number of classes."""
        return 10


DatasetSettings = Annotated[DigitsSettings | SyntheticSettings, Field(discriminator="name")]
