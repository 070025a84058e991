"""Searches for asynchronous hardware side by side: the least EDP over evaluations, by agent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.table import Table

from agents.finished import has_summary, summary_of
from agents.hardware_run import HardwareRun
from agents.usage import differences

Floats = NDArray[np.float64]
QUARTILES = (25, 50, 75)


@dataclass(frozen=True)
class Curves:
    """Runs of one agent on one application.

    Attributes:
        least_edp_js: The least so far after each evaluation, (runs, evaluations).
    """

    application: str
    agent: str
    least_edp_js: Floats

    @property
    def quartiles(self) -> Floats:
        """First quartile, median and third quartile after each evaluation, (3, evaluations)."""
        return np.asarray(np.percentile(self.least_edp_js, QUARTILES, axis=0, method="linear"))


def curves_of(runs: Sequence[HardwareRun]) -> list[Curves]:
    """Curves by application and agent, those of an application up to the shortest of its budgets.

    A run that ended before its budget, as nothing new was found any more, keeps its least.
    """
    found = []
    for application in dict.fromkeys(run.application for run in runs):
        ours = [run for run in runs if run.application == application]
        length = min(_budget(run) for run in ours)
        labels = _labels(ours)
        for label in dict.fromkeys(labels):
            rows = [
                _cut(run.least_edp_js, length)
                for run, its in zip(ours, labels, strict=True)
                if its == label
            ]
            found.append(Curves(application, label, np.array(rows)))
    return found


def told(curves: Sequence[Curves]) -> Table:
    """The least product at the end, by application and agent."""
    table = Table(title="least energy-delay product of a frame (nJ·s)")
    for name in ("application", "agent"):
        table.add_column(name)
    for name in ("runs", "evaluations", "median", "quartiles", "best"):
        table.add_column(name, justify="right", no_wrap=True)
    for one in curves:
        low, median, high = 1e9 * one.quartiles[:, -1]
        n_runs, n = one.least_edp_js.shape
        best = 1e9 * one.least_edp_js[:, -1].min()
        table.add_row(
            one.application, one.agent, str(n_runs), str(n), f"{median:.4g}",
            f"{low:.4g} to {high:.4g}", f"{best:.4g}",
        )  # fmt: skip
    return table


def _budget(run: HardwareRun) -> int:
    """Evaluations up to which a run's curve is known."""
    n = len(run.designs)
    return max(n, int(summary_of(run.path)["budget"])) if has_summary(run.path) else n


def _cut(values: Floats, length: int) -> Floats:
    more = max(0, length - len(values))
    return np.pad(values, (0, more), mode="edge")[:length]


def _labels(runs: Sequence[HardwareRun]) -> list[str]:
    """An agent's name, and what tells it apart where agents of one name have other settings."""
    settings = [run.settings.agent.model_dump() for run in runs]
    return [
        _label(one, [other for other in settings if other["name"] == one["name"]])
        for one in settings
    ]


def _label(one: Mapping[str, Any], alike: Sequence[Mapping[str, Any]]) -> str:
    different = {
        line.partition(" is ")[0] for other in alike for line in differences(dict(one), dict(other))
    }
    own = ", ".join(f"{key}={one[key]}" for key in one if key in different)
    return f"{one['name']} ({own})" if own else str(one["name"])
