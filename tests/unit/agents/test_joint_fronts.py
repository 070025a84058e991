"""The joint search beside network first and hardware after it."""

import csv
import json
import shutil
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from agents.joint_comparison import Found, Gain, band_of, curve_of, figures_of
from agents.joint_stages import OF_HARDWARE, OF_NETWORK, Stages, spelt_out
from agents.problems import problem_of
from agents.reproduce import main
from agents.reproductions import joint_fronts
from agents.usage import settings_from
from envs.evaluation import Evaluation
from envs.joint_settings import JointSettings
from envs.problem import Problem
from envs.reward_settings import NacimRewardSettings
from envs.store import EvaluationStore

COSTS = ("energy_j", "latency_s", "area_m2")
CONSTANT = ("env=joint", "env.evaluator=constant")
UNIT = tuple(f"reward.references.{cost}=1" for cost in COSTS)


def stages(*typed: str, first_share: float = 0.25) -> Stages:
    settings, _ = spelt_out(settings_from([*CONSTANT, "search.budget=12", *typed]))
    return Stages(settings, Path("seed-0"), first_share)


def frozen(settings: object) -> set[str]:
    assert isinstance(settings, JointSettings)
    return set(settings.switches.frozen_groups)


def test_each_stage_searches_what_the_other_one_freezes() -> None:
    one = stages()
    assert frozen(one.settings.env) == set()
    assert frozen(one.network("accuracy").env) == set(OF_HARDWARE)
    assert frozen(one.hardware({}, 3).env) == set(OF_NETWORK)


def test_a_switch_that_is_off_stays_off_in_both_stages() -> None:
    one = stages("env.switches.SQ=false", "env.switches.SD=false")
    assert frozen(one.network("reward").env) == {*OF_HARDWARE, "quantization"}
    assert frozen(one.hardware({}, 3).env) == {*OF_NETWORK, "device"}


def test_the_stages_share_the_budget_and_what_the_first_one_leaves_is_the_second_one_s() -> None:
    one = stages(first_share=0.25)
    assert one.network("accuracy").search.budget == 3
    assert one.hardware({}, 2).search.budget == 10
    assert stages(first_share=0.999).network("reward").search.budget == 11
    assert stages(first_share=0.001).network("reward").search.budget == 1


def test_the_network_is_rewarded_by_accuracy_alone_or_as_all_are() -> None:
    one = stages("reward.beta=0.6", "reward.quality=worst_accuracy")
    alone = one.network("accuracy").reward
    assert isinstance(alone, NacimRewardSettings)
    assert (alone.beta, alone.quality) == (1.0, "worst_accuracy")
    assert set(alone.weights.model_dump().values()) == {0.0}
    assert one.network("reward").reward == one.settings.reward
    assert one.hardware({}, 3).reward == one.settings.reward


def test_every_stage_has_the_references_of_the_whole_space() -> None:
    settings, problem = spelt_out(settings_from(["env=joint", "search.budget=4"]))
    one = Stages(settings, Path(), 0.5)
    whole = {each.metric: each.reference for each in problem.objectives}
    network = problem_of(one.network("accuracy"))
    assert {each.metric: each.reference for each in network.objectives} == whole
    open_references = settings_from(["env=joint", "env.switches.SA=false"])
    own = {each.metric: each.reference for each in problem_of(open_references).objectives}
    assert own != whole  # what the stages would have gone by


def test_the_second_stage_has_the_network_that_the_first_has_found() -> None:
    one = stages("env.switches.SQ=false", "env.given.stem.weight_bits=5")
    design = {each.name: each.choices[-1] for each in problem_of(one.settings).space.decisions}
    network = one.network_of({**design, "network.timesteps": 2})
    assert not any(name.startswith(("chip.", "mesh.")) for name in network)
    space = problem_of(one.hardware(network, 3)).space
    given = {each.name: each.given for each in space.decisions}
    assert given["network.timesteps"] == 2
    assert given["block0.operation"] == "srb5"
    assert {each.group for each in space.decisions} - space.frozen_groups == set(OF_HARDWARE)
    given = one.hardware({"stem.weight_bits": 6}, 3).env.model_dump()["given"]
    assert given == {"stem": {"weight_bits": 6}}


