"""What a sweep may be made of: keys and values, names of folders, ranges."""

import re
from typing import Any

import pytest

from agents.sweep_plan import sweep_of
from agents.sweep_settings import NAME_LENGTH, SweepSettings, trial_of, trials_of
from configs import catalog, mistakes


def sweep(**content: Any) -> SweepSettings:
    return mistakes.validated(SweepSettings, content)


def test_nested_keys_and_dotted_keys_are_the_same() -> None:
    nested = sweep(grid={"agent": {"batch_size": [4, 8]}, "seed": [0]})
    dotted = sweep(grid={"agent.batch_size": [4, 8], "seed": [0]})
    assert nested == dotted
    assert [one.chosen for one in trials_of(nested)] == [
        ("agent.batch_size=4", "seed=0"),
        ("agent.batch_size=8", "seed=0"),
    ]


def test_a_value_of_several_keys_becomes_several_arguments() -> None:
    weights = [{"energy": 1.0, "area": 0.0}, {"energy": 0.0, "area": 0.5}]
    trials = trials_of(sweep(grid={"reward.weights": weights}))
    assert trials[0].chosen == ("reward.weights.energy=1.0", "reward.weights.area=0.0")
    assert [one.name for one in trials] == ["000_energy1", "001_area0.5"]


def test_values_are_typed_as_the_command_line_takes_them() -> None:
    values = [True, None, [1, [False]], 1e-05, "nsga2"]
    told = [one.chosen[0] for one in trials_of(sweep(grid={"k": values}))]
    assert told == ["k=true", "k=null", "k=[1,[false]]", "k=1e-05", "k=nsga2"]


def test_names_of_folders_are_legal_short_and_unique() -> None:
    long = ["/a path/of its\nown" * 9, "../..", "é" * 99, {"a": 0.0}, 0.1 + 0.2]
    grid = {f"a.key{i}": long for i in range(3)}
    names = [one.name for one in trials_of(sweep(grid=grid))]
    assert len(set(names)) == len(names) == 125
    assert max(map(len, names)) <= NAME_LENGTH
    assert all(re.fullmatch(r"\d{3}(_[A-Za-z0-9.+_-]*[A-Za-z0-9+-])?", one) for one in names)


def test_a_search_that_is_tuned_is_named_in_four_digits() -> None:
    assert trial_of(7, {"agent.learning_rate": 0.012345678}).name == "007_learning_rate-0.01235"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({}, "needs either a grid or tuned (sweep.grid.seed=[0,1,2])"),
        ({"grid": {"seed": [0]}, "tuned": {"k": [0]}}, "needs either a grid or tuned"),
        ({"grid": 5}, "grid: needs keys with values, got 5"),
        ({"grid": {"seed": 3}}, "grid.seed: needs a list, got 3"),
        ({"grid": {"seed": []}}, "grid.seed: needs 1 or more entries, got []"),
        ({"grid": {"seed": [*range(101)], "k": [*range(100)]}}, "the grid has 10,100 combinations"),
        ({"grid": {"resume": ["x"]}}, "grid.resume: is of the sweep as a whole"),
        ({"grid": {"ray.cpus_per_design": [1]}}, "grid.ray.cpus_per_design: is of the sweep"),
        ({"tuned": {"run_dir": ["x"]}}, "tuned.run_dir: is of the sweep as a whole"),
        ({"tuned": {"k": []}}, "tuned.k: needs 1 or more entries, got []"),
        ({"tuned": {"k": {"low": 2, "high": 2}}}, "tuned.k: low has to be below high"),
        ({"tuned": {"k": {"low": 0, "high": 2, "log": True}}}, "tuned.k: with log low has to be"),
        ({"tuned": {"k": {"low": 0.5, "high": 2, "whole": True}}}, "tuned.k: whole needs whole"),
        ({"tuned": {"k": {"low": 1, "hihg": 2}}}, "tuned.k.hi"),
        ({"tuned": {"k": {"low": float("nan"), "high": 2}}}, "tuned.k.low: needs a finite number"),
        ({"grid": {"k": [0]}, "name": "../../up"}, "name: needs a short name of a folder"),
        ({"grid": {"k": [0]}, "metric": "hypervolum"}, "did you mean 'hypervolume'?"),
        ({"grid": {"k": [0]}, "at_once": 0}, "at_once: needs at least 1, got 0"),
    ],
)
def test_what_is_no_sweep_is_told_in_one_line(content: dict[str, Any], message: str) -> None:
    with pytest.raises(mistakes.SettingsError) as caught:
        sweep(**content)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "function-after" not in str(caught.value)


@pytest.mark.parametrize("name", catalog.names("sweep"))
def test_every_search_of_every_file_can_be_run(
    name: str, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    env = "toy" if name == "learning_rate" else "nacim"
    typed = [f"env={env}", f"sweep={name}", "run_dir=new"]
    whole = sweep_of(typed)
    assert whole.settings.name == name
    assert len({one.name for one in whole.trials}) == len(whole.trials)
    is_grid = bool(whole.settings.grid)
    sweep_of([*typed, *["sweep.grid.seed=[0]"] * is_grid]).check()
    assert not [*tmp_path.iterdir()]
