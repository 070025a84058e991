"""What follows a co-exploration: who survives, the comparison, Table IV."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from matplotlib.figure import Figure
from noc_applications import shortcuts

from agents import reproduce
from agents.comparison import contenders
from agents.plots import plot_contenders
from agents.reproduction import reproductions
from agents.reproductions import ancoef_table4
from agents.survivors import confirmed, survivors_of
from agents.table_of_networks import paper_rows, row_of, table_of
from async_sim import execution
from async_sim.hardware import laid_out
from envs.evaluation import Evaluation

TARGETS = {"latency_s": 2e-5, "energy_j": 2e-5, "area_m2": 2e-5}


def found(name: str, accuracy: float, cost: float, reason: str | None = None) -> Evaluation:
    metrics = dict.fromkeys(TARGETS, cost) | {"accuracy": accuracy, "edp_js": cost**2}
    return Evaluation({"block0": name}, metrics, reason)


def test_survivors_meet_all_targets_and_the_most_accurate_come_first() -> None:
    all_ = [
        found("good", 0.9, 1e-5),
        found("better", 0.95, 2e-5),
        found("too dear", 0.99, 3e-5),
        found("dropped", 0.99, 1e-5, "dropped"),
        found("cheaper", 0.95, 1e-5),
    ]
    names = [one.choices["block0"] for one in survivors_of(all_, TARGETS)]
    assert names == ["cheaper", "better", "good"]
    assert survivors_of(all_[2:4], TARGETS) == []


def test_the_search_whose_front_is_ahead_has_more_hypervolume() -> None:
    ahead = [found("a", 0.9, 1e-5), found("b", 0.95, 2e-5), found("c", 0.5, 9e-5)]
    behind = [found("a", 0.9, 3e-5), Evaluation({}, {"accuracy": 1.0}, "not simulated")]
    first, second = contenders({"ours": ahead, "fixed": behind}, TARGETS)
    assert first.hypervolume > second.hypervolume == 0
    assert first.hypervolume_of_all > second.hypervolume_of_all > 0
    assert (len(first.met), len(second.met)) == (2, 0)
    assert [one.choices["block0"] for one in first.front] == ["a", "b"]
    assert len(second.evaluations) == 1
    swapped = contenders({"fixed": behind[::-1], "ours": ahead[::-1]}, TARGETS)
    assert swapped[1].hypervolume == first.hypervolume


def test_searches_without_a_simulation_are_not_compared() -> None:
    assert contenders({"ours": [Evaluation({}, {}, "too large")], "fixed": []}, TARGETS) == []


def test_both_engines_agree_on_a_design() -> None:
    application = shortcuts(n_samples=2)
    assert confirmed(application, laid_out(application, 16)) == {
        "is_equal": True, "different": [],
    }  # fmt: skip


def test_a_difference_of_the_engines_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    application = shortcuts()
    hardware = laid_out(application, 16)
    right = execution.figures
    n_calls = iter((1.0, 1.5))

    def wrong(*arguments: object) -> dict[str, float]:
        figures = right(*arguments)  # type: ignore[arg-type]
        return figures | {"latency_s": figures["latency_s"] * next(n_calls)}

    monkeypatch.setattr("agents.survivors.figures", wrong)
    assert confirmed(application, hardware) == {"is_equal": False, "different": ["latency_s"]}


def test_every_edp_of_table_4_is_energy_times_latency() -> None:
    figures = reproductions()["ancoef_table4"].figures()
    assert len(figures) == 11  # of 14 rows; ANAS's three tell no energy
    assert len(paper_rows()) == 14
    assert all(one.is_met for one in figures)


def test_the_tolerance_is_that_of_the_printed_digits() -> None:
    assert ancoef_table4.half_a_digit(745.97) == 0.005
    assert ancoef_table4.half_a_digit(0.5) == 0.05
    assert ancoef_table4.half_a_digit(30.0) == 0.5
    figures = reproductions()["ancoef_table4"].figures()
    assert all(one.tolerance < 0.02 for one in figures)  # 0.27 is the coarsest


def test_a_row_of_ours_is_in_the_units_of_the_paper() -> None:
    metrics = {"accuracy": 0.98, "energy_j": 9e-6, "latency_s": 3e-5, "area_m2": 1e-6}
    row = row_of("digits", "net", 4, metrics | {"edp_js": 2.7e-10}, 1800)
    assert (row.accuracy_percent, row.thread_hours) == (98, 0.5)
    assert row.energy_uj == pytest.approx(9)
    assert row.latency_us == pytest.approx(30)
    assert row.area_mm2 == pytest.approx(1)
    assert row.edp_snj == pytest.approx(0.27)


def test_a_network_that_misses_a_target_is_marked() -> None:
    metrics = {"accuracy": 0.98, "energy_j": 9e-6, "latency_s": 3e-5, "area_m2": 1e-6}
    row = row_of("digits", "net", 4, metrics | {"edp_js": 2.7e-10}, 1800)
    table = table_of([row, replace(row, misses_target=True)])
    assert [*table.columns[1].cells][-2:] == ["net", "net *"]
    assert table.caption == "* misses a target with the spikes of its full training"
    assert table_of([row]).caption is None


def test_a_front_is_drawn_in_steps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[Any] = []
    save = Figure.savefig
    monkeypatch.setattr(Figure, "savefig", lambda *a, **k: (drawn.append(a[0]), save(*a, **k))[1])
    found = [
        Evaluation({}, {"accuracy": accuracy, "edp_js": edp_js}, None, 0.0)
        for accuracy, edp_js in ((0.9, 1e-10), (0.95, 3e-10))
    ]
    plot_contenders(tmp_path / "fronts.png", {"ours": (found, found, found)})
    (line,) = (one for one in drawn[0].axes[0].lines if one.get_label() == "ours: front of these")
    assert line.get_drawstyle() == "steps-post"
    assert line.get_marker() == "o"  # a front of one network is seen too


def test_a_run_without_trained_networks_has_no_table(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    best = {"design": {}, "metrics": {}, "reward": 1.0}
    (tmp_path / "summary.json").write_text(json.dumps({"best": best}))
    assert reproduce.main(["ancoef_table4", "--run", str(tmp_path)]) == 2
    assert reproduce.main(["neuronas", "--run", str(tmp_path)]) == 2
    assert reproduce.main(["ancoef_table3", "--run", str(tmp_path)]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 3
    assert lines[1] == "error: --run: neuronas compares no run of ours"