def evaluation(accuracy: float, share: float, infeasible: str | None = None) -> Evaluation:
    metrics = {"accuracy": accuracy, **dict.fromkeys(COSTS, share)}
    return Evaluation({"accuracy": accuracy, "share": share}, metrics, infeasible)


def problem() -> Problem:
    """References of 1, so that a cost is its share."""
    return problem_of(settings_from([*CONSTANT, *UNIT]))


def test_a_front_is_that_of_all_feasible_designs_within_the_references() -> None:
    designs = [evaluation(0.5, 0.5), evaluation(1.0, 0.9), evaluation(0.9, 2.0)]
    found = figures_of(problem(), designs)
    assert found["hypervolume"] == pytest.approx(0.5 * 0.5**3 + 0.5 * 0.1**3)
    assert found["accuracy-energy"] == pytest.approx(0.5 * 0.5 + 0.5 * 0.1)
    assert found["best reward"] == pytest.approx(0.8 * 1.0 + 0.2 * 0.1)
    assert figures_of(problem(), [])["hypervolume"] == 0.0


def test_each_pair_is_of_accuracy_and_the_cost_that_it_is_called_by() -> None:
    shares = {"energy_j": 0.2, "latency_s": 0.4, "area_m2": 0.7}
    found = figures_of(problem(), [Evaluation({}, {"accuracy": 0.5, **shares})])
    told = {name: found[f"accuracy-{name}"] for name in ("energy", "latency", "area")}
    assert told == pytest.approx({"energy": 0.4, "latency": 0.3, "area": 0.15})


def test_a_curve_tells_what_was_found_after_each_design_and_stays_where_a_search_ends() -> None:
    designs = [evaluation(1.0, 0.1, "too large"), evaluation(0.5, 0.5), evaluation(0.4, 0.6)]
    designs.append(evaluation(1.0, 0.5))
    curve = curve_of(problem(), designs, 6)
    assert curve == pytest.approx([0, 0.0625, 0.0625, 0.125, 0.125, 0.125])


@pytest.mark.parametrize(
    ("joint", "verdict"),
    [
        ([2.0, 2.5, 3.0, 2.0, 2.5], "reached, by the whole of the interval"),
        ([0.9, 1.0, 3.0, 0.9, 1.0], "reached by the mean; the interval leaves it open"),
        ([2.0, 2.5, 3.0, 2.0], "reached by the mean; 4 seeds are too few for an interval"),
        ([1.0, 1.0, 1.0], "NOT REACHED"),
        ([2.0], "reached with one seed, which tells of no others"),
    ],
)
def test_seeds_are_compared_one_by_one(joint: list[float], verdict: str) -> None:
    gain = Gain.of(joint, [1.0] * len(joint))
    assert gain.verdict == verdict
    assert gain.n_ahead == sum(one > 1 for one in joint)


def test_differences_of_a_seed_are_surer_than_those_of_means() -> None:
    gain = Gain.of([1.1, 5.1, 9.1], [1.0, 5.0, 9.0])
    assert (gain.difference.low, gain.difference.high) == pytest.approx((0.1, 0.1))
    assert gain.joint.high - gain.joint.low > 1


def test_a_band_is_the_mean_and_its_bounds_after_each_design() -> None:
    mean, low, high = band_of([np.array([0.0, 1.0]), np.array([0.0, 3.0])])
    assert mean == pytest.approx([0, 2])
    assert (low[0], high[0]) == (0, 0)
    assert (low[1], high[1]) == (1, 3)


def write_run(folder: Path, designs: Sequence[Evaluation], wall_s: float = 1.0) -> None:
    """A finished run."""
    folder.mkdir(parents=True)
    with closing(EvaluationStore(folder / "evaluations.sqlite")) as store:
        for i, one in enumerate(designs):
            store.put(str(i), one)
            store.visit([(2 * i, str(i), 0.0), (2 * i + 1, str(i), 0.0)])
    best = {"design": dict(designs[0].choices) if designs else {}}
    summary = {"best": best, "evaluations": len(designs), "budget": 2, "wall_s": wall_s}
    (folder / "summary.json").write_text(json.dumps(summary))


