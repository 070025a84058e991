"""What a sweep found: tables, the union front, one page; also where searches failed."""

import csv
import re
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from report_runs import synthetic_run
from rich.console import Console

from agents import sweep_report
from agents.judged import Judged
from agents.report_sections.runs import ReportRun, read_runs
from agents.report_sections.union import bests, union_front, union_section
from agents.sweep_keeper import TRIALS
from agents.sweep_plan import Sweep, sweep_of
from agents.sweep_report import FRONT, PAGE, TABLE, runs_of, tell
from envs.store import EvaluationStore

TOY = ("env=toy",)


def sweep_in(folder: Path) -> Sweep:
    return sweep_of(["env=toy", "sweep.grid.seed=[0,1]", f"run_dir={folder}"])


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return [*csv.DictReader(file)]


def told(sweep: Sweep, capsys: pytest.CaptureFixture[str]) -> str:
    capsys.readouterr()
    tell(sweep, Console(width=200))
    return capsys.readouterr().out


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> list[ReportRun]:
    folder = tmp_path_factory.mktemp("two")
    return read_runs([synthetic_run(folder / f"{i:03d}", 30, i, TOY) for i in range(2)])


def test_the_union_front_is_what_no_design_of_any_search_dominates(two: list[ReportRun]) -> None:
    every = [(run, one) for run in two for one in run.feasible]

    def losses(run: ReportRun, one: Any) -> list[float]:
        return [float(x) for x in run.problem.losses(one.evaluation)]

    points = [losses(*item) for item in every]
    expected = {
        (run.name, one.number)
        for (run, one), mine in zip(every, points, strict=True)
        if not any(
            other != mine and all(x <= y for x, y in zip(other, mine, strict=True))
            for other in points
        )
    }
    found = [(run.name, one.number) for run, one in union_front(two)]
    assert set(found) == expected
    fronts = {(run.name, one.number) for run in two for one in run.front}
    assert set(found) < fronts  # something of a search is dominated by another
    assert {name for name, _ in found} == {"000", "001"}


def test_a_design_that_two_searches_have_found_counts_once(two: list[ReportRun]) -> None:
    # of other seeds, and so of other figures, neither of which is better
    design = two[0].front[0].evaluation
    runs: list[Any] = [
        SimpleNamespace(
            problem=two[0].problem,
            front=[Judged(1, 0.5, replace(design, metrics={**design.metrics, **figures}))],
        )
        for figures in ({"energy_j": 0.1, "latency_s": 0.2}, {"energy_j": 0.2, "latency_s": 0.1})
    ]
    assert union_front(runs) == [(runs[0], runs[0].front[0])]


def test_the_best_of_all_searches_is_told_for_each_objective(two: list[ReportRun]) -> None:
    found = bests(two)
    assert [metric for metric, _, _ in found] == [one.metric for one in two[0].objectives]
    metrics = [one.evaluation.metrics for run in two for one in run.feasible]
    for metric, _, one in found:
        most = max if metric == "accuracy" else min
        assert one.evaluation.metrics[metric] == most(each[metric] for each in metrics)


def test_the_page_tells_the_union_front_and_who_is_best_in_each_objective(
    two: list[ReportRun],
) -> None:
    body = union_section(two, "key").body
    best, whole = body.split("No design of any run dominates")
    for _, run, one in bests(two):
        assert re.search(rf"{run.name}</td><td[^>]*>#{one.number}</td>", best)
    assert whole.startswith(f" these {len(union_front(two))}: ")
    for run, one in union_front(two):
        assert re.search(rf"{run.name}</td><td[^>]*>#{one.number}</td>", whole)
    assert whole.count("<tr") == 1 + len(union_front(two))


def test_what_a_kill_left_of_a_run_that_was_handed_over_is_no_search(tmp_path: Path) -> None:
    for name in ("000_seed-0", ".000_seed-0.new"):
        synthetic_run(tmp_path / TRIALS / name, 5, 0, TOY)
    assert [one.name for one in runs_of(tmp_path / TRIALS)] == ["000_seed-0"]


