"""Agents compared at equal budget."""

import csv
import json
import signal
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from agents import trials
from agents.base import AgentError
from agents.bench import bench_of, main
from agents.bench_scores import Found, can_be_read, found_of, holm, measured, p_values, union_front
from agents.bench_table import scored
from agents.bench_trial import initial, optimum_of, searched
from agents.trials import Trial, _result, bases_of, best_so_far, is_curve, outcomes
from agents.usage import UsageError, settings_from
from envs.assembly import make_problem

INF = float("inf")
TOY = ("env=toy",)


def found(rewards: list[float], losses: list[list[float]], n_proposals: int = 0) -> Found:
    return Found(np.array(rewards), np.array(losses), n_proposals, 1.0)


def test_a_search_is_measured_by_what_can_be() -> None:
    one = found([0.9, 0.5, 0.7], [[INF, INF], [0.5, 0.5], [0.25, 0.75]])
    assert one.best == 0.7
    assert one.hypervolume == pytest.approx(0.25 + 0.25 * 0.25)
    assert one.until(2).best == 0.5
    union = np.array([[0.25, 0.75], [0.5, 0.25]])
    values = measured(one, union, optimum=0.75)
    assert values["regret"] == pytest.approx(0.05)
    assert values["IGD+"] == pytest.approx((0.0 + 0.25) / 2)
    assert 0.5 < values["expected utility"] < 0.625
    assert "regret" not in measured(one, union, None)


def test_what_finds_nothing_is_worth_nothing() -> None:
    one = found([-1.0, -2.0], [[INF, INF], [INF, INF]])
    assert (one.best, one.hypervolume) == (-2.0, 0.0)
    values = measured(one, np.array([[0.5, 0.5]]), None)
    assert values["expected utility"] == pytest.approx(0.0)
    assert values["IGD+"] == pytest.approx(np.sqrt(0.5))
    assert measured(one, union_front([one]), None)["IGD+"] == 0.0


def test_the_union_is_of_all_searches() -> None:
    one, other = found([1.0], [[0.2, 0.8]]), found([1.0, 1.0], [[0.8, 0.2], [0.9, 0.9]])
    assert sorted(union_front([one, other]).tolist()) == [[0.2, 0.8], [0.8, 0.2]]


def test_beyond_its_reference_a_cost_gets_no_worse() -> None:
    near, far = found([1.0], [[0.5, 1.5]]), found([1.0], [[0.5, 90.0]])
    union = union_front([near, far, found([1.0], [[0.75, 0.5]])])
    assert sorted(union.tolist()) == [[0.5, 1.0], [0.75, 0.5]]
    assert measured(near, union, None) == measured(far, union, None)


def test_holm_makes_up_for_many_tests_and_keeps_their_order() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.9, 0.8]) == [1.0, 1.0]


def test_seeds_are_compared_in_pairs() -> None:
    base = [float(i) for i in range(10)]
    better = [value + 0.01 for value in base]  # always, by less than seeds differ
    p = p_values({"random": base, "better": better, "same": base}, "random")
    assert set(p) == {"better", "same"}
    assert p["better"] < 0.01
    assert p["same"] == 1.0


def test_every_agent_of_a_seed_begins_with_the_same_designs_and_spends_the_budget() -> None:
    told = {
        agent: searched(Trial("toy", agent, 3, 30, TOY), 12)
        for agent in ("random", "nsga2", "tpe", "reinforce_mo", "ppo")
    }
    firsts = {agent: (one["rewards"][:12], one["losses"][:12]) for agent, one in told.items()}
    assert all(first == firsts["random"] for first in firsts.values())
    assert {len(one["rewards"]) for one in told.values()} == {30}
    assert told["random"]["rewards"] != searched(Trial("toy", "random", 4, 30, TOY), 12)["rewards"]


def test_a_search_is_the_same_in_any_process() -> None:
    one, again = (searched(Trial("toy", "tpe", 0, 25, TOY), 5) for _ in range(2))
    assert one["rewards"] == again["rewards"]


@pytest.mark.parametrize("agent", ["regularized_evolution", "nsga2", "tpe", "reinforce"])
def test_agents_learn_from_the_designs_that_they_are_given(agent: str) -> None:
    """What is proposed next depends on what the same given designs were worth."""
    from agents.making import make_agent  # noqa: PLC0415

    proposals = []
    for sign in (1.0, -1.0):
        chosen = settings_from(["env=toy", f"agent={agent}"])
        problem = make_problem(chosen)
        one = make_agent(chosen, problem)
        given = initial(problem, 60, 0)
        one.hear_of(given, [sign * sum(design) for design in given])  # type: ignore[attr-defined]
        for _ in range(40):
            asked = one.ask(8)
            one.tell(asked, [0.0] * 8)
        proposals.append(one.ask(8))
    assert proposals[0] != proposals[1]


