"""Evaluations as Parquet, and any agent on them again."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from agents.evaluations import main
from agents.train import main as train
from envs.cell_evaluator import CellEvaluator
from envs.evaluation import Evaluation, InfeasibleError
from envs.objectives import Constraint
from envs.replay import ReplayError, read_evaluations, replay, write_evaluations

ONE = Evaluation({"a.x": 3, "a.y": 0.5}, {"accuracy": 0.9, "area_m2": 2e-6}, None, 1.5)
OTHER = Evaluation({"a.x": "skip", "a.y": 1.0}, {"area_m2": 4e-6}, "too large", 0.5)


def written(folder: Path) -> Path:
    path = folder / "some.parquet"
    assert write_evaluations(path, [ONE, OTHER], [{"run": "r"}, {"run": "r"}]) == 2
    return path


def test_what_is_written_is_read_back_choices_of_any_type_too(tmp_path: Path) -> None:
    path = written(tmp_path)
    assert read_evaluations(path) == [ONE, OTHER]
    table = parquet.read_table(path)
    assert table.column("choice.a.x").to_pylist() == ["3", "skip"]
    assert table.column("metric.accuracy").to_pylist() == [0.9, None]


def test_a_design_is_what_it_was_and_any_other_cannot_be(tmp_path: Path) -> None:
    found = replay(str(written(tmp_path)), (Constraint("area_m2", 3e-6),))
    assert found(ONE.choices, 0) == ONE.metrics
    assert found.yields == ("accuracy", "area_m2")
    with pytest.raises(InfeasibleError, match="too large") as error:
        found(OTHER.choices, 0)
    assert error.value.metrics == OTHER.metrics
    with pytest.raises(InfeasibleError, match="none of the 2 designs of some"):
        found({"a.x": 4, "a.y": 0.5}, 0)


def test_bounds_hold_for_recorded_designs(tmp_path: Path) -> None:
    found = replay(str(written(tmp_path)), (Constraint("area_m2", 1e-6),))
    with pytest.raises(InfeasibleError, match="area_m2"):
        found(ONE.choices, 0)


def test_a_file_without_a_feasible_design_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bad.parquet"
    write_evaluations(path, [OTHER], [{}])
    with pytest.raises(ReplayError, match="none of its 1 designs is feasible"):
        replay(str(path), ())


def rows(run: Path) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(run / "evaluations.sqlite")) as store:
        return store.execute(
            "SELECT choices, metrics, infeasible, reward FROM visits "
            "JOIN evaluations USING (key) ORDER BY step"
        ).fetchall()


@pytest.mark.parametrize("agent", ["random", "reinforce"])
def test_an_agent_searches_what_was_recorded_as_it_did_before(agent: str, tmp_path: Path) -> None:
    typed = ["env=toy", f"agent={agent}", "search.budget=40"]
    assert train([*typed, f"run_dir={tmp_path / 'first'}"]) == 0
    out = tmp_path / "first.parquet"
    assert main([str(tmp_path / "first"), "--out", str(out)]) == 0
    assert train([*typed, f"replay={out}", f"run_dir={tmp_path / 'again'}"]) == 0
    assert rows(tmp_path / "again") == rows(tmp_path / "first")
    summary = json.loads((tmp_path / "again" / "summary.json").read_text())
    assert summary["evaluations"] == 40


@pytest.mark.parametrize(
    ("evaluation", "message"),
    [
        (ONE, "its designs are those of another problem than env=toy: they choose a.x, a.y"),
        (
            Evaluation({"toy.width": 1, "toy.waste": 1, "toy.error": 1}, {"accuracy": 0.5}),
            "its designs have no energy_j",
        ),
    ],
)
def test_a_file_of_another_problem_is_one_line(
    evaluation: Evaluation, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "other (1).parquet"
    write_evaluations(path, [evaluation], [{}])
    assert train(["env=toy", f"replay={path}", f"run_dir={tmp_path / 'run'}"]) == 2
    told = capsys.readouterr().err
    assert message in told
    assert told.count("\n") == 1


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda _: None, "no such file"),
        (lambda path: path.write_text("a,b\n1,2\n"), "cannot be read as Parquet"),
        (lambda path: parquet.write_table(pa.table({"a": [1]}), path), "has no column choices"),
    ],
)
def test_a_file_that_holds_no_evaluations_is_one_line(
    make: object, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "some.parquet"
    make(path)  # type: ignore[operator]
    assert train(["env=toy", f"replay={path}", f"run_dir={tmp_path / 'run'}"]) == 2
    told = capsys.readouterr().err
    assert message in told
    assert told.count("\n") == 1
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("typed", "message"),
    [(["nowhere"], "nowhere"), (["nowhere", "--out", "x.csv"], "ends in .parquet")],
)
def test_a_mistake_is_one_line(
    typed: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(typed) == 2
    told = capsys.readouterr().err
    assert message in told
    assert told.count("\n") == 1


def test_an_export_that_is_interrupted_leaves_the_old_file_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path)
    before = path.read_bytes()

    def half(_: object, where: Path, **_options: object) -> None:
        Path(where).write_bytes(before[: len(before) // 2])
        raise KeyboardInterrupt

    monkeypatch.setattr(parquet, "write_table", half)
    with pytest.raises(KeyboardInterrupt):
        write_evaluations(path, [ONE], [{}])
    assert path.read_bytes() == before
    assert [one.name for one in tmp_path.iterdir()] == [path.name]


def read(row: tuple[object, ...]) -> list[object]:
    """A row with its JSON read: in Parquet a whole number of parameters is a float."""
    return [json.loads(one) if str(one).startswith("{") else one for one in row]  # type: ignore[arg-type]


def test_a_search_for_cells_is_searched_again_without_scoring_a_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed = ["env=neuronas", "env.training.epochs=0", "search.budget=6"]
    assert train([*typed, f"run_dir={tmp_path / 'first'}"]) == 0
    out = tmp_path / "first.parquet"
    assert main([str(tmp_path / "first"), "--out", str(out)]) == 0
    for name in ("__call__", "evaluate_many"):  # whoever scores a network now fails
        monkeypatch.delattr(CellEvaluator, name)
    assert train([*typed, f"replay={out}", f"run_dir={tmp_path / 'again'}"]) == 0
    first, again = ([read(row) for row in rows(tmp_path / one)] for one in ("first", "again"))
    assert first == again
    assert len(again) == 6
