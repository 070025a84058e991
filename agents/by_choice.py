"""What each choice of a name (a device, say) has led to: the designs of a search by that choice."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table

from agents.narrow_table import narrow_table
from envs.evaluation import Evaluation
from envs.problem import Problem
from envs.space import Decision, SearchSpace

MOST = 2  # decisions between names that are told one by one; of more, only the device
COSTS = {"energy_j": ("µJ", 1e6), "latency_s": ("µs", 1e6), "area_m2": ("mm²", 1e6)}
EXACT = "clean_accuracy"


@dataclass(frozen=True)
class ChoiceRow:
    """The designs that have one choice.

    Attributes:
        best_exact: Highest accuracy of exact weights, where it is measured.
        best: Highest value of the first objective: the accuracy on sampled chips, if any.
        medians: Of each cost over the feasible designs.
    """

    choice: str
    n_designs: int
    n_feasible: int
    n_front: int
    best_exact: float | None
    best: float | None
    medians: dict[str, float]


def named_decisions(space: SearchSpace) -> list[Decision]:
    """The decisions between names that are searched, if they are few; else that of the device."""
    searched = [d for d in space.decisions if d.group not in space.frozen_groups]
    named = [d for d in searched if len(d.choices) > 1 and all(map(_is_name, d.choices))]
    return named if len(named) <= MOST else [one for one in named if one.group == "device"]


def _is_name(choice: object) -> bool:
    return isinstance(choice, str)


class ChoiceReport:
    """Tables, pictures and plain data of a search, by the choices of its named decisions."""

    def __init__(
        self, problem: Problem, evaluations: Sequence[Evaluation], front: Sequence[Evaluation]
    ) -> None:
        self._problem = problem
        self._evaluations = evaluations
        self._front = front
        self._rows = {
            decision: rows_of(problem, decision, evaluations, front)
            for decision in named_decisions(problem.space)
        }

    @property
    def for_summary(self) -> dict[str, Any]:
        """The rows by decision and choice; nothing if there is no such decision."""
        if not self._rows:
            return {}
        return {"by_choice": {one.name: plain(rows) for one, rows in self._rows.items()}}

    def tell(self, console: Console) -> None:
        """Print a table for each decision."""
        for decision, rows in self._rows.items():
            console.print(choice_table(self._problem, decision, rows))

    def draw(self, folder: Path) -> None:
        """Draw a picture for each decision: ``by_device.png``."""
        from agents.plots import plot_choices  # noqa: PLC0415 (matplotlib takes half a second)

        quality = self._problem.objectives[0].metric
        feasible = [one for one in self._evaluations if one.infeasible is None]
        for decision in self._rows:
            path = folder / f"by_{decision.name.rpartition('.')[2]}.png"
            taken = {
                str(choice): [one for one in feasible if one.choices.get(decision.name) == choice]
                for choice in decision.choices
            }
            plot_choices(path, taken, self._front, quality)


def rows_of(
    problem: Problem,
    decision: Decision,
    evaluations: Sequence[Evaluation],
    front: Sequence[Evaluation],
) -> list[ChoiceRow]:
    """One row for each choice, in the order of the space, also for those that nobody took."""
    quality = problem.objectives[0].metric

    def having(choice: object, found: Sequence[Evaluation]) -> list[Evaluation]:
        return [one for one in found if one.choices.get(decision.name) == choice]

    return [
        _row(str(choice), quality, having(choice, evaluations), len(having(choice, front)))
        for choice in decision.choices
    ]


def _row(choice: str, quality: str, found: Sequence[Evaluation], n_front: int) -> ChoiceRow:
    metrics = [one.metrics for one in found if one.infeasible is None]
    return ChoiceRow(
        choice,
        len(found),
        len(metrics),
        n_front,
        max((one[EXACT] for one in metrics if EXACT in one), default=None),
        max((one[quality] for one in metrics), default=None),
        {
            cost: median(one[cost] for one in metrics)
            for cost in COSTS
            if metrics and all(cost in one for one in metrics)
        },
    )


def choice_table(problem: Problem, decision: Decision, rows: Sequence[ChoiceRow]) -> Table:
    """The rows, to be printed."""
    quality = problem.objectives[0].metric
    has_exact = any(one.best_exact is not None for one in rows)
    table = narrow_table(
        f"designs by {decision.name}: the best, and median costs",
        (
            decision.name.rpartition(".")[2],
            "feasible",
            "front",
            *(["exact"] if has_exact else []),
            quality,
            *(title for title, _ in COSTS.values()),
        ),
    )
    for row in rows:
        table.add_row(*_cells(row, has_exact=has_exact))
    return table


def _cells(row: ChoiceRow, *, has_exact: bool) -> list[str]:
    costs = [
        f"{row.medians[cost] * scale:.3g}" if cost in row.medians else "-"
        for cost, (_, scale) in COSTS.items()
    ]
    counts = [row.choice, f"{row.n_feasible}/{row.n_designs}", str(row.n_front)]
    best = [row.best_exact, row.best] if has_exact else [row.best]
    return [*counts, *("-" if one is None else f"{one:.4g}" for one in best), *costs]


def plain(rows: Sequence[ChoiceRow]) -> dict[str, dict[str, Any]]:
    """The rows for ``summary.json``, by choice."""
    return {
        row.choice: {
            "designs": row.n_designs,
            "feasible": row.n_feasible,
            "front": row.n_front,
            "best_exact": row.best_exact,
            "best": row.best,
            "medians": row.medians,
        }
        for row in rows
    }
