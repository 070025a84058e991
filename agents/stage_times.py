"""How far designs came through the stages of their evaluation, what those took and what saved."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.table import Table

from agents.judged import judged_designs
from envs.evaluation import Evaluation


@dataclass(frozen=True)
class StageRow:
    """One stage of a run.

    Attributes:
        n_in: Designs that reached it.
        n_refused: Of those, how many went no further.
        time_s: Of all of them.
        saved_s: What those refused would have taken in the later stages, at the mean of the
            designs that reached these.
    """

    stage: str
    n_in: int
    n_refused: int
    time_s: float
    saved_s: float

    @property
    def mean_s(self) -> float:
        """Time of a design that reached it."""
        return self.time_s / self.n_in


def stage_rows_of(run_dir: Path) -> list[StageRow]:
    """The stages of a run, read from its store; none if its evaluator has none.

    Raises:
        UsageError: If the run has no store.
    """
    return stage_rows(one.evaluation for one in judged_designs(run_dir))


def stage_rows(evaluations: Iterable[Evaluation]) -> list[StageRow]:
    """The stages of evaluations, in their order."""
    told = [one for one in evaluations if one.stage_s]
    longest = max((one.stage_s for one in told), key=len, default={})
    means = {name: _mean([one.stage_s[name] for one in told if name in one.stage_s])
             for name in longest}  # fmt: skip
    return [_row(name, told, means) for name in longest]


def stage_table(rows: Sequence[StageRow]) -> Table:
    """The rows, and their sums."""
    table = Table(title="stages of the evaluation")
    for title in ("stage", "designs in", "refused", "time (s)", "saved (s)"):
        table.add_column(title, justify="left" if title == "stage" else "right")
    for row in rows:
        table.add_row(
            row.stage, f"{row.n_in}", f"{row.n_refused}", f"{row.time_s:.2f}", f"{row.saved_s:.2f}"
        )
    table.add_section()
    n_refused, time_s, saved_s = (
        sum(getattr(row, name) for row in rows) for name in ("n_refused", "time_s", "saved_s")
    )
    table.add_row("all", f"{rows[0].n_in}", f"{n_refused}", f"{time_s:.2f}", f"{saved_s:.2f}")
    return table


def stages_for_summary(rows: Sequence[StageRow]) -> dict[str, Any]:
    """The rows as plain data; nothing where there are none."""
    return {"stages": [asdict(row) for row in rows]} if rows else {}


def _row(name: str, told: Sequence[Evaluation], means: dict[str, float]) -> StageRow:
    reached = [one for one in told if name in one.stage_s]
    refused = [one for one in reached if one.infeasible and [*one.stage_s][-1] == name]
    names = [*means]
    later_s = sum(means[one] for one in names[names.index(name) + 1 :])
    time_s = sum(one.stage_s[name] for one in reached)
    return StageRow(name, len(reached), len(refused), time_s, len(refused) * later_s)


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
