"""How far designs came through the stages, and what those took and saved."""

from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from agents.stage_times import StageRow, stage_rows, stage_rows_of, stage_table, stages_for_summary
from agents.usage import UsageError
from envs.evaluation import Evaluation
from envs.store import EvaluationStore

FOUND = [
    Evaluation({"x": 0}, {}, "too large", 1.0, "bounds", {"bounds": 1.0}),
    Evaluation({"x": 1}, {}, "too bad", 5.0, "accuracy", {"bounds": 1.0, "accuracy": 4.0}),
    Evaluation({"x": 2}, {}, None, 9.0, "full", {"bounds": 1.0, "accuracy": 6.0, "run": 2.0}),
    Evaluation({"x": 3}, {}, "too slow", 9.0, "full", {"bounds": 1.0, "accuracy": 5.0, "run": 4.0}),
]
ROWS = [
    StageRow("bounds", 4, 1, 4.0, 8.0),  # one spared 5 s and 3 s
    StageRow("accuracy", 3, 1, 15.0, 3.0),
    StageRow("run", 2, 1, 6.0, 0.0),
]


def test_a_stage_saves_what_the_later_ones_take_of_others() -> None:
    assert stage_rows(FOUND) == ROWS


def test_a_run_without_stages_has_no_rows() -> None:
    assert stage_rows([Evaluation({}, {})]) == []
    assert stages_for_summary([]) == {}


def test_the_table_ends_with_sums() -> None:
    told = StringIO()
    Console(file=told, width=80).print(stage_table(ROWS))
    last = told.getvalue().splitlines()[-2].replace("│", " ").split()
    assert last == ["all", "4", "3", "25.00", "11.00"]


def test_the_rows_of_a_run_are_read_from_its_store(tmp_path: Path) -> None:
    store = EvaluationStore(tmp_path / "evaluations.sqlite")
    for number, one in enumerate(FOUND):
        store.put(str(number), one)
        store.visit([(number, str(number), 0.0)])
    store.close()
    assert stage_rows_of(tmp_path) == ROWS
    with pytest.raises(UsageError, match="holds no store"):
        stage_rows_of(tmp_path / "elsewhere")