def test_the_stages_count_as_one_search_and_a_design_once(tmp_path: Path) -> None:
    write_run(tmp_path / "1", [evaluation(0.5, 0.5)], 2.0)
    write_run(tmp_path / "2", [evaluation(0.4, 0.6), evaluation(1.0, 0.5, "no")], 3.0)
    found = Found.of(problem(), [tmp_path / "1", tmp_path / "2"], 3)
    assert (found.n_designs, found.n_feasible, found.wall_s) == (3, 2, 5.0)
    assert found.curve == pytest.approx([0.0625, 0.0625, 0.0625])


def write_study(folder: Path, joint_share: float) -> None:
    """Finished runs of two seeds."""
    space = problem_of(settings_from(list(CONSTANT))).space
    design = {one.name: one.given for one in space.decisions}
    for seed in range(2):
        first = replace(evaluation(0.5, 0.5), choices=design)
        write_run(folder / f"seed-{seed}" / "joint", [evaluation(0.5, joint_share)])
        for by in ("accuracy", "reward"):
            way = folder / f"seed-{seed}" / f"network-first-by-{by}"
            write_run(way / "1-network", [first])
            write_run(way / "2-hardware", [evaluation(0.5, 0.4 if by == "reward" else 0.5)])


@pytest.mark.parametrize(("joint_share", "code"), [(0.3, 0), (0.45, 1), (0.6, 1)])
def test_the_code_says_whether_joint_is_ahead_of_every_other_way(
    joint_share: float, code: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_study(tmp_path, joint_share)
    typed = ["seeds=2", f"run_dir={tmp_path}", "env.evaluator=constant", "search.budget=2", *UNIT]
    assert main(["joint_fronts", *typed]) == code
    told = capsys.readouterr().out
    assert ("NOT REACHED" in told) is (code == 1)
    assert "0.0625" in told  # network first by accuracy: 0.5 * 0.5^3
    summary = json.loads((tmp_path / "summary.json").read_text())
    gain = summary["gains"]["network-first-by-accuracy"]["hypervolume"]
    assert gain["difference"]["value"] == pytest.approx(0.5 * (1 - joint_share) ** 3 - 0.0625)
    with (tmp_path / "seeds.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 6
    assert float(rows[0]["hypervolume"]) == pytest.approx(0.5 * (1 - joint_share) ** 3)
    assert len((tmp_path / "curves.csv").read_text().splitlines()) == 1 + 6 * 2
    assert (tmp_path / "hypervolume.png").stat().st_size > 10_000


def test_one_way_alone_decides_if_asked_for(tmp_path: Path) -> None:
    write_study(tmp_path, 0.45)
    typed = ["seeds=2", f"run_dir={tmp_path}", "env.evaluator=constant", "search.budget=2", *UNIT]
    assert main(["joint_fronts", "first_by=accuracy", *typed]) == 0


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        (["seed=1"], "seed: is chosen by joint_fronts; seeds=5 is the number of seeds"),
        (["env=nacim"], "env: is chosen by joint_fronts"),
        (["seeds=0"], "seeds: needs a whole number from 1, got '0'"),
        (["sedes=2"], "sedes: no such key; did you mean 'seeds'?"),
        (["first_share=1"], "first_share: needs a number between 0 and 1, got '1'"),
        (["first_share=half"], "first_share: needs a number between 0 and 1, got 'half'"),
        (["first_by=accurate"], "first_by: no choice 'accurate'; did you mean 'accuracy'?"),
        (["search.budget=1"], "search.budget: needs at least 2 designs"),
        (["search.budget=null"], "search.budget: needs at least 2 designs"),
        (["reward=edge"], "reward: needs NACIM's form"),
        (["agent=qlearning"], "env=joint has"),
        (["agent=reinforc"], "did you mean 'reinforce"),
        (
            [f"env.switches.{one}=false" for one in ("SD", "SC", "SM")],
            "env.switches: nothing of the hardware is searched; needs one of SD, SC, SM",
        ),
    ],
)
def test_a_mistake_is_one_line_and_nothing_is_left_behind(
    typed: list[str],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["joint_fronts", "env.evaluator=constant", *typed]) == 2
    told = capsys.readouterr().err
    assert message in told
    assert told.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_a_finished_study_of_another_configuration_or_length_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    typed = ["joint_fronts", "seeds=1", "first_by=reward", "env.evaluator=constant"]
    typed += ["agent=random", f"run_dir={tmp_path}"]
    assert main([*typed, "search.budget=4"]) == 1  # all designs alike
    run = tmp_path / "seed-0" / "network-first-by-reward"
    assert json.loads((run / "2-hardware" / "summary.json").read_text())["budget"] == 2
    capsys.readouterr()
    assert main([*typed, "search.budget=4"]) == 1
    assert "run directory" not in capsys.readouterr().out  # nothing was searched again
    assert main([*typed, "search.budget=5"]) == 2
    assert "is finished with 4 designs, not 5" in capsys.readouterr().err
    assert main([*typed, "search.budget=4", "reward.beta=0.5"]) == 2
    assert "holds a run of another configuration: reward.beta" in capsys.readouterr().err


