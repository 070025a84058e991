import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import MagicMock, Mock

import numpy as np
import pytest
from rich.console import Console

from agents import anas_study, bootstrap, reproduce, trials
from agents.anas_comparison import LEAST_SAVING, Comparison
from agents.anas_study import EDP, study_of
from agents.reproductions import ancoef_table3
from agents.trials import Trial
from agents.usage import UsageError, settings_from
from async_sim import core_traffic
from envs.moves import traffic
from envs.moves.placing import distances

Shown = Callable[[dict[str, int]], tuple[int, str]]
CONSTANT = Trial("s256", "qlearning", 0, 6, ("env=ancoef", "env.evaluator=constant"))


def _learnt(run: Path, values: bytes) -> None:
    """A run that has ended, with what it has learnt."""
    run.mkdir(exist_ok=True)
    (run / "summary.json").write_text('{"evaluations": 100}', "utf-8")
    (run / "checkpoint.pt").write_bytes(values)


def test_the_search_that_is_sooner_at_anas_best_saves_simulations() -> None:
    anas = [[9.0, 8.0, 8.0, 4.0]] * 3
    own = [[9.0, 4.0, 3.0, 2.0]] * 3
    one = Comparison.of(anas, own)
    assert one.reduction.value == 2.0
    assert (one.n_needed.value, one.saving.value, one.n_missed) == (2.0, 2.0, 0)


def test_a_search_that_never_gets_there_counts_its_whole_budget() -> None:
    one = Comparison.of([[3.0, 1.0, 1.0]], [[3.0, 3.0, 2.0]])
    assert (one.n_needed.value, one.n_missed) == (3.0, 1)
    assert one.saving.value == pytest.approx(2 / 3)


ANAS = [[9.0] * 99 + [4.0]] * 4  # at its best after 100 simulations


def test_seeds_that_never_get_there_reach_nothing() -> None:
    """Three soon, one never: 2.9 times fewer, were the budget what that one needs."""
    soon, never = [9.0, 9.0, 4.0] + [1.0] * 97, [9.0] * 130 + [8.0] * 2
    one = Comparison.of(ANAS, [soon, soon, soon, never])
    assert one.saving.value >= LEAST_SAVING
    assert one.reduction.value >= 1
    assert not one.is_reached
    assert one.verdict == "NOT REACHED: 1 of 4 seeds never get to ANAS's best"


def test_a_claim_is_told_with_what_its_intervals_leave_open() -> None:
    soon, late = [9.0, 9.0, 4.0] + [1.0] * 97, [9.0] * 79 + [1.0] * 21
    sure, open_, lost = (
        Comparison.of(ANAS, own)
        for own in ([soon] * 4, [soon, soon, soon, late], [soon, late, late, late])
    )
    assert (sure.verdict, sure.is_reached) == ("reached, by the whole of both intervals", True)
    assert open_.verdict == "reached by the means; the intervals leave it open"
    assert open_.is_reached
    assert (lost.verdict, lost.is_reached) == ("NOT REACHED", False)


def test_one_seed_has_no_interval() -> None:
    one = Comparison.of(ANAS[:1], [[9.0, 4.0] + [1.0] * 98])
    assert one.saving.told() == "50 (no interval)"
    assert one.is_reached
    assert not one.is_sure


def test_teaching_counts_where_it_is_asked_for() -> None:
    own = [[9.0, 9.0, 9.0, 4.0] + [1.0] * 96] * 4
    assert Comparison.of(ANAS, own).saving.value == 25.0
    assert Comparison.of(ANAS, own, n_taught=96).saving.value == 1.0


