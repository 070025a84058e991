"""What a sweep was asked for: read, checked as a whole before anything starts, kept in a file."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Sweep as HydraSweep
from hydra.errors import HydraException

from agents.making import check_agent
from agents.overrides import check_begin, first_line, key_and_value
from agents.problems import load_data, problem_of, space_of
from agents.rundir import RUNS, tag_of
from agents.settings import OPEN_END, RunSettings
from agents.sweep_settings import (
    NUMBER,
    Range,
    SweepSettings,
    SweepTrial,
    trial_of,
    trials_of,
)
from agents.usage import UsageError, settings_from, without_search
from configs import catalog, mistakes
from configs.whole_file import replace_text

FILE = "sweep.yaml"
OURS = ("sweep", "run_dir", "resume")  # keys of a sweep, not of its searches


@dataclass(frozen=True)
class Sweep:
    """A sweep.

    Attributes:
        arguments: What all its searches share, as agents.train takes it.
        is_resumed: Whether it has been begun before.
    """

    settings: SweepSettings
    arguments: tuple[str, ...]
    folder: Path
    is_resumed: bool = False

    @property
    def shared(self) -> RunSettings:
        """Settings that all searches have, but for what sets them apart; those of the first."""
        return self._settings_of(next(self._checked))

    @property
    def on_ray(self) -> tuple[str, ...]:
        """The arguments that name its Ray."""
        return tuple(one for one in self.arguments if one.startswith(("ray=", "ray.")))

    @property
    def trials(self) -> list[SweepTrial]:
        """The searches of a grid; none of a sweep that is tuned."""
        return trials_of(self.settings) if self.settings.grid else []

    def trial(self, config: Mapping[str, Any]) -> SweepTrial:
        """The search that Ray Tune asks for: its number, and what Optuna has chosen."""
        if not self.settings.tuned:
            return self.trials[int(config[NUMBER])]
        chosen = {key: value for key, value in config.items() if key != NUMBER}
        return trial_of(config[NUMBER], chosen)

    @property
    def settled(self) -> "Sweep":
        """Itself, in a folder that is the same from wherever."""
        return replace(self, folder=self.folder.resolve())

    @property
    def n_trials(self) -> int:
        """How many searches there are."""
        return len(self.trials) or self.settings.n_trials

    @property
    def budget(self) -> int:
        """Designs of each search, at most."""
        typed = [int(one or OPEN_END) for one in self.settings.grid.get("search.budget", ())]
        return max(typed, default=self.shared.search.budget or OPEN_END)

    @property
    def is_cheap(self) -> bool:
        """Whether designs are evaluated where they are searched."""
        return problem_of(self.shared).evaluator.is_cheap

    def check(self) -> None:
        """Find out now whether every search could run.

        Raises:
            UsageError: With the first reason.
        """
        for trial in self._checked:
            self._check(trial)
        load_data(problem_of(self.shared))
        if self.folder.exists() and not self.folder.is_dir():
            raise UsageError(f"run_dir: {self.folder} is a file, not a directory")
        if not self.is_resumed and self.folder.exists() and any(self.folder.iterdir()):
            how = f"resume={self.folder} goes on with it" if self._is_there() else "choose another"
            raise UsageError(f"run_dir: {self.folder} is not empty; {how}")

    def _is_there(self) -> bool:
        return (self.folder / FILE).is_file()

    def _check(self, trial: SweepTrial) -> None:
        settings = self._settings_of(trial)
        if settings.flow.name is not None:
            raise UsageError("flow: has several stages; agents.sweep runs single searches")
        try:
            check_agent(settings, space_of(settings))
        except UsageError as error:
            raise UsageError(f"{trial.told}: {error}") from error

    def _settings_of(self, trial: SweepTrial) -> RunSettings:
        try:
            return settings_from([*self.arguments, *trial.chosen])
        except UsageError as error:
            if str(error) == self._mistake_of_all():
                raise
            raise UsageError(f"{trial.told}: {error}") from error

    def _mistake_of_all(self) -> str:
        try:
            settings_from(self.arguments)
        except UsageError as error:
            return str(error)
        return ""

    @property
    def _checked(self) -> Iterator[SweepTrial]:
        return iter(self.trials or self._extremes())

    def _extremes(self) -> Iterator[SweepTrial]:
        """Searches with what Optuna may choose at one end, and at the other."""
        for end in (0, -1):
            yield trial_of(0, {key: _end(one, end) for key, one in self.settings.tuned.items()})

    def keep(self) -> None:
        """Write what it is into its folder."""
        content = {
            "arguments": list(self.arguments),
            "sweep": self.settings.model_dump(mode="json"),
        }
        replace_text(self.folder / FILE, yaml.safe_dump(content, sort_keys=False))


def _end(values: Range | list[Any], end: int) -> Any:  # noqa: ANN401 (what a key takes)
    if not isinstance(values, Range):
        return values[end]
    number = values.high if end else values.low
    return int(number) if values.whole else number


def sweep_of(typed: Sequence[str]) -> Sweep:
    """Read the command line.

    Raises:
        UsageError: With the first mistake.
    """
    name, own, places, arguments = None, {}, {}, []
    for key, value in map(key_and_value, typed):
        if key == "sweep":
            name = value
        elif key.startswith("sweep."):
            own[key.removeprefix("sweep.")] = _value(key, value)
        elif key in OURS:
            places[key] = value
        else:
            check_begin(key, ("sweep",))
            arguments.append(f"{key}={value}")
    settings = _settings(name, own)
    told = _on_ray(arguments)
    sweep = Sweep(settings, told, Path(places.get("run_dir", "")))
    return sweep if places.get("run_dir") else replace(sweep, folder=_free(sweep))


def _settings(name: str | None, own: dict[str, Any]) -> SweepSettings:
    try:
        content = {"name": name, **catalog.read("sweep", name)} if name else {}
    except ValueError as error:
        raise UsageError(str(error)) from error
    kinds = {key.partition(".")[0] for key in own}
    for kind in {"grid", "tuned"} & kinds:  # what is typed replaces the file's other kind
        content.pop("tuned" if kind == "grid" else "grid", None)
    for key, value in own.items():
        kind, _, rest = key.partition(".")
        if kind in ("grid", "tuned") and rest:
            there = content.get(kind, {})
            content[kind] = {**there, rest: value} if isinstance(there, dict) else there
        else:  # a slip is one in the first part
            content[key if kind in SweepSettings.model_fields else kind] = value
    try:
        return mistakes.validated(SweepSettings, content)
    except mistakes.SettingsError as error:
        dot = "." if re.match(r"\S+: ", str(error)) else ": "
        raise UsageError(f"sweep{dot}{error}") from error


def _value(key: str, value: str) -> Any:  # noqa: ANN401 (what a key takes)
    """A value as Hydra reads it."""
    try:
        found = OverridesParser.create().parse_override(f"key={value}").value()
    except HydraException as error:
        raise UsageError(f"{key}: {first_line(error)}") from error
    if isinstance(found, HydraSweep):
        raise UsageError(f"{key}: needs a list, {key}=[A,B], got {value}")
    return _plain(found)


def _plain(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, dict):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return value if isinstance(value, int | float | bool | None) else str(value)


def _on_ray(arguments: Sequence[str]) -> tuple[str, ...]:
    """The arguments, with the Ray of this machine unless another is named."""
    if "ray=off" in arguments:
        raise UsageError("ray: a sweep runs on Ray: ray=local, or ray=cluster")
    is_named = any(one.startswith("ray=") for one in arguments)
    return tuple(arguments) if is_named else (*arguments, "ray=local")


def _free(sweep: Sweep) -> Path:
    shared = sweep.shared
    plain = without_search(shared.model_dump(mode="json", by_alias=True))
    tag = tag_of([plain, sweep.settings.model_dump(mode="json")])
    path = first = RUNS / f"sweep-{sweep.settings.name}-{shared.env.name}-{tag}"
    n = 1
    while path.exists():
        n += 1
        path = first.with_name(f"{first.name}-{n}")
    return path


def reopened(folder: Path, typed: Sequence[str]) -> Sweep:
    """Read the folder of a sweep that was begun before.

    Raises:
        UsageError: If there is none, or something else is asked of it.
    """
    others = [one for one in typed if not one.startswith(("resume=", "ray=", "ray."))]
    if others:
        raise UsageError(f"resume: only ray.* can be changed, not '{others[0]}'")
    try:
        content = yaml.safe_load((folder / FILE).read_text("utf-8"))
        settings = mistakes.validated(SweepSettings, content["sweep"])
        kept = [*content["arguments"]]
        if not all(isinstance(one, str) for one in kept):
            raise TypeError("its arguments are no texts")
    except OSError as error:
        raise UsageError(f"resume: {folder} holds no sweep (there is no {FILE})") from error
    except (ValueError, KeyError, TypeError, RecursionError, yaml.YAMLError) as error:
        raise UsageError(f"resume: {folder / FILE} cannot be read: {first_line(error)}") from error
    rays = [one for one in typed if one.startswith(("ray=", "ray."))]
    if any(one.startswith("ray=") for one in rays):
        kept = [one for one in kept if not one.startswith(("ray=", "ray."))]
    return Sweep(settings, _on_ray([*kept, *rays]), folder, is_resumed=True)
