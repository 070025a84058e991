"""Two levels: the mapping of each joint design searched by moves, from the one that is given."""

import io
import json
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import gymnasium as gym
import jointly
import noc_applications
import numpy as np
import pytest
from rich.console import Console

from agents.loop import fresh
from agents.mapping_report import _kept, mapping_found
from agents.problems import problem_of
from agents.rundir import RunDirectory
from agents.usage import UsageError, settings_from, validated
from async_sim.application import Application
from async_sim.core_figures import FREE
from async_sim.execution import execute
from async_sim.hardware import Hardware, laid_out
from async_sim.mesh import Mesh
from async_sim.result import DeadlockError
from envs import joint_evaluator
from envs.ancoef_design import hardware_of
from envs.evaluation import InfeasibleError
from envs.joint_choices import flat_choices
from envs.joint_cores import CoreWork
from envs.joint_family import ACCURACIES
from envs.joint_two_level import TwoLevelEvaluator
from envs.judgement import judge
from envs.moves.balance import Narrow, Widen
from envs.problem import Problem
from envs.rewards import RewardError
from envs.store import EvaluationStore

N = 8
SMALL = ("env.given.mesh.neurons_per_core=256", f"env.inner.budget={N}")


def two_level(*typed: str, place: Path | None = None) -> Problem:
    made = jointly.problem(*SMALL, *typed)
    return replace(made, evaluator=replace(evaluator_of(made), place=place))


def evaluator_of(problem: Problem) -> TwoLevelEvaluator:
    assert isinstance(problem.evaluator, TwoLevelEvaluator)
    return problem.evaluator


def choices(problem: Problem, **changed: object) -> Any:
    return jointly.given(problem, **changed)


@pytest.mark.parametrize("reward", ["joint", "edge", "realtime"])
@pytest.mark.parametrize("agent", ["qlearning", "annealing", "random_walk"])
def test_a_mapping_found_is_never_worth_less_than_the_one_given(reward: str, agent: str) -> None:
    searched = two_level(f"reward={reward}", f"env.inner.agent={agent}")
    plain = jointly.problem(SMALL[0], f"reward={reward}")
    design = choices(searched)
    found, given = searched.evaluator(design, 3), plain.evaluator(design, 3)
    assert searched.reward(found) >= searched.reward(given)
    assert found["n_simulations"] == N
    assert "n_simulations" not in given
    assert set(found) == set(TwoLevelEvaluator.yields)
    assert {name: found[name] for name in ACCURACIES} == {name: given[name] for name in ACCURACIES}


def test_a_search_finds_a_better_mapping_and_the_same_again() -> None:
    searched = two_level("env.inner.budget=24")
    plain = jointly.problem(SMALL[0])
    design = choices(searched)
    found = searched.evaluator(design, 3)
    assert searched.reward(found) > searched.reward(plain.evaluator(design, 3))
    joint_evaluator._MEASURED.clear()
    assert searched.evaluator(design, 3) == found


def test_a_mapping_that_was_kept_takes_what_was_measured(tmp_path: Path) -> None:
    problem = two_level()
    evaluator = evaluator_of(problem)
    evaluator.family.prepare(tmp_path, lambda _: None)
    evaluator = replace(evaluator, place=tmp_path)
    design = choices(problem)
    metrics = evaluator(design, 3)
    kept = evaluator.mapping_of(design)
    network, known = evaluator.measured_network(design)
    assert kept["design"] == design
    assert kept["metrics"] == metrics
    again = network.metrics(hardware_of(kept["mapping"], network.plain))
    found_before = {"n_simulations": N, "memory_bits": metrics["memory_bits"]}
    assert {**known, **again, **found_before} == metrics
    with pytest.raises(FileNotFoundError):
        evaluator.mapping_of(design | {"network.timesteps": 2})


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"mapping": 3}'])
def test_a_mapping_that_was_kept_and_cannot_be_read_is_named(content: str, tmp_path: Path) -> None:
    problem = two_level(place=tmp_path)
    evaluator, design = evaluator_of(problem), choices(problem)
    (tmp_path / "mappings").mkdir()
    evaluator._file(design).write_text(content, "utf-8")
    with pytest.raises(ValueError, match=r"mappings/.*json: no mapping that can be read"):
        evaluator.mapping(design)


