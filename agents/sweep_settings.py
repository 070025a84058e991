"""Settings of a sweep: which searches it is made of."""

import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Self

from pydantic import Discriminator, Field, Tag, field_validator, model_validator

from envs.settings_types import Count, Natural, Real, Strict

MOST_TRIALS = 10_000
NAME_LENGTH = 72  # of a folder
NUMBER = "number"  # of a search, among what Ray Tune tells it
OF_A_SWEEP = ("ray", "resume", "run_dir", "sweep")  # what no search has of its own
Values = Annotated[list[Any], Field(min_length=1)]


class Range(Strict):
    """Numbers that Optuna draws from."""

    low: Real
    high: Real
    log: bool = False
    whole: bool = False

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.whole and not (self.low.is_integer() and self.high.is_integer()):
            raise ValueError(f"whole needs whole ends, got {self.low:g} and {self.high:g}")
        if self.low >= self.high:
            raise ValueError(f"low has to be below high, got {self.low:g} and {self.high:g}")
        if self.log and self.low <= 0:
            raise ValueError(f"with log low has to be above 0, got {self.low:g}")
        return self


def _kind(value: Any) -> str:  # noqa: ANN401 (raw input)
    return "[range]" if isinstance(value, Mapping | Range) else "[choices]"


Tuned = Annotated[
    Annotated[Range, Tag("[range]")] | Annotated[Values, Tag("[choices]")], Discriminator(_kind)
]


class SweepSettings(Strict):
    """Group ``sweep``.

    Attributes:
        grid: Values of keys of agents.train; every combination is searched.
        tuned: Instead of a grid, hyper-parameters that Optuna chooses: ranges or lists of choices.
        n_trials: Searches of a tuned sweep.
        metric: What `tuned` and `scheduler` go by; more is better.
        scheduler: Who ends bad searches early (asha); what it ends depends on the time they take.
        at_once: Searches at a time; null: half as many as there are processors, two at least.
        retries: How often a search is begun anew whose worker or node has died.
    """

    name: str = "own"
    grid: dict[str, Values] = Field(default_factory=dict)
    tuned: dict[str, Tuned] = Field(default_factory=dict)
    n_trials: Annotated[Count, Field(le=MOST_TRIALS)] = 20
    metric: Literal["hypervolume", "best_reward"] = "hypervolume"
    scheduler: Literal["none", "asha"] = "none"
    at_once: Annotated[Count, Field(le=10_000)] | None = None
    retries: Annotated[Natural, Field(le=1000)] = 3

    @field_validator("name")
    @classmethod
    def _of_a_folder(cls, name: str) -> str:
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", name):
            raise ValueError(f"needs a short name of a folder, got '{name}'")
        return name

    @field_validator("grid", "tuned", mode="before")
    @classmethod
    def _flat(cls, value: Any) -> Any:  # noqa: ANN401 (raw input)
        return dict(_flattened(value)) if isinstance(value, Mapping) else value

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if bool(self.grid) == bool(self.tuned):
            raise ValueError("needs either a grid or tuned (sweep.grid.seed=[0,1,2])")
        kind = "grid" if self.grid else "tuned"
        for key in [*self.grid, *self.tuned]:
            if key.lstrip("+").partition(".")[0] in OF_A_SWEEP:
                raise ValueError(f"{kind}.{key}: is of the sweep as a whole, not of one search")
        n = self.n_combinations
        if n > MOST_TRIALS:
            raise ValueError(
                f"the grid has {n:,} combinations; at most {MOST_TRIALS:,} are searched"
            )
        return self

    @property
    def n_combinations(self) -> int:
        """Of the grid."""
        n = 1
        for values in self.grid.values():
            n *= len(values)
        return n


def _flattened(values: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    """Nested keys as dotted ones; what tells of one key (a list, a range) stays whole."""
    for key, value in values.items():
        if isinstance(value, Mapping) and not {"low", "high"} & set(value):
            yield from _flattened(value, f"{above}{key}.")
        else:
            yield f"{above}{key}", value


@dataclass(frozen=True)
class SweepTrial:
    """One search of a sweep.

    Attributes:
        name: Of its folder.
        chosen: What sets it apart, as arguments of agents.train.
    """

    name: str
    chosen: tuple[str, ...]

    @property
    def told(self) -> str:
        """What sets it apart, for people."""
        return " ".join(self.chosen)


def trials_of(settings: SweepSettings) -> list[SweepTrial]:
    """The searches of a grid, in its order."""
    keys = [*settings.grid]
    combinations = itertools.product(*settings.grid.values())
    return [
        trial_of(i, dict(zip(keys, values, strict=True))) for i, values in enumerate(combinations)
    ]


def trial_of(number: int, values: Mapping[str, Any]) -> SweepTrial:
    """The search with these values."""
    chosen = tuple(one for key, value in values.items() for one in _arguments(key, value))
    short = "_".join(_short(key, value) for key, value in values.items())
    return SweepTrial(f"{number:03d}_{short}"[:NAME_LENGTH].rstrip("_."), chosen)


def _arguments(key: str, value: Any) -> Iterator[str]:  # noqa: ANN401 (whatever a key takes)
    if isinstance(value, Mapping):
        for below, one in value.items():
            yield from _arguments(f"{key}.{below}", one)
    else:
        yield f"{key}={_typed(value)}"


def _typed(value: Any) -> str:  # noqa: ANN401
    """A value as the command line takes it."""
    if value is None or isinstance(value, bool):
        return str(value).lower().replace("none", "null")
    if isinstance(value, list | tuple):
        return f"[{','.join(_typed(one) for one in value)}]"
    return str(value)


def _short(key: str, value: Any) -> str:  # noqa: ANN401
    """A key and its value as a part of a name; of several values those that are not zero."""
    last = key.rpartition(".")[2]
    if isinstance(value, Mapping):
        return "-".join(f"{name}{_plain(one)}" for name, one in value.items() if one)
    return f"{last}-{_plain(value)}"


def _plain(value: Any) -> str:  # noqa: ANN401
    text = f"{value:.4g}" if isinstance(value, float) else _typed(value)
    return re.sub(r"[^A-Za-z0-9.+-]+", "-", text)