def test_an_interval_holds_the_mean() -> None:
    found = bootstrap.mean([1.0, 2.0, 3.0, 4.0], np.random.default_rng(0))
    assert found.value == 2.5
    assert 1.0 <= found.low < 2.5 < found.high <= 4.0


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("serch=small", "serch: no such key; did you mean 'search'?"),
        ("search=smlal", "search: no size called 'smlal'; did you mean 'small'?"),
        ("seeds=0", "seeds: needs a whole number from 1, got '0'"),
        ("workloads=s256,s12", "workloads: no 's12'"),
        ("agents=anas", "agents: needs anas and qlearning, which the table compares"),
    ],
)
def test_a_mistake_is_one_line(typed: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(UsageError):
        study_of([typed])
    assert reproduce.main(["ancoef_table3", typed]) == 2
    told = capsys.readouterr().err
    assert told.startswith(f"error: {said}")
    assert told.count("\n") == 1


@pytest.fixture
def shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Shown:
    """Runs a study whose curves are there already; exit code and what it prints.

    ANAS gets to its best, 2 nJ*s, at simulation 20; others to half of it when it is told, or never.
    """

    def run(needed: dict[str, int]) -> tuple[int, str]:
        monkeypatch.setattr(anas_study, "EDP", (*EDP, "env.evaluator=constant"))
        monkeypatch.setattr(trials, "ProcessPoolExecutor", None)  # nothing is missing
        study = study_of(["search=smoke", f"run_dir={tmp_path}"])
        _learnt(study.learnt, b"values")
        for one, basis in trials.bases_of(study.trials()).items():
            n = needed.get(one.agent, 20)
            best = 2e-9 if one.agent == "anas" else 1e-9
            curve = [3e-9] * (n - 1) + [best] * (one.budget - n + 1)
            trials._write(tmp_path / one.name, basis, curve[: one.budget])
        code = ancoef_table3.run(["search=smoke", f"run_dir={tmp_path}"])
        return code, capsys.readouterr().out

    return run


def test_a_study_goes_on_with_what_is_missing(shown: Shown) -> None:
    code, told = shown({})
    assert code == 1
    assert "s256: qlearning's EDP 2 [2, 2] times smaller" in told
    assert "NOT REACHED" in told  # as soon as ANAS, not 2.73 times sooner


def test_what_plain_q_learning_reaches_decides_the_exit_code(shown: Shown) -> None:
    code, told = shown({"qlearning": 2, "qlearning-learnt": 21})
    assert code == 0
    plain, learnt = (
        next(line for line in told.splitlines() if f"s256: {agent}'s" in line)
        for agent in ("qlearning", "qlearning-learnt")
    )
    assert "with 10 [10, 10] times fewer simulations" in plain
    assert plain.endswith("reached, by the whole of both intervals")
    assert "with at most 1 [1, 1] times fewer simulations" in learnt
    assert "NOT REACHED: 2 of 2 seeds never get to ANAS's best" in learnt
    assert "the 100 simulations of mlp_mnist that taught it" in learnt
    assert "at most 0.167 [0.167, 0.167] times fewer" in learnt
    assert shown({"qlearning": 20, "qlearning-learnt": 2})[0] == 1


def test_what_is_learnt_is_learnt_once_on_another_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A search that was cut off goes on; a finished one is taken."""
    typed: list[str] = []

    def noted(arguments: list[str]) -> int:
        typed.extend(arguments)
        return 0

    monkeypatch.setattr(anas_study, "command", noted)
    study = study_of(["search=smoke", f"run_dir={tmp_path}"])
    study.learn()
    assert "env.application=mlp_mnist" in typed
    assert f"run_dir={study.learnt}" in typed
    learnt = [one for one in study.trials() if one.agent == "qlearning-learnt"]
    assert all(f"agent.init={study.learnt}" in one.typed for one in learnt)
    assert all("agent=qlearning" in one.typed for one in learnt)
    study.learnt.mkdir()
    study.learn()
    assert f"run_dir={study.learnt}" in typed[-3:]  # killed before it wrote its configuration
    (study.learnt / "config.yaml").write_text("", "utf-8")
    study.learn()
    assert typed[-1] == f"resume={study.learnt}"
    (study.learnt / "summary.json").write_text("{}", "utf-8")
    typed.clear()
    study.learn()
    assert typed == []
    with pytest.raises(UsageError, match=r"summary\.json cannot be read; .* writes it again"):
        _ = study.n_taught


def test_ctrl_c_while_learning_ends_the_study_and_leaves_signals_as_they_were(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A search that was stopped is deaf to Ctrl-C from then on; the study is not to be."""

    def stopped(_arguments: list[str]) -> int:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        return 130

    before = [signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)]
    monkeypatch.setattr(anas_study, "command", stopped)
    monkeypatch.setattr(ancoef_table3, "curves", None)  # not a single one is searched
    try:
        assert ancoef_table3.run(["search=smoke", f"run_dir={tmp_path}"]) == 130
        assert [signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)] == before
    finally:
        for one, handler in zip((signal.SIGINT, signal.SIGTERM), before, strict=True):
            signal.signal(one, handler)
    assert "the same command goes on" in capsys.readouterr().err