def test_the_optimum_of_a_small_space_is_known() -> None:
    problem = make_problem(settings_from(["env=toy"]))
    best = optimum_of(problem, budget=100)
    assert best == max(searched(Trial("toy", "random", 0, 512, TOY), 0)["rewards"])
    assert optimum_of(make_problem(settings_from(["env=nacim"])), 100) is None


def test_the_best_agent_comes_first_and_is_not_tested_against_itself() -> None:
    good = [found([0.9], [[0.1, 0.1 + i / 100]]) for i in range(5)]
    bad = [found([0.5], [[0.5, 0.5 + i / 100]]) for i in range(5)]
    columns, rows = scored({"random": bad, "nsga2": good}, None).part(("hypervolume", "IGD+"))
    assert columns == ["agent", "hypervolume", "p random", "p best", "IGD+"]
    assert [row[0] for row in rows] == ["nsga2", "random"]
    assert rows[0][2:4] == ["0.062", ""]
    assert rows[1][2:4] == ["", "0.062"]


def test_it_leaves_tables_and_curves_and_goes_on_where_it_was(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    typed = ["env=toy", "search.budget=12", "initial=4", "workers=1", f"run_dir={tmp_path}"]
    assert main([*typed, "agents=random,nsga2", "seeds=1"]) == 0
    kept = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.json")}
    assert main([*typed, "agents=[random,nsga2]", "seeds=2"]) == 0
    assert all(path.stat().st_mtime_ns == when for path, when in kept.items())
    assert len(list(tmp_path.rglob("*.json"))) == 4
    rows = list(csv.DictReader((tmp_path / "bench.csv").read_text().splitlines()))
    assert {row["agent"] for row in rows} == {"random", "nsga2"}
    assert float(rows[0]["hypervolume low"]) <= float(rows[0]["hypervolume"])
    assert (tmp_path / "bench.md").read_text().startswith("| agent | best reward")
    assert (tmp_path / "bench.png").stat().st_size > 10_000
    assert "nsga2" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        (["agents=nsga3"], "agents: no 'nsga3'; did you mean 'nsga2'?"),
        (["seeds=0"], "seeds: needs a whole number from 1 to 10,000, got '0'"),
        (["seeds=" + "9" * 5000], "seeds: needs a whole number from 1 to 10,000"),
        (["initial=-1"], "initial: needs a whole number from 0 to 10,000,000, got '-1'"),
        (["env=nacim", "flow.name=nacim"], "flow: has several stages"),
        (["seed=3"], "seed: is chosen by agents.bench"),
        (["agent.batch_size=4"], "agent.batch_size: is of one agent, and there are 8"),
        (["agents=qlearning"], "qlearning goes from design to design by moves"),
        (["toy"], "'toy' is not of the form key=value"),
        (["=3"], "'=3' is not of the form key=value"),
        (["reward.weightz.energy=1"], "weights"),
    ],
)
def test_a_mistake_is_one_line(
    typed: list[str], message: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main(["env=toy", f"run_dir={tmp_path / 'none'}", *typed]) == 2
    told = capsys.readouterr().err
    assert message in told
    assert told.count("\n") == 1
    assert not (tmp_path / "none").exists()


def test_searches_that_began_with_other_designs_are_kept_apart(tmp_path: Path) -> None:
    typed = ["env=toy", f"run_dir={tmp_path}"]
    assert bench_of([*typed, "initial=4"]).searches != bench_of([*typed, "initial=5"]).searches
    assert bench_of([*typed, "seeds=2"]).searches == bench_of(typed).searches


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (BrokenProcessPool(), "a worker process died .* the same command goes on"),
        (AgentError("cannot go on"), "agent=random seed=3: cannot go on"),
    ],
)
def test_what_ends_a_search_is_one_line(error: Exception, message: str) -> None:
    future: Future[object] = Future()
    future.set_exception(error)
    with pytest.raises(UsageError, match=message):
        _result(future, Trial("toy", "random", 3, 5, TOY))


def test_who_interrupts_it_is_told_that_it_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("agents.bench.outcomes", interrupted)
    assert main(["env=toy", "agents=random", f"run_dir={tmp_path}"]) == 130
    assert capsys.readouterr().err.endswith("the same command goes on\n")


def test_a_cluster_stops_searches_as_ctrl_c_does_and_only_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(_: object) -> None:
        handler = signal.getsignal(signal.SIGTERM)
        assert callable(handler)
        handler(signal.SIGTERM, None)

    before = signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr(ProcessPoolExecutor, "submit", lambda *_: Future())
    monkeypatch.setattr(trials, "as_completed", stopped)
    with pytest.raises(KeyboardInterrupt):
        outcomes([Trial("toy", "random", 0, 5, TOY)], searched, tmp_path, 1, is_curve)
    assert signal.getsignal(signal.SIGTERM) is before


