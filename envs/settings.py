"""One validated model per group that describes the problem; defaults are in configs/."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    ConfigDict,
    Discriminator,
    Field,
    SerializeAsAny,
    Tag,
)

from envs.ancoef_settings import AncoefSettings
from envs.chosen_settings import Chosen, chosen
from envs.coexplore_settings import CoexploreSettings
from envs.custom_settings import CustomSettings
from envs.joint_settings import JointSettings
from envs.neuronas_settings import NeuronasSettings
from envs.objectives import Constraint
from envs.settings_types import (
    CheckedChoice,
    Count,
    Natural,
    Positive,
    Real,
    Share,
    Strict,
)
from envs.space_settings import Space
from envs.switches import Switches
from snn.quantization import MOST_BITS


class ConstraintSettings(Strict):
    """Hard bounds: a floor for accuracy, ceilings for the costs; None for no bound."""

    accuracy: Share | None = None
    energy_j: Positive | None = None
    latency_s: Positive | None = None
    area_m2: Positive | None = None
    n_parameters: Positive | None = None
    memory_bits: Positive | None = None
    # those on the metrics of a user's own evaluators, which no field can name
    model_config = ConfigDict(extra="allow", frozen=True, allow_inf_nan=False)
    __pydantic_extra__: dict[str, Positive | None] = Field(init=False)

    def as_constraints(self, maximized: frozenset[str] = frozenset()) -> tuple[Constraint, ...]:
        """The bounds that are set.

        Args:
            maximized: Metrics of a user's own of which more is better.
        """
        found = ((name, value) for name, value in self if value is not None)
        return tuple(Constraint(metric, value, metric in maximized) for metric, value in found)


class AccuracySettings(Strict):
    """How each design is trained (snn.training.Recipe).

    Attributes:
        torch_device: Where; with ``auto`` on a GPU if there is one.
    """

    epochs: Annotated[Count, Field(le=10_000)]
    batch_size: Annotated[Count, Field(ge=2, le=100_000)]
    learning_rate: Annotated[Positive, Field(le=100)]
    noise_ramp: Share
    is_noise_aware: bool
    initialization: Literal["fill", "standard"]
    precision: Literal["float32", "bfloat16"] = "float32"
    torch_device: Literal["auto", "cpu", "cuda"] = Field("cpu", exclude_if=lambda one: one == "cpu")

    @property
    def recipe(self) -> dict[str, Any]:
        """Arguments of the recipe: where it is followed is not one."""
        return self.model_dump(exclude={"torch_device"})


class HalvingSettings(Strict):
    """Successive halving: the best ``share`` of a batch after ``epochs`` is trained whole.

    Attributes:
        epochs: Of the first training; 0: every design is trained whole at once.
    """

    epochs: Annotated[Natural, Field(le=10_000)] = 0
    share: Share = 0.5


class InheritanceSettings(Strict):
    """Weights inherited from one ancestor, the largest network of the space.

    Attributes:
        epochs: Of a design that begins with its weights; 0: every design begins with random ones.
        ancestor_epochs: Of the ancestor, which is trained once for a run.
        learning_rate_ratio: Of such a design, over ``env.accuracy.learning_rate``.
        seed: Of the ancestor.
    """

    epochs: Annotated[Natural, Field(le=10_000)] = 0
    ancestor_epochs: Annotated[Count, Field(le=10_000)] = 8
    learning_rate_ratio: Annotated[Positive, Field(le=100)] = 0.2
    seed: Annotated[Natural, Field(lt=2**63)] = 0


def _no_empty_format(bits: tuple[int, int]) -> tuple[int, int]:
    if not 1 <= sum(bits) <= MOST_BITS:
        raise ValueError(f"needs 1 to {MOST_BITS} bits in all, got {sum(bits)}")
    return bits


class StartSettings(Strict):
    """Weights to begin with: those that a run kept, by rank.

    Attributes:
        is_trained: Whether they are trained on; else they are only rounded to the design's formats.
    """

    run: str | None = None
    rank: Count = 1
    is_trained: bool = True


Format = Annotated[tuple[Natural, Natural], AfterValidator(_no_empty_format)]


class ClassifierSettings(Strict):
    """Integer and fraction bits of the output layer, which is not searched."""

    weights: Format
    activations: Format


class NacimSettings(Strict):
    """Group ``env`` with ``name: nacim``."""

    name: Literal["nacim"]
    switches: Switches
    evaluator: Literal["real", "constant"]
    n_chips: Annotated[Natural, Field(le=10_000)]
    keep_weights: Annotated[Natural, Field(le=10_000)] = 0
    start: StartSettings = StartSettings()
    given: dict[str, dict[str, CheckedChoice]]
    infeasible_reward: Annotated[Real, Field(ge=-1e6, le=1e6)]
    accuracy: AccuracySettings
    halving: HalvingSettings = HalvingSettings()
    inheritance: InheritanceSettings = Field(  # untold where there is none, as before there was
        InheritanceSettings(), exclude_if=lambda one: not one.epochs
    )
    classifier: ClassifierSettings
    evaluators: dict[str, CustomSettings] = Field(default_factory=dict)
    space: Space


class ToySettings(Strict):
    """Group ``env`` with ``name: toy``."""

    name: Literal["toy"]
    evaluator: Literal["real", "constant"]
    infeasible_reward: Annotated[Real, Field(ge=-1e6, le=1e6)]
    space: Space


class OwnEnvSettings(Chosen, ABC):
    """Group ``env`` with a ``_target_``: an environment in a file of its own.

    Attributes:
        evaluator: With ``constant``, every design has the same metrics.
    """

    evaluator: Literal["real", "constant"] = "real"
    infeasible_reward: Annotated[Real, Field(ge=-1e6, le=1e6)] = 0.0

    @abstractmethod
    def environment(self) -> Any:  # noqa: ANN401 (envs.environment knows these settings)
        """What it brings to its problem: an `envs.environment.Environment`."""


def _env_kind(env: Any) -> Any:  # noqa: ANN401 (raw input)
    if isinstance(env, OwnEnvSettings) or (isinstance(env, Mapping) and "_target_" in env):
        return "custom"
    return env.get("name") if isinstance(env, Mapping) else getattr(env, "name", "custom")


EnvSettings = Annotated[
    Annotated[NacimSettings, Tag("nacim")]
    | Annotated[NeuronasSettings, Tag("neuronas")]
    | Annotated[AncoefSettings, Tag("ancoef")]
    | Annotated[CoexploreSettings, Tag("coexplore")]
    | Annotated[JointSettings, Tag("joint")]
    | Annotated[ToySettings, Tag("toy")]
    | Annotated[SerializeAsAny[OwnEnvSettings], chosen("env", OwnEnvSettings), Tag("custom")],
    Discriminator(_env_kind),
]