def test_tables_and_page_of_a_sweep(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    runs = [synthetic_run(tmp_path / TRIALS / f"00{i}_seed-{i}", 20, i, TOY) for i in range(2)]
    out = told(sweep_in(tmp_path), capsys)
    table, front = rows(tmp_path / TABLE), rows(tmp_path / FRONT)
    assert [*table[0]] == [
        "search", "agent", "seed", "designs", "feasible", "front", "hypervolume", "best_reward",
        "accuracy", "energy_j", "latency_s", "area_m2",
    ]  # fmt: skip
    assert [(one["search"], one["seed"]) for one in table] == [
        ("000_seed-0", "0"), ("001_seed-1", "1"),
    ]  # fmt: skip
    assert [one["designs"] for one in table] == ["20", "20"]
    assert float(table[0]["best_reward"]) == pytest.approx(read_runs(runs)[0].best.reward)  # type: ignore[union-attr]
    assert [*front[0]][:7] == [
        "search", "number", "reward", "accuracy", "energy_j", "latency_s", "area_m2",
    ]  # fmt: skip
    assert f"2 searches, 40 designs; union front: {len(front)} designs" in out
    assert "000_seed-0" in (tmp_path / PAGE).read_text()


def test_a_search_without_a_feasible_design_is_a_row(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    synthetic_run(tmp_path / TRIALS / "000_bad", 5, 0, TOY, refused_share=1.0)
    out = told(sweep_in(tmp_path), capsys)
    (row,) = rows(tmp_path / TABLE)
    assert (row["feasible"], row["best_reward"]) == ("0", "")
    assert float(row["hypervolume"]) == 0
    assert rows(tmp_path / FRONT) == []
    assert "1 searches, 5 designs; union front: 0 designs" in out
    assert "none" in out


def test_searches_that_failed_before_their_first_design_are_left_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    synthetic_run(tmp_path / TRIALS / "000_good", 5, 0, TOY)
    (tmp_path / TRIALS / "001_none").mkdir()
    empty = tmp_path / TRIALS / "002_empty"
    empty.mkdir()
    (empty / "config.yaml").write_text((tmp_path / TRIALS / "000_good/config.yaml").read_text())
    with closing(EvaluationStore(empty / "evaluations.sqlite")):
        pass
    assert [one.name for one in runs_of(tmp_path / TRIALS)] == ["000_good"]
    assert "1 searches, 5 designs" in told(sweep_in(tmp_path), capsys)


def test_a_sweep_whose_searches_all_failed_is_told_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "0 searches, 0 designs" in told(sweep_in(tmp_path), capsys)
    assert rows(tmp_path / TABLE) == []
    assert not (tmp_path / PAGE).exists()


def test_searches_of_other_objectives_share_no_front(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    synthetic_run(tmp_path / TRIALS / "001_toy", 5, 0, TOY, refused_share=0)
    synthetic_run(tmp_path / TRIALS / "000_cells", 5, 0, ("env=neuronas",), refused_share=1.0)
    out = told(sweep_in(tmp_path), capsys)
    assert "2 searches, 10 designs; union front: 0 designs" in out
    assert "best energy" in out
    assert "best fitness" not in out  # nobody has measured it
    assert [one["accuracy"] != "" for one in rows(tmp_path / TABLE)] == [False, True]


def test_a_page_has_leaves_of_the_best_searches_only(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweep_report, "MOST_PAGES", 2)
    paths = [synthetic_run(tmp_path / TRIALS / f"{i:03d}", 5, i, TOY) for i in range(4)]
    volumes = {run.name: run.hypervolumes[-1][1] for run in read_runs(paths)}
    best = sorted(sorted(volumes, key=lambda name: -volumes[name])[:2])
    seen: list[list[str]] = []
    monkeypatch.setattr(
        sweep_report, "page_of", lambda runs, _: seen.append([one.name for one in runs]) or "page"
    )
    assert "4 searches" in told(sweep_in(tmp_path), capsys)
    assert seen == [best]
    assert len(rows(tmp_path / TABLE)) == 4
