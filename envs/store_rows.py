"""Rows of a store: what is put there, what comes back, and a checksum that tells if it is that.

SQLite notices damage to its own order, not to a digit within a value.
"""

import json
import math
import zlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from envs.evaluation import Evaluation

Row = Sequence[Any]


def evaluation_row(key: str, evaluation: Evaluation) -> Row:
    """A row of the table of evaluations."""
    return _sealed(
        key,
        json.dumps(dict(evaluation.choices)),
        json.dumps(dict(evaluation.metrics)),
        evaluation.infeasible,
        _real(evaluation.wall_s),
        evaluation.fidelity,
        json.dumps(dict(evaluation.stage_s)),
    )


def evaluation_of(row: Row) -> tuple[str, Evaluation]:
    """A key and its evaluation.

    Raises:
        TypeError: If the row does not hold what `evaluation_row` makes ...
        ValueError: ... or another checksum, no JSON, or no finite number.
    """
    key, choices, metrics, infeasible, wall_s, fidelity, stage_s = _unsealed(row)
    if not (isinstance(key, str) and isinstance(infeasible, str | None)):
        raise TypeError("an evaluation is damaged")
    if not isinstance(fidelity, str):
        raise TypeError("an evaluation is damaged")
    return key, Evaluation(
        _object(choices), _numbers(metrics), infeasible, _number(wall_s), fidelity,
        _numbers(stage_s),
    )  # fmt: skip


def visit_row(step: int, key: str, reward: float) -> Row:
    """A row of the table of visits."""
    return _sealed(step, key, _real(reward))


def visit_of(row: Row) -> tuple[int, str, float]:
    """Step, key and reward.

    Raises:
        TypeError: If the row does not hold what `visit_row` makes ...
        ValueError: ... or another checksum, or no finite number.
    """
    step, key, reward = _unsealed(row)
    if not isinstance(key, str):
        raise TypeError("a visit is damaged")
    return step, key, _number(reward)


def context_row(context: Mapping[str, Any]) -> Row:
    """The row of the table of the context."""
    return _sealed(0, json.dumps(context))


def context_of(row: Row) -> dict[str, Any]:
    """What all evaluations depend on.

    Raises:
        TypeError: If the row does not hold what `context_row` makes ...
        ValueError: ... or another checksum, or no JSON.
    """
    number, content = _unsealed(row)
    if number != 0:
        raise TypeError("the context is damaged")
    return _object(content)


def _sealed(*values: object) -> Row:
    return (*values, _checksum(values))


def _unsealed(row: Row) -> Row:
    *values, checksum = row
    if checksum not in (None, _checksum(values)):  # earlier versions had none
        raise ValueError("a row holds something else than was put there")
    return values


def _checksum(values: Iterable[object]) -> int:
    return zlib.crc32(repr(tuple(values)).encode())


def _real(value: float) -> float:
    """A number as SQLite gives it back: whole ones as floats, and no -0."""
    return float(value) + 0.0


def _object(text: str) -> dict[str, Any]:
    found = json.loads(text)
    if not isinstance(found, dict):
        raise TypeError("no JSON object")
    return found


def _numbers(text: str) -> dict[str, float]:
    return {name: _number(value) for name, value in _object(text).items()}


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError("no finite number")
    return value
