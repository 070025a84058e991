"""Settings of the group ``env`` with ``name: coexplore``."""

from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from configs import catalog
from envs.ancoef_settings import AncoefSettings
from envs.settings_types import CheckedChoice, Count, Natural, Positive, Real, Share, Strict


def catalogued(group: str) -> AfterValidator:
    """Make the check of a name that a file of a group must have."""

    def check(name: str) -> str:
        if name not in catalog.names(group):
            raise catalog.UnknownNameError(group, name, catalog.names(group))
        return name

    return AfterValidator(check)


LONGEST_PS = 10**9
MOST_WEIGHT_BITS = 64
Picoseconds = Annotated[Natural, Field(le=LONGEST_PS)]


class ElementSettings(Strict):
    """Times of a processing element, and bits of a weight (async_sim.application.Application)."""

    update_ps: Picoseconds
    decode_ps: Picoseconds
    synapse_ps: Picoseconds
    weight_bits: Annotated[Count, Field(le=MOST_WEIGHT_BITS)]


class TrainingSettings(Strict):
    """A recipe, and for how many epochs if not for its own."""

    recipe: Annotated[str, catalogued("recipe")]
    epochs: Annotated[Count, Field(le=10_000)] | None


class InnerSettings(Strict):
    """The search for the hardware of one network.

    Attributes:
        options: Keys of the agent, with other values than in its file.
    """

    agent: Annotated[str, catalogued("agent")]
    options: dict[str, CheckedChoice | None]
    budget: Annotated[Count, Field(le=1_000_000)]
    drop_after: Annotated[Natural, Field(le=1_000_000)]
    drop_factor: Annotated[Positive, Field(ge=1, le=1e6)]

    @model_validator(mode="after")
    def _drops_within_the_budget(self) -> Self:
        if self.drop_after > self.budget:
            raise ValueError(
                f"drop_after {self.drop_after} is more than the budget of {self.budget} simulations"
            )
        return self


class CoexploreSettings(Strict):
    """Group ``env`` with ``name: coexplore``."""

    name: Literal["coexplore"]
    evaluator: Literal["real", "constant"]
    infeasible_reward: Annotated[Real, Field(ge=-1e6, le=1e6)]
    supernet: Annotated[str, catalogued("supernet")]
    partial: TrainingSettings
    full: TrainingSettings
    n_survivors: Annotated[Count, Field(le=1000)]
    validation_ratio: Annotated[Share, Field(gt=0, lt=1)]
    n_recalibration: Annotated[Natural, Field(le=1_000_000)]
    n_samples: Annotated[Count, Field(le=10_000)]
    element: ElementSettings
    inner: InnerSettings
    is_compared: bool
    hardware: AncoefSettings

    @model_validator(mode="after")
    def _leaves_networks_their_own(self) -> Self:
        """Refuse what would be overwritten for each network."""
        ours = catalog.read("env", "ancoef")
        for key in ("application", "accuracy", "evaluator"):
            if getattr(self.hardware, key) != ours[key]:
                raise ValueError(f"hardware.{key} is each network's own; leave it out")
        return self

    def told(self) -> dict[str, Any]:
        """What an evaluation depends on, but for the search for hardware, which tells itself."""
        after = {"full", "n_survivors", "is_compared", "inner"}
        return self.model_dump(mode="json", exclude=after)
