"""Runs as the report reads them: settings, problem, every design, the front, who was chosen."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agents.judged import History, Judged, best_of, check_measured, history_of
from agents.problems import problem_of
from agents.report_sections.quantities import Quantity, quantity
from agents.settings import RunSettings
from agents.usage import UsageError, saved_config, validated
from envs.objectives import MAXIMIZED, Objective
from envs.pareto import front, hypervolume
from envs.problem import Problem
from envs.space import Decision

MOST_POINTS = 150  # of a curve of hypervolume, each of which takes a while to compute
TAKEN = {"wall_s": int | float, "finished": str, "versions": dict, "budget": int}  # of a summary
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Chosen:
    """A design that is told in detail, and why it is."""

    why: str
    design: Judged

    @property
    def label(self) -> str:
        """As pictures name it."""
        return f"{self.why} (#{self.design.number})"


@dataclass(frozen=True)
class ReportRun:
    """A run, read back.

    Attributes:
        summary: Empty of a run that has not ended.
    """

    path: Path
    name: str
    settings: RunSettings
    problem: Problem
    history: History
    summary: dict[str, Any]

    @property
    def designs(self) -> list[Judged]:
        """All of them, in order."""
        return self.history.designs

    @cached_property
    def feasible(self) -> list[Judged]:
        """Those that can be."""
        return [one for one in self.designs if one.is_feasible]

    @cached_property
    def best(self) -> Judged | None:
        """Of the highest reward."""
        return best_of(self.designs)

    @property
    def objectives(self) -> tuple[Objective, ...]:
        """What the front is made of."""
        return self.problem.objectives

    @cached_property
    def losses(self) -> Floats:
        """Of the feasible designs, (designs, objectives)."""
        rows = [self.problem.losses(one.evaluation) for one in self.feasible]
        return np.array(rows, np.float64).reshape(-1, len(self.objectives))

    @cached_property
    def front(self) -> list[Judged]:
        """Designs that no other one dominates."""
        mask = front(self.losses)
        return [one for one, is_on in zip(self.feasible, mask, strict=True) if is_on]

    @cached_property
    def hypervolumes(self) -> list[tuple[int, float]]:
        """Evaluations, and the hypervolume after so many of them."""
        numbers = np.array([one.number for one in self.feasible])
        steps = np.unique(np.linspace(1, len(self.designs), MOST_POINTS).round().astype(int))
        kept, n_seen, found = np.zeros((0, len(self.objectives))), 0, []
        for step in steps.tolist():
            n_now = int(np.searchsorted(numbers, step, side="right"))
            if n_now > n_seen:
                kept = np.concatenate([kept, self.losses[n_seen:n_now]])
                kept, n_seen = kept[front(kept)], n_now
            found.append((step, hypervolume(kept, [1.0] * kept.shape[1])))
        return found

    @cached_property
    def chosen(self) -> list[Chosen]:
        """The best design, and that of the front which is best in each objective; each once."""
        if self.best is None:
            return []
        found = [Chosen("best reward", self.best)]
        for objective in self.objectives:
            least = min(
                self.front, key=lambda one: (objective.loss(one.evaluation.metrics), -one.reward)
            )
            if least.number not in {one.design.number for one in found}:
                title = self.quantity(objective.metric).title
                most = "highest" if is_maximized(objective) else "least"
                found.append(Chosen(f"{most} {title}", least))
        return found

    @cached_property
    def decisions(self) -> list[Decision]:
        """Those whose choices are listed in the space, and are what designs say."""
        return [
            decision
            for decision in self.problem.space.open
            if any(
                one.evaluation.choices.get(decision.name) in decision.choices
                for one in self.designs
            )
        ]

    @cached_property
    def metrics(self) -> list[str]:
        """All that was measured: the objectives first."""
        names = [one.metric for one in self.objectives]
        for one in self.designs:
            names += [name for name in one.evaluation.metrics if name not in names]
        return names

    @cached_property
    def _quantities(self) -> dict[str, Quantity]:
        return {name: quantity(name, self._values(name)) for name in self.metrics}

    def quantity(self, metric: str) -> Quantity:
        """How a metric is told."""
        return self._quantities.get(metric) or quantity(metric, ())

    def _values(self, metric: str) -> list[float]:
        known = self.feasible or self.designs
        return [one.evaluation.metrics[metric] for one in known if metric in one.evaluation.metrics]


def is_maximized(objective: Objective) -> bool:
    """Whether more is better."""
    return objective.is_maximized or objective.metric in MAXIMIZED


def read_runs(folders: Sequence[Path]) -> list[ReportRun]:
    """Read runs; of a flow, its stages.

    Raises:
        UsageError: If one is no run, or has no evaluations yet.
    """
    paths = [path for folder in folders for path in (stages_of(folder) or [folder])]
    names = _names(paths)
    return [_read(path, name) for path, name in zip(paths, names, strict=True)]


def stages_of(folder: Path) -> list[Path]:
    """Folders of the searches of a flow, in order; none of what is one search."""
    if (folder / "evaluations.sqlite").is_file() or not (folder / "config.yaml").is_file():
        return []
    return sorted(path.parent for path in folder.glob("*/**/evaluations.sqlite")
                  if (path.parent / "config.yaml").is_file())  # fmt: skip


def _read(path: Path, name: str) -> ReportRun:
    settings = validated(saved_config(path, "run"))
    if not (path / "evaluations.sqlite").is_file():
        raise UsageError(f"{path}: has no evaluations yet; a report needs one at least")
    history = history_of(path)
    if not history.designs:
        raise UsageError(f"{path}: has no evaluations yet; a report needs one at least")
    found = ReportRun(path, name, settings, problem_of(settings), history, _summary(path))
    check_measured(found.problem, (one.evaluation for one in found.feasible), path)
    return found


def _summary(path: Path) -> dict[str, Any]:
    """What the report takes of a summary; of a broken one, what is of its kind."""
    try:
        found = dict(json.loads((path / "summary.json").read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return {}
    return {name: found[name] for name, kind in TAKEN.items() if isinstance(found.get(name), kind)}


def _names(paths: Sequence[Path]) -> list[str]:
    """Names of folders, with as many of those above as tell them apart."""
    parts = [path.resolve().parts for path in paths]
    for n in range(1, max(map(len, parts)) + 1):
        names = ["/".join(one[-n:]) for one in parts]
        if len(set(names)) == len(names):
            return names
    raise UsageError(f"the same run is named twice: {paths[0]}")
