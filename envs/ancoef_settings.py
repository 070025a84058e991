"""Settings of the group ``env`` with ``name: ancoef``, and of its reward."""

import itertools
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, ValidationInfo, field_validator, model_validator

from async_sim.dealing import DEALINGS
from async_sim.execution import FEATURES
from async_sim.mesh import LARGEST_SIDE
from async_sim.network import ARBITRATIONS, DEEPEST, MOST_CHANNELS
from async_sim.routing import ROUTINGS
from configs.catalog import suggestion
from envs.ancoef_application import check_source
from envs.ancoef_design import PLACEMENTS, check_mesh
from envs.moves.families import moves_named
from envs.moves.move import Limits
from envs.settings_types import Count, Positive, Quality, Real, Share, Strict

MOST_NEURONS = 1 << 20
Exponent = Annotated[Real, Field(ge=-20, le=0)]  # three costs at 1e-5 of a target: R of 1e300


def _is_power_of_two(value: int) -> int:
    if value & (value - 1):
        raise ValueError(f"needs a power of two, got {value}")
    return value


def _one_of(names: tuple[str, ...]) -> AfterValidator:
    def check(name: str) -> str:
        if name not in names:
            raise ValueError(f"no choice '{name}'; {suggestion(name, names)}")
        return name

    return AfterValidator(check)


Neurons = Annotated[Count, Field(le=MOST_NEURONS), AfterValidator(_is_power_of_two)]
Depth = Annotated[Count, Field(le=DEEPEST)]
Channels = Annotated[Count, Field(le=MOST_CHANNELS)]
MeshName = Annotated[str, AfterValidator(check_mesh)]
PlacementName = Annotated[str, _one_of(PLACEMENTS)]
Dealing = Annotated[str, _one_of(DEALINGS)]
Arbitration = Annotated[str, _one_of(tuple(ARBITRATIONS))]
Routing = Annotated[str, _one_of(tuple(ROUTINGS))]


class StartSettings(Strict):
    """The design that moves begin with: as few cores as hold the network, laid out."""

    neurons_per_core: Neurons
    mesh: MeshName
    placement: PlacementName
    dealing: Dealing
    arbitration: Arbitration
    routing: Routing
    depth: Depth
    n_channels: Channels


def _each_once(values: list[Any]) -> list[Any]:
    if not values or len(set(values)) < len(values):
        raise ValueError(f"needs choices, each once, got {values}")
    return values


Once = AfterValidator(_each_once)


class FlatSettings(Strict):
    """Choices of each decision, for agents that propose whole designs."""

    neurons_per_core: Annotated[list[Neurons], Once]
    mesh: Annotated[list[MeshName], Once]
    placement: Annotated[list[PlacementName], Once]
    dealing: Annotated[list[Dealing], Once]
    arbitration: Annotated[list[Arbitration], Once]
    routing: Annotated[list[Routing], Once]
    depth: Annotated[list[Depth], Once]
    n_channels: Annotated[list[Channels], Once]


class LimitSettings(Strict):
    """How far moves may go (envs.moves.move.Limits)."""

    least_neurons: Neurons
    most_neurons: Neurons
    longest_side: Annotated[Count, Field(le=LARGEST_SIDE)]
    depths: Annotated[list[Depth], Once]
    channels: Annotated[list[Channels], Once]
    arbitrations: Annotated[list[Arbitration], Once]
    routings: Annotated[list[Routing], Once]
    n_candidates: Annotated[Count, Field(le=100_000)]

    @model_validator(mode="after")
    def _leaves_room(self) -> Self:
        if self.least_neurons > self.most_neurons:
            raise ValueError(
                f"least_neurons {self.least_neurons} is more than most_neurons {self.most_neurons}"
            )
        return self

    def as_limits(self) -> Limits:
        """As the moves take them."""
        return Limits(
            self.least_neurons,
            self.most_neurons,
            self.longest_side,
            tuple(sorted(self.depths)),
            tuple(sorted(self.channels)),
            tuple(self.arbitrations),
            tuple(self.routings),
            self.n_candidates,
        )


Edges = Annotated[list[Positive], Field(min_length=1, max_length=100)]


class AncoefSettings(Strict):
    """Group ``env`` with ``name: ancoef``."""

    name: Literal["ancoef"]
    evaluator: Literal["real", "constant"]
    application: Annotated[str, AfterValidator(check_source)]
    accuracy: Share
    n_threads: Annotated[Count, Field(le=1024)]
    infeasible_reward: Annotated[Real, Field(ge=-1e6, le=1e6)]
    start: StartSettings
    limits: LimitSettings
    moves: list[str]
    max_steps: Annotated[Count, Field(le=1_000_000)]
    reward_form: Literal["delta", "absolute"]
    obs_mode: Literal["discrete", "continuous"]
    bins: dict[str, Edges]
    space: FlatSettings

    @field_validator("moves")
    @classmethod
    def _are_known_moves(cls, names: list[str], info: ValidationInfo) -> list[str]:
        if "limits" in info.data:  # they are right themselves
            moves_named(names, info.data["limits"].as_limits())
        return names

    @field_validator("bins")
    @classmethod
    def _are_of_features(cls, bins: dict[str, list[float]]) -> dict[str, list[float]]:
        if not bins:
            raise ValueError(f"needs a feature: {', '.join(FEATURES)}")
        for name, edges in bins.items():
            if name not in FEATURES:
                raise ValueError(f"no feature called '{name}'; {suggestion(name, FEATURES)}")
            if any(low >= high for low, high in itertools.pairwise(edges)):
                raise ValueError(f"{name}: needs edges in rising order, got {edges}")
        return bins


class CostsOrNone(Strict):
    """A value for each cost; None for what the environment takes."""

    latency_s: Positive | None = None
    energy_j: Positive | None = None
    area_m2: Positive | None = None


class Exponents(Strict):
    """Exponent of each cost in ANCoEF's eq. 3."""

    latency: Exponent
    energy: Exponent
    area: Exponent


class ExponentsOrNone(Strict):
    """Likewise; None for what goes with the targets."""

    latency: Exponent | None = None
    energy: Exponent | None = None
    area: Exponent | None = None


class AncoefRewardSettings(Strict):
    """Group ``reward`` with ``name: ancoef``."""

    name: Literal["ancoef"]
    quality: Quality = "accuracy"
    targets: CostsOrNone = CostsOrNone()
    p: Exponents
    q: ExponentsOrNone = ExponentsOrNone()
    references: CostsOrNone = CostsOrNone()
