"""SpikeNAS's figures, and ANCoEF's Tables II to IV beside ours."""

import math
from pathlib import Path
from typing import Any

import pytest

from agents.plain_run import search_to_end
from agents.reproduction import Figure
from agents.reproductions import ancoef_table2, ancoef_table4, spikenas
from agents.reproductions.ancoef_table2 import Times, times_of
from agents.usage import UsageError, settings_from
from async_sim import tick


def summary(n_parameters: float, wall_s: float, n: int) -> dict[str, Any]:
    return {"best": {"metrics": {"n_parameters": n_parameters}}, "wall_s": wall_s, "evaluations": n}


def by_what(figures: list[Figure]) -> dict[str, Figure]:
    return {one.what: one for one in figures}


def test_spikenas_compares_memory_with_the_budget_and_snasnet_and_times_with_its_search() -> None:
    found = {
        "1C2O_M": summary(636_000, 1.0, 64),
        "2C2O_M": summary(900_000, 0.5, 127),
        "2C2O": summary(3e6, 0.5, 127),
        "snasnet": summary(2e6, 20.0, 2582),
    }
    told = by_what(list(spikenas._figures("cifar10", found, 2)))
    assert told["cifar10: scenarios within the budget of 1.2 million parameters"].ours == 2
    assert told["cifar10, 2C2O_M: memory below the budget"].ours == pytest.approx(25)
    below = told["cifar10, 2C2O_M: memory below SNASNet"]
    assert (below.published, below.ours) == (30, pytest.approx(100 * (1 - 900 / 1272)))
    assert told["cifar10: most memory below SNASNet, of any scenario"].ours == pytest.approx(50)
    faster = told["cifar10, 2C2O_M: times faster than SNASNet's search"]
    assert (faster.published, faster.ours, faster.is_met) == (347.7, 40.0, True)
    assert all(one.is_met for one in told.values())


def test_a_scenario_over_its_budget_is_missed() -> None:
    found = {"2C2O_M": summary(1.3e6, 1.0, 127), "snasnet": summary(2e6, 0.5, 2582)}
    missed = [one.what for one in spikenas._figures("cifar10", found, 1) if not one.is_met]
    assert missed == [
        "cifar10: scenarios within the budget of 1.2 million parameters",
        "cifar10, 2C2O_M: memory below the budget",
        "cifar10, 2C2O_M: memory below SNASNet",
        "cifar10, 2C2O_M: times faster than SNASNet's search",
    ]


def test_every_size_has_the_scenarios_whose_figures_are_printed() -> None:
    for names in spikenas.SCENARIOS.values():
        assert {one["scenario"] for one in spikenas.ANCHOR["scenarios"]} <= set(names)


def test_the_engines_of_table_2_agree_and_their_times_are_a_step_each() -> None:
    found = times_of("csnn_cifar10", 1)
    assert found.are_equal
    assert 0 < found.compiled_s < found.ticks_s
    assert found.actors_s > 0


def test_engines_that_differ_are_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ancoef_table2, "load_engine", lambda name: ENGINES[name])
    assert not times_of.__wrapped__("csnn_cifar10", 1).are_equal


ENGINES = {
    "tick": lambda network, packets: tick.simulate(network, packets, 700),  # divides no latency
    "compiled": ancoef_table2.load_engine("compiled"),
    "actor": ancoef_table2.load_engine("compiled"),
}


def test_table_2_tells_ratios_and_asks_for_the_printed_one() -> None:
    told = ancoef_table2._figures("mlp_mnist", Times(6.0, 2.0, 5.0, 2.0, are_equal=True))
    assert [one.ours for one in told] == [3.0, 2.5, 3]
    assert [one.is_met for one in told] == [True, True, True]
    slow = ancoef_table2._figures("csnn_cifar10", Times(6.0, 2.0, 5.0, 2.0, are_equal=False))
    assert [one.is_met for one in slow] == [False, False, False]


def test_table_4_sets_the_best_survivor_beside_the_row_of_mnist(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    metrics = {"accuracy": 0.99, "energy_j": 2e-5, "latency_s": 3e-5, "area_m2": 1e-6,
               "edp_js": 6e-10}  # fmt: skip
    one = {"survivors": [{"blocks": "a-b", "metrics": metrics}], "timesteps": 4, "thread_hours": 2}
    monkeypatch.setattr(ancoef_table4, "read_summary", lambda _: one)
    settings = settings_from(["experiment=ancoef_coexplore"])
    told = [round(f.ours, 9) for f in ancoef_table4._beside(settings, tmp_path)]
    assert told == [99, 20, 30, 1, 0.6, 2]
    printed = [f.published for f in ancoef_table4._beside(settings, tmp_path)]
    assert printed == [98.42, 9.05, 29.99, 0.32, 0.27, 7.96]
    monkeypatch.setattr(ancoef_table4, "read_summary", lambda _: {})
    assert ancoef_table4._beside(settings, tmp_path) == []


def test_a_search_of_all_that_its_agent_tries_is_not_made_again(tmp_path: Path) -> None:
    typed = ["experiment=spikenas_1C2O_M", "env.macro=cifar10", "env.training.epochs=0"]
    place = tmp_path / "one"
    assert search_to_end(settings_from(typed), place) == 0
    before = (place / "summary.json").stat().st_mtime_ns
    assert search_to_end(settings_from(typed), place) == 0
    assert (place / "summary.json").stat().st_mtime_ns == before
    with pytest.raises(UsageError, match="is finished with 64 designs, not 9"):
        search_to_end(settings_from([*typed, "search.budget=9"]), place)
    assert math.isfinite(spikenas._size(spikenas.read_summary(place)))


def test_a_budget_that_no_network_meets_is_told_and_counts_as_missed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(spikenas.SCENARIOS, "smoke", ("1C2O_M", "3C2O_M"))
    monkeypatch.setitem(spikenas.ANCHOR, "budgets", {"cifar10": 1_200_000})
    done = spikenas.search_to_end
    monkeypatch.setattr(
        spikenas, "search_to_end",
        lambda settings, at: 130 if at.name.endswith("snasnet") else done(settings, at),
    )  # fmt: skip
    assert spikenas.run(["search=smoke", f"run_dir={tmp_path}"]) == 130
    told = capsys.readouterr().err
    assert "spikenas: cifar10, 3C2O_M: constraints: no network meets them: n_parameters" in told
    found = spikenas.study_of(["search=smoke", f"run_dir={tmp_path}"]).found("cifar10")
    assert list(found) == ["1C2O_M"]


@pytest.mark.parametrize("content", ["[]", "{}", '{"best": null}'])
def test_a_damaged_summary_is_one_line(content: str, tmp_path: Path) -> None:
    (tmp_path / "cifar10-1C2O_M").mkdir()
    (tmp_path / "cifar10-1C2O_M" / "summary.json").write_text(content)
    with pytest.raises(UsageError, match=r"summary\.json is damaged: it lacks .*evaluations"):
        spikenas.Study(("1C2O_M",), tmp_path).found("cifar10")