@pytest.mark.parametrize("content", [None, "{", '{"mapping": {"mesh": 3}}'])
def test_a_mapping_that_was_lost_is_found_again_alike(content: str | None, tmp_path: Path) -> None:
    problem = two_level()
    evaluator_of(problem).family.prepare(tmp_path, lambda _: None)
    problem = replace(problem, evaluator=replace(evaluator_of(problem), place=tmp_path))
    evaluator, design = evaluator_of(problem), choices(problem)
    best, path = judge(evaluator, design, 5), evaluator._file(design)
    kept = path.read_text("utf-8")
    path.unlink()
    if content is not None:
        path.write_text(content, "utf-8")
    network, _ = evaluator.measured_network(best.choices)
    mapping, _ = _kept(evaluator, network, best.choices, 5)
    assert mapping == json.loads(kept)["mapping"]
    assert path.read_text("utf-8") == kept


@pytest.mark.parametrize("error", [ValueError("a core\nis too large"), DeadlockError("a core")])
def test_a_given_mapping_that_cannot_be_is_told_beside_the_one_found(
    error: Exception, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings_from([*jointly.SMALL, *SMALL, f"run_dir={tmp_path / 'run'}"])
    problem = two_level()
    evaluator, design = evaluator_of(problem), choices(problem)

    def refusing(application: Application, hardware: Hardware, *more: Any) -> Any:
        if hardware == hardware_of(flat_choices(design), application):
            raise error
        return execute(application, hardware, *more)

    for place in ("envs.joint_mapping", "agents.hardware_run"):
        monkeypatch.setattr(f"{place}.execute", refusing)
    written = io.StringIO()
    with closing(RunDirectory.create(settings)) as directory:
        evaluator = replace(evaluator, place=directory.path)
        evaluator.family.prepare(directory.path, lambda _: None)
        state = fresh(problem)
        state.record(problem, "its key", judge(evaluator, design, 0))
        with closing(EvaluationStore(directory.store)) as store:
            assert state.best is not None
            store.put("its key", state.best[1])
        told = mapping_found(settings, evaluator, state, directory, Console(file=written))
    assert told["mapping"]["given"] is None
    assert told["mapping"]["given_cannot_be"] == "a core"
    assert told["mapping"]["simulated_again"] == told["mapping"]["actor_engine"] == "equal"
    assert "the given mapping cannot be: a core\n" in written.getvalue()
    assert "│ latency" in written.getvalue()


def test_layers_that_a_move_leaves_as_they_are_are_priced_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    priced: list[str] = []
    figures = CoreWork.figures

    def counted(self: CoreWork, *arguments: Any) -> Any:
        priced.append(self.name)
        return figures(self, *arguments)

    problem = two_level()
    design = choices(problem)
    network, _ = evaluator_of(problem).measured_network(design)
    monkeypatch.setattr(CoreWork, "figures", counted)
    given = hardware_of(flat_choices(design), network.plain)
    network.application_on(given)
    n_before = len(priced)
    random = np.random.default_rng(0)
    wider = Widen("balance.widen", 8).apply(given, network.application_on(given), random)
    network.application_on(wider)
    changed = [a != b for a, b in zip(given.cores, wider.cores, strict=True)].index(True)
    assert set(priced[n_before:]) <= {network.plain.layer_names[changed]}
    assert network.application_on(replace(wider, depth=2)) is network.application_on(wider)


def test_a_design_too_large_as_it_is_given_may_have_a_mapping_that_is_not() -> None:
    plain = jointly.problem(SMALL[0])
    area_m2 = plain.evaluator(choices(plain), 3)["area_m2"]
    bounded = f"constraints.area_m2={0.9 * area_m2}"
    with pytest.raises(InfeasibleError, match="area_m2"):
        jointly.problem(SMALL[0], bounded).evaluator(choices(plain), 3)
    problem = two_level("env.inner.budget=24", bounded)
    assert problem.evaluator(choices(problem), 3)["area_m2"] <= 0.9 * area_m2


def test_a_design_without_any_mapping_within_the_bounds_says_why_and_what_it_took() -> None:
    problem = two_level("constraints.area_m2=1e-9")
    with pytest.raises(InfeasibleError, match=r"^no mapping found: area_m2 .* > 1e-09$") as refused:
        problem.evaluator(choices(problem), 3)
    assert refused.value.metrics["n_simulations"] == N
    assert refused.value.metrics["area_m2"] > 1e-9


@pytest.mark.parametrize("dealing", ["in-order", "by-load"])
def test_a_design_whose_cores_cannot_be_built_says_which(dealing: str) -> None:
    problem = two_level()
    design = choices(problem, chip__crossbar_size=16, mesh__dealing=dealing)
    with pytest.raises(InfeasibleError, match="beyond what layouts") as refused:
        problem.evaluator(design, 3)
    n_simulations = refused.value.metrics.get("n_simulations", 0)
    assert (n_simulations > 0) == (dealing == "by-load")  # what they hold depends on the spikes


def test_what_does_not_fit_the_mesh_given_is_refused_before_anything_runs() -> None:
    problem = two_level()
    with pytest.raises(InfeasibleError, match="cores, and the mesh has 2 nodes"):
        problem.evaluator(choices(problem, mesh__shape="1x2"), 3)


def test_a_walk_that_has_no_move_left_ends_with_what_it_found() -> None:
    only = ("env.inner.hardware.moves=[alter.deepen]", "env.inner.options.undo=never")
    problem = two_level(*only)
    assert 1 <= problem.evaluator(choices(problem), 3)["n_simulations"] < N


class Failing:
    """A reward of somebody's own."""

    def __call__(self, metrics: Any) -> float:
        return float(metrics["beauty"])


def test_a_reward_that_fails_is_told_and_no_reason_against_a_design() -> None:
    problem = two_level()
    evaluator = evaluator_of(problem)
    assert evaluator.goal is not None
    failing = replace(evaluator, goal=replace(evaluator.goal, reward=Failing()))
    with pytest.raises(RewardError, match="the reward fails"):
        failing(choices(problem), 3)


def test_what_changes_a_mapping_changes_the_key_of_the_store_and_no_search_none() -> None:
    context = two_level().evaluator.context
    for typed in (
        "env.inner.budget=9", "env.inner.agent=annealing", "env.inner.options.patience=3",
        "reward.beta=0.5", "env.inner.hardware.limits.longest_side=9",
    ):  # fmt: skip
        assert two_level(typed).evaluator.context != context, typed
    without = jointly.problem(SMALL[0]).evaluator.context
    assert "inner" not in without
    assert "inner" not in without["settings"]


def test_a_run_from_before_there_were_inner_searches_is_read_as_without_one() -> None:
    settings = settings_from([*jointly.SMALL])
    saved = settings.model_dump(mode="json", by_alias=True)
    del saved["env"]["inner"]
    assert validated(saved) == settings


def of_own_cores(sweep_ps: dict[int, int]) -> tuple[Application, Hardware]:
    plain = noc_applications.dense()
    cores = [replace(FREE, sweep_ps=sweep_ps.get(i, 0)) for i in range(len(plain.layer_sizes))]
    return replace(plain, cores=tuple(cores)), laid_out(plain, 8, Mesh(4, 4))


def test_the_layer_that_gets_a_core_more_is_the_one_whose_cores_sweep_longest() -> None:
    for layer in (1, 2, 3):
        application, hardware = of_own_cores({layer: 10**9})
        random = np.random.default_rng(0)
        wider = Widen("balance.widen", 8).apply(hardware, application, random)
        grown = [after - before for before, after in zip(hardware.cores, wider.cores, strict=True)]
        assert grown == [int(i == layer) for i in range(4)]
        narrower = Narrow("balance.narrow").apply(
            wider, replace(application, cores=of_own_cores({0: 10**9})[0].cores), random
        )
        assert narrower.cores == hardware.cores


def test_an_environment_alone_searches_no_mappings() -> None:
    with pytest.raises(ValueError, match=r"env\.inner\.budget: mappings are searched by agents"):
        gym.make("coexplore/Joint-v0", switches={"SM": False}, inner={"budget": 4})


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("env.switches.SM=true", "inner.budget: the mapping of each design is one of its"),
        ("env.inner.agent=reinforce", "reinforce does not walk from the mapping that is given"),
        ("env.inner.agent=qlernin", "no agent called 'qlernin'; did you mean 'qlearning'"),
        ("env.inner.options.patiens=3", "env.inner.options.patiens: no such key; did you mean"),
        ("env.inner.options.n_imagined=9", "n_imagined: needs 0: forecasts know the cores of"),
        ("env.inner.hardware.limit=3", "env.inner.hardware: limit: no such key; did you mean"),
        ("env.inner.hardware.moves=[map.swp]", "no move called 'map.swp'; did you mean 'map.swap'"),
        ("env.inner.budget=-1", "env.inner.budget: needs at least 0, got -1"),
    ],
)
def test_a_mistake_is_one_line(typed: str, said: str) -> None:
    given = ("env=joint", "env.evaluator=real", "env.switches.SM=false", "env.inner.budget=8")
    with pytest.raises(UsageError) as refused:
        problem_of(settings_from([*given, typed]))
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)
