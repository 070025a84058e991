"""Mapping range, noise and ramp taken apart."""

import json
from pathlib import Path

import pytest

from agents.ablation import DEVIATIONS, Plan, main, summed_up, trainings
from agents.train import main as train
from envs.ablation import Ablated
from snn.training import Recipe, VariedAccuracy

PLAN = Plan((0.05, 0.1), 2, (1, 2), None, noise_ratio=0.1, standard_rate=0.01)
RECIPE = {"epochs": 8, "batch_size": 128, "learning_rate": 0.05, "noise_ramp": 0.3}
SMALL = ["experiment=nacim_ablation", "env.n_chips=1"]
CHEAP = ["hardware.model=ela", "search.workers=1"]  # nothing to compile


def test_there_are_three_ranges_times_three_noises_and_each_says_all_it_changes() -> None:
    found = {(one, noise): rest for one, noise, *rest in trainings(RECIPE, PLAN)}
    assert len(found) == 9
    told = [(Recipe(**recipe), mapping) for recipe, mapping in found.values()]
    kinds = {(one.initialization, one.is_noise_aware, one.noise_ramp, kind) for one, kind in told}
    assert len(kinds) == 9
    assert found["fill 2^P", "ramped"][0]["noise_ramp"] == 0.3
    assert found["fill 2^P", "at once"][0] | {"noise_ramp": 0.3} == found["fill 2^P", "ramped"][0]


def test_a_standard_start_learns_at_its_own_rate_and_epochs_may_be_typed() -> None:
    typed = Plan((0.1,), 2, (1,), 3, noise_ratio=0.1, standard_rate=0.02)
    for of_range, _, recipe, _ in trainings(RECIPE, typed):
        assert recipe["learning_rate"] == (0.05 if of_range.startswith("fill") else 0.02)
        assert recipe["epochs"] == 3


def test_trainings_are_summed_up_with_an_interval_and_the_worst_chip_of_all() -> None:
    found = [
        Ablated(0.9, {0.1: VariedAccuracy(0.8, 0.0, 0.7)}),
        Ablated(1.0, {0.1: VariedAccuracy(0.6, 0.0, 0.2)}),
    ]
    told = summed_up(found)
    assert told["clean"]["mean"] == pytest.approx(0.95)
    assert told["varied"]["0.1"]["mean"] == pytest.approx(0.7)
    assert told["varied"]["0.1"]["worst"] == 0.2
    low, high = told["varied"]["0.1"]["interval"]
    assert 0.6 <= low < 0.7 < high <= 0.8
    assert summed_up(found[:1])["clean"]["interval"] is None


@pytest.mark.slow
def test_the_command_writes_nine_rows_that_come_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert train([*SMALL, *CHEAP, "env.accuracy.epochs=4", "run_dir=run"]) == 0
    typed = ["run", "--seeds", "1", "--chips", "1", "--deviations", "0,0.1", "--epochs", "1"]
    assert main(typed) == 0
    assert "standard, max|w|" in capsys.readouterr().out
    found = json.loads((tmp_path / "run" / "ablation.json").read_text())
    assert len(found["rows"]) == 9
    for row in found["rows"]:
        assert row["varied"]["0"]["mean"] == row["clean"]["mean"]  # no deviation, no error
    assert main(typed) == 0
    assert json.loads((tmp_path / "run" / "ablation.json").read_text()) == found


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        (["--seeds", "0"], "--seeds: needs at least 1, got 0"),
        (["--chips", "-1"], "--chips: needs at least 1, got -1"),
        (["--epochs", "0"], "--epochs: needs at least 1, got 0"),
        (["--noise", "0"], "--noise: needs more than 0, got 0"),
        (["--standard-rate", "nan"], "--standard-rate: needs more than 0, got nan"),
        (["--deviations", "0.1,much"], f"needs numbers such as {DEVIATIONS}, got 0.1,much"),
        (["--deviations", "0.1,0.1"], "needs different numbers of at least 0"),
        ([], "holds no finished run"),
    ],
)
def test_a_mistake_is_one_line(
    typed: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(tmp_path / "nowhere"), *typed]) == 2
    told = capsys.readouterr().err
    assert message in told
    assert told.count("\n") == 1


def test_a_run_of_cells_has_no_range_to_fill(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert train(["env=toy", "search.budget=4", "run_dir=run"]) == 0
    capsys.readouterr()
    assert main(["run"]) == 2
    assert "its designs are not trained" in capsys.readouterr().err