def stored(run: Path) -> list[object]:
    with closing(EvaluationStore(run / "evaluations.sqlite")) as store:
        visits = store.visits()
        found = [store.get(key) for _, key, _ in visits]
    return [visits, [one and (one.choices, one.metrics) for one in found]]


def test_what_is_missing_is_searched_to_the_same_result(tmp_path: Path) -> None:
    typed = ["joint_fronts", "seeds=1", "first_by=accuracy", "env.evaluator=constant"]
    typed += ["search.budget=10", f"run_dir={tmp_path}"]
    assert main(typed) == 1  # all designs alike
    way = tmp_path / "seed-0" / "network-first-by-accuracy"
    before = [stored(way / stage) for stage in ("1-network", "2-hardware")]
    for name in ("summary.json", "checkpoint.pt"):
        (way / "1-network" / name).unlink()
    shutil.rmtree(way / "2-hardware")
    assert main(typed) == 1
    assert [stored(way / stage) for stage in ("1-network", "2-hardware")] == before


@pytest.mark.parametrize("how", ["within", "between"])
def test_a_search_that_is_stopped_stops_all_and_says_how_to_go_on(
    how: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    begun = []

    def stop(settings: object, path: Path, shared: Path | None = None) -> int:
        del settings, shared
        begun.append(path)
        if how == "within":
            return 130  # of a search that was interrupted, and has saved what it had
        raise KeyboardInterrupt

    monkeypatch.setattr(joint_fronts, "search_to_end", stop)
    assert main(["joint_fronts", "env.evaluator=constant", f"run_dir={tmp_path}"]) == 130
    assert begun == [tmp_path / "seed-0" / "joint"]
    assert capsys.readouterr().err == "joint_fronts: stopped; the same command goes on\n"


def test_no_network_that_can_be_on_the_given_hardware_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_study(tmp_path, 0.5)
    path = tmp_path / "seed-0" / "network-first-by-accuracy" / "1-network" / "summary.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "best": None}))
    typed = ["seeds=1", f"run_dir={tmp_path}", "env.evaluator=constant", "search.budget=2"]
    assert main(["joint_fronts", *typed]) == 2
    told = capsys.readouterr().err
    assert "no network is feasible on the given hardware" in told
    assert told.count("\n") == 1


@pytest.mark.parametrize("run", ["joint", "network-first-by-reward/1-network"])
@pytest.mark.parametrize("content", ["{}", '{"best": 3, "evaluations": 1, "budget": 2}', "{"])
def test_a_summary_that_is_broken_is_named(
    run: str, content: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_study(tmp_path, 0.5)
    path = tmp_path / "seed-0" / run / "summary.json"
    path.write_text(content)
    typed = ["seeds=1", f"run_dir={tmp_path}", "env.evaluator=constant", "search.budget=2"]
    assert main(["joint_fronts", *typed]) == 2
    told = capsys.readouterr().err
    assert f"{path} cannot be read" in told
    assert told.count("\n") == 1


def test_a_folder_that_is_a_run_of_its_own_is_left_as_it_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_run(tmp_path / "run", [evaluation(0.5, 0.5)])
    (tmp_path / "run" / "config.yaml").write_text("env: {}")
    before = (tmp_path / "run" / "summary.json").read_text()
    assert main(["joint_fronts", "env.evaluator=constant", f"run_dir={tmp_path / 'run'}"]) == 2
    assert "holds a run of its own" in capsys.readouterr().err
    assert (tmp_path / "run" / "summary.json").read_text() == before
