"""Designs that were evaluated before, as Parquet; and an evaluator that looks them up there."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from configs.arguments import one_line
from envs.evaluation import Evaluation, InfeasibleError, Metrics
from envs.evaluators import check_constraints
from envs.objectives import Constraint
from envs.problem import Problem
from envs.space import Choices
from envs.store import digest

CHOICE, METRIC = "choice.", "metric."  # begin the names of columns
COLUMNS = ("choices", "infeasible", "wall_s")  # that every file has


class ReplayError(ValueError):
    """A file that holds no evaluations; the message is one line."""


def write_evaluations(
    path: Path, evaluations: Iterable[Evaluation], beside: Iterable[Mapping[str, Any]]
) -> int:
    """Write a row for each evaluation; return their number.

    Args:
        beside: Further columns of each, alike for all: run, reward, ...

    Columns are ``choices`` (as JSON), ``infeasible`` (why, or null), ``wall_s``, ``choice.NAME``
    and ``metric.NAME`` (null where it was not measured), and what stands beside.
    """
    import pyarrow as pa  # noqa: PLC0415 (slow, and only for this)
    from pyarrow import parquet  # noqa: PLC0415

    rows = [_row(one) | dict(more) for one, more in zip(evaluations, beside, strict=True)]
    names = dict.fromkeys(name for row in rows for name in row)
    columns = {name: _alike([row.get(name) for row in rows]) for name in names}
    temporary = path.with_name(f"{path.name}.new")  # whole or not at all
    try:
        parquet.write_table(pa.table(columns), temporary, compression="zstd")
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    return len(rows)


def _row(evaluation: Evaluation) -> dict[str, Any]:
    own = {
        "choices": json.dumps(dict(evaluation.choices), sort_keys=True),
        "infeasible": evaluation.infeasible,
        "wall_s": evaluation.wall_s,
    }
    choices = {f"{CHOICE}{name}": value for name, value in evaluation.choices.items()}
    return own | choices | {f"{METRIC}{k}": float(v) for k, v in evaluation.metrics.items()}


def _alike(values: list[Any]) -> list[Any]:
    """A column has one type: numbers and names together are told as text."""
    kinds = {isinstance(one, str) for one in values if one is not None}
    return [one if one is None else str(one) for one in values] if len(kinds) > 1 else values


def read_evaluations(path: Path) -> list[Evaluation]:
    """Read what `write_evaluations` has written.

    Raises:
        ReplayError: If the file cannot be read, or holds something else.
    """
    import pyarrow as pa  # noqa: PLC0415 (slow, and only for this)
    from pyarrow import parquet  # noqa: PLC0415

    if not path.is_file():
        raise ReplayError(f"replay: {path}: no such file")
    try:
        table = parquet.read_table(path)
    except (OSError, ValueError, pa.ArrowException) as error:
        told = one_line(str(error).partition("\n")[0])
        raise ReplayError(f"replay: {path} cannot be read as Parquet: {told}") from error
    missing = [name for name in COLUMNS if name not in table.column_names]
    if missing:
        raise ReplayError(
            f"replay: {path} holds no evaluations: it has no column {', '.join(missing)}; "
            "python -m agents.evaluations RUN_DIR --out FILE writes one"
        )
    try:
        return [_evaluation(row) for row in table.to_pylist()]
    except (TypeError, ValueError) as error:
        raise ReplayError(f"replay: {path}: {one_line(str(error))}") from error


def _evaluation(row: Mapping[str, Any]) -> Evaluation:
    metrics = {
        name.removeprefix(METRIC): float(value)
        for name, value in row.items()
        if name.startswith(METRIC) and value is not None
    }
    return Evaluation(json.loads(row["choices"]), metrics, row["infeasible"], float(row["wall_s"]))


@dataclass(frozen=True)
class Replay:
    """Looks designs up in a file; any other counts as infeasible."""

    path: Path
    constraints: tuple[Constraint, ...] = ()
    is_cheap: bool = True

    @cached_property
    def known(self) -> dict[str, Evaluation]:
        """Evaluations by the digest of their choices; of a design that comes twice the last."""
        return {digest(dict(one.choices)): one for one in read_evaluations(self.path)}

    @property
    def yields(self) -> tuple[str, ...]:
        """Every metric that a feasible design of the file has."""
        found = [set(one.metrics) for one in self.known.values() if one.infeasible is None]
        return tuple(sorted(set.intersection(*found))) if found else ()

    @cached_property
    def context(self) -> dict[str, Any]:
        """The content of the file, wherever it lies, and the bounds."""
        content = hashlib.sha256(self.path.read_bytes()).hexdigest()
        bounds = {one.metric: one.bound for one in self.constraints}
        return {"replay": content, "constraints": bounds}

    def __call__(self, choices: Choices, seed: int) -> Metrics:
        """Return the recorded metrics."""
        del seed
        found = self.known.get(digest(dict(choices)))
        if found is None:
            raise InfeasibleError(f"none of the {len(self.known):,} designs of {self.path.name}")
        if found.infeasible is not None:
            raise InfeasibleError(found.infeasible, found.metrics)
        check_constraints(self.constraints, found.metrics)
        return found.metrics

    def check(self, problem: Problem) -> None:
        """Refuse a problem of which the file tells nothing.

        Raises:
            ReplayError: If none of its feasible designs is one, or they lack an objective.
        """
        # a design that moves lead to says more than the decisions of the space
        moved = set(getattr(problem, "start", ()))
        chosen = {one.name for one in problem.space.decisions}
        feasible = [one for one in self.known.values() if one.infeasible is None]
        if not any(set(one.choices) in (chosen, moved) for one in feasible):
            raise ReplayError(
                f"replay: {self.path}: its designs are those of another problem than "
                f"env={problem.name}: they choose {', '.join(sorted(feasible[0].choices)[:3])}, ..."
            )
        lacking = [one.metric for one in problem.objectives if one.metric not in self.yields]
        if lacking:
            raise ReplayError(
                f"replay: {self.path}: its designs have no {', '.join(lacking)}; "
                f"there are: {', '.join(self.yields)}"
            )


def replay(path: str, constraints: tuple[Constraint, ...]) -> Replay:
    """Make the evaluator, with the file read.

    Raises:
        ReplayError: If it cannot be read, or holds no feasible design.
    """
    made = Replay(Path(path), constraints)
    if not made.yields:
        raise ReplayError(f"replay: {path}: none of its {len(made.known)} designs is feasible")
    return made