def test_ctrl_c_between_searches_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(anas_study, "command", lambda _: 0)
    monkeypatch.setattr(ancoef_table3, "curves", interrupted)
    assert ancoef_table3.run(["search=smoke", f"run_dir={tmp_path}"]) == 130
    told = capsys.readouterr().err
    assert told == "ancoef_table3: interrupted; the same command goes on\n"


def test_a_curve_that_follows_from_something_else_is_not_taken(tmp_path: Path) -> None:
    path = tmp_path / "curve.json"
    trials._write(path, "this", [2.0, 1.0])
    assert trials._read(path, "this") == [2.0, 1.0]
    assert trials._read(path, "that") is None
    path.write_text('{"arguments": [], "best": [2.0, 1.0]}', "utf-8")  # as they once were kept
    assert trials._read(path, "this") is None


def test_a_curve_follows_from_what_designs_cost_and_how_its_agent_chooses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not from what was typed alone: files of `configs` and code change behind it."""

    def bases() -> list[str]:
        found = trials.bases_of([CONSTANT, learnt])
        return [found[CONSTANT], found[learnt]]

    init = f"agent.init={tmp_path}"
    learnt = Trial("s256", "qlearning-learnt", 0, 6, (*CONSTANT.arguments, init))
    _learnt(tmp_path, b"values")
    seen = [bases()]
    _learnt(tmp_path, b"more values")
    seen.append(bases())
    assert seen[0][0] == seen[1][0]  # which has learnt nothing before
    assert seen[0][1] != seen[1][1]
    for place, name, value in (
        (trials, "problem_of", lambda _: SimpleNamespace(context={"version": 2})),
        (trials, "VERSION", trials.VERSION + 1),
        (trials, "settings_from", lambda typed: settings_from([*typed, "agent.discount=0.1"])),
    ):
        with monkeypatch.context() as changed:
            changed.setattr(place, name, value)
            seen.append(bases())
    assert len({before for before, _ in seen}) == 4
    assert len({after for _, after in seen}) == 5


def test_seeds_of_an_agent_follow_from_the_same() -> None:
    """What they differ in names their files; so it is worked out once."""
    others = [replace(CONSTANT, seed=seed) for seed in range(3)]
    assert len(set(trials.bases_of(others).values())) == 1


def test_a_curve_never_rises_and_has_the_budget_s_length() -> None:
    one = Trial("s256", "random_walk", 0, 6, ("env=ancoef", "env.evaluator=constant"))
    curve = trials.best_so_far(one, "edp_js")
    assert len(curve) == 6
    assert curve == sorted(curve, reverse=True)


def test_a_worker_keeps_nothing_of_a_trial() -> None:
    """A study has one worker run dozens, over networks that have no design in common."""
    kept = (core_traffic._traffic, core_traffic._link_fan_out, traffic._exchanged, distances)
    trial = replace(CONSTANT, agent="random_walk", budget=12)
    trials.best_so_far(trial, "edp_js")
    assert [one.cache_info().currsize for one in kept] == [0] * len(kept)


def test_an_interrupted_study_ends_its_workers_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not when the trials that they are at have ended, minutes later."""
    worker, pool = Mock(), MagicMock()
    pool.__enter__.return_value = pool
    pool._processes = {1: worker}
    monkeypatch.setattr(trials, "ProcessPoolExecutor", lambda *_: pool)
    monkeypatch.setattr(trials, "as_completed", Mock(side_effect=KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        trials.curves([CONSTANT], "edp_js", tmp_path, 1)
    worker.terminate.assert_called_once_with()


def test_brackets_of_one_seed_are_no_markup_of_the_console(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Console().print(Comparison.of(ANAS[:1], ANAS[:1]).saving.told())
    assert capsys.readouterr().out == "1 (no interval)\n"
