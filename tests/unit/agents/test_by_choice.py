"""What a search tells of each device, or of any other choice of a name."""

from pathlib import Path

import pytest
from rich.console import Console

from agents.by_choice import ChoiceReport, choice_table, named_decisions, plain, rows_of
from envs.assembly import make_problem
from envs.default_settings import settings_of
from envs.evaluation import Evaluation
from envs.space import Decision, SearchSpace

PROBLEM = make_problem(settings_of("nacim", {"evaluator": "constant"}))
DEVICE = next(one for one in PROBLEM.space.decisions if one.name == "chip.device")
FIRST, SECOND = (str(one) for one in DEVICE.choices[:2])


def design(device: str, accuracy: float, energy_j: float, why: str | None = None) -> Evaluation:
    costs = {"energy_j": energy_j, "latency_s": 1e-4, "area_m2": 2e-6}
    metrics = {"accuracy": accuracy, "clean_accuracy": accuracy + 0.01} | costs
    return Evaluation({"chip.device": device}, {} if why else metrics, why)


FOUND = [
    design(FIRST, 0.9, 1e-6),
    design(FIRST, 0.8, 3e-6),
    design(FIRST, 0.0, 0.0, "cannot be"),
    design(SECOND, 0.95, 8e-6),
]


def test_each_device_has_its_designs_its_best_and_its_median_costs() -> None:
    told = plain(rows_of(PROBLEM, DEVICE, FOUND, FOUND[3:]))
    first, second = told[FIRST], told[SECOND]
    assert (first["designs"], first["feasible"], first["front"]) == (3, 2, 0)
    assert (first["best"], first["best_exact"]) == (0.9, 0.91)
    assert first["medians"]["energy_j"] == 2e-6
    assert (second["front"], second["best"]) == (1, 0.95)


def test_a_device_that_nobody_took_has_a_row_without_figures() -> None:
    rows = rows_of(PROBLEM, DEVICE, FOUND, [])
    assert [row.choice for row in rows] == list(DEVICE.choices)
    assert rows[-1].best is None
    assert rows[-1].medians == {}


def test_the_table_fits_a_narrow_terminal_with_whole_names() -> None:
    console = Console(width=80)
    wide = [design(str(one), 0.12345, 123.4e-6) for one in DEVICE.choices]
    rows = rows_of(PROBLEM, DEVICE, wide * 12, wide)
    with console.capture() as caught:
        console.print(choice_table(PROBLEM, DEVICE, rows))
    shown = caught.get()
    for device in DEVICE.choices:
        assert str(device) in shown
    assert "12/12" in shown
    assert "…" not in shown


def test_a_picture_is_drawn_for_each_decision_between_names(tmp_path: Path) -> None:
    report = ChoiceReport(PROBLEM, FOUND, FOUND[:1])
    report.draw(tmp_path)
    assert [one.name for one in tmp_path.iterdir()] == ["by_device.png"]
    assert set(report.for_summary["by_choice"]) == {"chip.device"}
    ChoiceReport(PROBLEM, [], []).draw(tmp_path)  # a search that found nothing


def named(name: str, group: str) -> Decision:
    return Decision(name, group, ("a", "b"), "a")


def test_of_many_decisions_between_names_the_device_alone_is_told() -> None:
    device, others = named("device", "device"), [named(f"edge{i}", "x") for i in range(3)]
    assert named_decisions(SearchSpace((device, *others))) == [device]
    assert named_decisions(SearchSpace((device, others[0]))) == [device, others[0]]
    assert named_decisions(SearchSpace(tuple(others))) == []


def test_what_is_frozen_or_a_number_is_no_choice_of_a_name() -> None:
    numbers = Decision("size", "circuit", (1, 2), 1)
    device = named("device", "device")
    assert named_decisions(SearchSpace((device, numbers), frozenset({"device"}))) == []
    assert named_decisions(SearchSpace((numbers,))) == []


@pytest.mark.parametrize("env", ["toy", "ancoef", "neuronas"])
def test_other_environments_have_nothing_to_tell_or_a_few_tables(env: str) -> None:
    space = make_problem(settings_of(env, {"evaluator": "constant"})).space
    assert len(named_decisions(space)) <= 2
