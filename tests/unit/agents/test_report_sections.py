"""Sections of the report: probabilities, importance, costs, stages, numbers as they are told."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
import yaml
from report_runs import changed, data_of, synthetic_run

from agents.judged import History
from agents.probabilities import PROBABILITIES
from agents.problems import problem_of
from agents.report import main
from agents.report_sections.choices import choices_section
from agents.report_sections.comparison import comparison_sections
from agents.report_sections.costs import colours_of
from agents.report_sections.importance import importance_section, importances_of
from agents.report_sections.quantities import duration, number, quantity
from agents.report_sections.runs import ReportRun, read_runs
from agents.usage import settings_from

TOY = ("env=toy",)
COSTS = ("energy_j", "latency_s", "area_m2")
NOTHING = History([], [])
N = 60
VOID = {"meta", "br", "input", "link", "img", "hr"}


def test_probabilities_of_other_decisions_are_no_picture(tmp_path: Path) -> None:
    run = synthetic_run(tmp_path / "run", 20, typed=TOY)
    (read,) = read_runs([run])
    rows = [[0.25] * len(one.choices) for one in read.problem.space.open]
    others = [rows[:-1], [*rows[:-1], [*rows[-1], 0.25]], [*rows[:-1], []]]
    for kept, title in ((rows, "Action probabilities"), *((one, "proposed") for one in others)):
        line = json.dumps({"evaluations": 4, "probabilities": kept})
        (run / "probabilities.jsonl").write_text(line, "utf-8")
        assert main([str(run), "--simulate", "0"]) == 0
        assert title in (run / "report.html").read_text("utf-8")


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        (("env=toy", "agent=random"), "agent=random has no policy that holds any."),
        (("env=toy", "agent=nsga2"), "agent=nsga2 has no policy that holds any."),
        (("env=toy", "agent=ppo"), "an older version ran this search, or it has proposed nothing"),
        (("env=toy", "agent=reinforce_mo"), "an older version ran this search"),
        (
            ("env=ancoef", "env.evaluator=constant", "agent=qlearning"),
            "agent=qlearning makes moves on hardware, not these choices.",
        ),
        (
            ("env=ancoef", "env.evaluator=constant", "agent=dqn"),
            "agent=dqn makes moves on hardware, not these choices.",
        ),
    ],
)
def test_a_run_without_probabilities_says_why_in_a_line(typed: tuple[str, ...], why: str) -> None:
    settings = settings_from(typed)
    run = ReportRun(Path("nowhere"), "run", settings, problem_of(settings), NOTHING, {})
    section = choices_section(run, "key")
    assert section.title == "What was proposed"
    assert f"<p>No probabilities: {why}" in section.body
    assert "Its designs are told by no list" in section.body


def test_values_of_dqn_are_told_as_what_its_draws_make_of_them(tmp_path: Path) -> None:
    run = synthetic_run(tmp_path / "run", 20, typed=TOY)
    saved = (run / "config.yaml").read_text("utf-8")
    other = yaml.safe_load(saved)
    other["agent"] = settings_from(["env=toy", "agent=dqn"]).agent.model_dump(mode="json")
    (run / "config.yaml").write_text(yaml.safe_dump(other), "utf-8")
    keep_probabilities(run, [20])
    section = choices_section(read_runs([run])[0], "key")
    assert "DQN holds values of choices" in section.body
    (run / "config.yaml").write_text(saved, "utf-8")
    assert "DQN" not in choices_section(read_runs([run])[0], "key").body


def test_probabilities_fill_the_time_in_which_they_were_held(tmp_path: Path) -> None:
    run = synthetic_run(tmp_path / "run", 20, typed=TOY)
    for kept in ([4, 12, 20], [*range(1, 121)]):
        (run / PROBABILITIES).unlink(missing_ok=True)
        keep_probabilities(run, kept)
        for picture in choices_section(read_runs([run])[0], "key").pictures:
            (trace,) = picture.traces
            assert (trace["x"][0], trace["x"][-1]) == (0, kept[-1])
            assert len(trace["x"]) == len(trace["z"][0]) + 1 <= 41
    # three lines of the first choice, of 1/120, 2/120 and 3/120, are one stretch
    assert trace["z"][0][0] == pytest.approx(2 / 120, abs=1e-3)


def keep_probabilities(run: Path, evaluations: list[int]) -> None:
    """As a policy that holds the first choice ever more probable."""
    (read,) = read_runs([run])
    with (run / PROBABILITIES).open("w", encoding="utf-8") as file:
        for n in evaluations:
            first = n / evaluations[-1]
            rows = [
                [first, *[(1 - first) / (len(one.choices) - 1)] * (len(one.choices) - 1)]
                for one in read.problem.space.open
            ]
            file.write(json.dumps({"evaluations": n, "probabilities": rows}) + "\n")


def test_a_part_has_the_same_colour_in_every_picture_and_no_two_share_one_in_a_picture() -> None:
    few = colours_of([("core", "router"), ("router", "buffer"), ("buffer", "core")])
    (core, router), (again, buffer), last = few
    assert (again, last) == (router, [buffer, core])
    assert len({core, router, buffer}) == 3
    many = colours_of([[f"part {(7 * i + j) % 30}" for j in range(8)] for i in range(9)])
    assert all(len({*one}) == 8 for one in many)


def test_fronts_whose_costs_span_decades_are_drawn_on_a_logarithmic_axis(tmp_path: Path) -> None:
    runs = [synthetic_run(tmp_path / name, 20, typed=(name,)) for name in ("env=toy", "env=nacim")]
    changed(runs[0], "metrics = json_replace(metrics, '$.energy_j', 5e3)")
    fronts = comparison_sections(read_runs(runs), "all")[-1].pictures
    kinds = {one.key: one.layout["xaxis"].get("type") for one in fronts}
    assert kinds["all-fronts-energy_j"] == "log"
    assert kinds["all-fronts-latency_s"] is None


def test_stages_are_told_with_what_they_took_and_saved(tmp_path: Path) -> None:
    run = synthetic_run(tmp_path / "run", 20, typed=TOY)
    cheap, whole = {"bounds": 0.5}, {"bounds": 0.5, "accuracy": 4.0}
    n = changed(run, "stage_s = ? WHERE infeasible IS NOT NULL", json.dumps(cheap))
    changed(run, "stage_s = ? WHERE infeasible IS NULL", json.dumps(whole))
    assert main([str(run)]) == 0
    page = (run / "report.html").read_text("utf-8")
    assert 0 < n < 20
    cells = ("bounds", "20", f"{n}", "10", "0.5", f"{4 * n}")
    assert re.search("".join(rf"<td[^>]*>{re.escape(cell)}</td>" for cell in cells), page)
    taken, saved = data_of(page)["pictures"]["run0-stages-times"]["traces"]
    assert taken["x"] == [10.0, 4.0 * (20 - n)]
    assert saved["x"] == [4.0 * n, 0.0]


def test_objectives_in_which_designs_are_alike_are_told_and_nothing_is_drawn_of_them(
    tmp_path: Path,
) -> None:
    path = synthetic_run(tmp_path / "run", 40, typed=TOY)
    for metrics, n_drawn in ((("accuracy",), 1), (("accuracy", *COSTS), 0)):
        for one in metrics:
            changed(path, "metrics = json_replace(metrics, ?, 0.5)", f"$.{one}")
        section = importance_section(read_runs([path])[0], "key")
        assert section is not None
        assert section.body.count("nothing: all designs are alike in it") == len(metrics)
        assert len(section.pictures) == n_drawn
        assert ("No decision made a difference" in section.body) == (not n_drawn)


def test_a_decision_that_decides_is_important_and_one_that_does_nothing_is_not(
    tmp_path: Path,
) -> None:
    (run,) = read_runs([synthetic_run(tmp_path / "run", 250, typed=TOY)])
    found = importances_of(run)
    assert found is not None
    costs = [one.metric for one in run.objectives]
    latency = found.drops[:, costs.index("latency_s")]
    assert found.names[int(np.argmax(latency))] == "toy.error"  # the only one that it follows
    assert np.abs(np.delete(latency, int(np.argmax(latency)))).max() < 0.2 * latency.max()
    assert found.r2[costs.index("latency_s")] > 0.8
    again = importances_of(run)
    assert again is not None
    assert np.array_equal(found.drops, again.drops)


@pytest.mark.parametrize(
    ("metric", "value", "told"),
    [
        ("energy_j", 4.2e-13, "420 fJ"),
        ("latency_s", 3.5e-5, "35 µs"),
        ("latency_s", 2.0, "2 s"),
        ("area_m2", 5.159e-6, "5.159 mm²"),
        ("area_m2", 4e-10, "400 µm²"),
        ("memory_bits", 3.2e6, "3.2 Mbit"),
        ("edp_js", 1.3e-10, "130 pJ·s"),
        ("accuracy", 0.9689, "96.89 %"),
        ("noc_ps", 39.66, "39.66 ps"),
        ("n_cores", 11, "11"),
    ],
)
def test_quantities_have_the_prefix_that_suits_them(metric: str, value: float, told: str) -> None:
    assert quantity(metric, [value]).told(value) == told


def test_numbers_and_times_are_short() -> None:
    assert [number(one) for one in (0.0, 12345.6, 1e-9, 99.999)] == ["0", "12,346", "1e-09", "100"]
    assert [duration(one) for one in (12.34, 200, 9000)] == ["12.34 s", "3 min", "2.5 h"]