def test_processes_that_search_are_deaf_to_ctrl_c_from_their_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A terminal sends it to all of them, while they still import modules too."""
    blocked: list[bool] = []

    def started(*_: object) -> Future[object]:
        blocked.append(signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, ()))
        done: Future[object] = Future()
        done.set_result([1.0])
        return done

    monkeypatch.setattr(ProcessPoolExecutor, "submit", started)
    outcomes([Trial("toy", "random", 0, 1, TOY)], searched, tmp_path, 1, is_curve)
    assert blocked == [True]
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, ())


def test_a_number_of_agents_is_read_once_each() -> None:
    assert bench_of(["env=toy", "agents=random,random,tpe"]).agents == ("random", "tpe")
    with pytest.raises(UsageError):
        bench_of(["agents="])


def test_designs_that_cannot_be_are_read_as_infinitely_bad() -> None:
    told = {"rewards": [0.0, 0.5], "losses": [None, [0.5, 0.5]], "proposals": 3, "wall_s": 1.0}
    assert found_of(told, 2).losses.tolist() == [[INF, INF], [0.5, 0.5]]


@pytest.mark.parametrize(
    "content",
    [
        None,
        [],
        {"rewards": [0.5]},
        {"rewards": 0.5, "losses": [[1, 1, 1, 1]], "proposals": 1, "wall_s": 1.0},
        {"rewards": [0.5], "losses": [[1, 1]] * 2, "proposals": 1, "wall_s": 1.0},
        {"rewards": [0.5], "losses": [[1, 1, 1, 1]] * 2, "proposals": 1, "wall_s": 1.0},
        {"rewards": [0.5], "losses": ["four"], "proposals": 1, "wall_s": 1.0},
        {"rewards": [0.5], "losses": [None], "proposals": "x", "wall_s": 1.0},
    ],
)
def test_what_is_no_search_is_told_from_one(content: object) -> None:
    assert not can_be_read(content, 4)
    whole = {"rewards": [0.5, 1], "losses": [None, [1, 1, 1, 1]], "proposals": 2, "wall_s": 1.0}
    assert can_be_read(whole, 4)


def test_a_kept_search_of_another_structure_is_done_again(tmp_path: Path) -> None:
    trial = Trial("toy", "random", 0, 4, TOY)
    path = tmp_path / trial.name
    basis = bases_of([trial])[trial]
    asked: list[object] = []

    def is_sound(one: Trial, found: object) -> bool:
        asked.append(found)
        return is_curve(one, found)

    path.write_text(json.dumps({"basis": basis, "found": [4, 3, 2, 1]}))
    measure = partial(best_so_far, metric="energy_j")
    assert outcomes([trial], measure, tmp_path, 1, is_sound) == {trial: [4, 3, 2, 1]}
    path.write_text(json.dumps({"basis": basis, "found": {"rewards": [0.5]}}))
    again = outcomes([trial], measure, tmp_path, 1, is_sound)[trial]
    assert again == best_so_far(trial, "energy_j")
    assert asked == [[4, 3, 2, 1], {"rewards": [0.5]}]
    assert json.loads(path.read_text())["found"] == again


def n_threads(trial: Trial) -> list[float]:
    """Threads of torch in the process of a search."""
    del trial
    import torch  # noqa: PLC0415 (there, not here)

    return [float(torch.get_num_threads())]


def test_a_search_has_one_thread_for_its_sums(tmp_path: Path) -> None:
    trial = Trial("toy", "random", 0, 1, TOY)
    assert outcomes([trial], n_threads, tmp_path, 1, is_curve)[trial] == [1.0]


def test_a_folder_of_ones_own_may_be_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "mine" / "agent"
    folder.mkdir(parents=True)
    ours = "_target_: agents.random_search.RandomSettings\nname: random\nbatch_size: 3\n"
    (folder / "thrice.yaml").write_text(ours)
    short = ["env=toy", "agents=thrice", "seeds=1", "search.budget=6", "initial=2", "workers=1"]
    assert main(["--config-dir", "mine", *short, "run_dir=run"]) == 0
    assert "thrice" in capsys.readouterr().out
    assert main(["--config-dir", "mine", "--help"]) == 0
    assert "thrice" in capsys.readouterr().out
    assert main(["--config-dir=nowhere", *short]) == 2
    assert capsys.readouterr().err == f"error: --config-dir: {tmp_path}/nowhere is no folder\n"
