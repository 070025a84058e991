"""The ANCoEF problem: spaces, evaluation, keys, and what is refused in one line."""

import os
import pickle
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from async_sim.application import Application
from configs import catalog
from envs.ancoef_application import application_of, fingerprint
from envs.ancoef_design import hardware_of, mesh_named
from envs.ancoef_evaluator import AncoefEvaluator
from envs.ancoef_features import Bins
from envs.ancoef_problem import AncoefProblem
from envs.ancoef_settings import AncoefSettings
from envs.assembly import make_problem
from envs.default_settings import settings_of
from envs.evaluation import InfeasibleError
from envs.moves.families import all_moves, moves_named
from envs.moves.move import Limits
from envs.objectives import Constraint
from envs.service import EvaluationService
from envs.store import EvaluationStore


def problem(**changes: Any) -> AncoefProblem:
    made = make_problem(settings_of("ancoef", changes))
    assert isinstance(made, AncoefProblem)
    return made


@pytest.fixture(scope="module")
def plain() -> AncoefProblem:
    return problem()


def test_every_flat_design_is_a_design_of_the_application(plain: AncoefProblem) -> None:
    random = np.random.default_rng(0)
    for _ in range(50):
        choices = plain.space.decode(plain.space.sample(random))
        hardware_of(choices, plain.neighbourhood.application)


def test_a_design_has_every_metric_that_is_promised(plain: AncoefProblem) -> None:
    metrics = plain.evaluator(plain.start, 0)
    assert tuple(metrics) == AncoefEvaluator.yields
    assert metrics["edp_js"] == pytest.approx(metrics["latency_s"] * metrics["energy_j"])
    assert plain.reward(metrics) == pytest.approx(1.0)  # its own targets


def test_threads_change_no_figure(plain: AncoefProblem) -> None:
    one, two = (AncoefEvaluator("s256", 1.0, n_threads=n) for n in (1, 2))
    assert one(plain.start, 0) == two(plain.start, 0)
    assert one.context == two.context


def test_a_design_that_does_not_fit_is_infeasible_and_says_why(plain: AncoefProblem) -> None:
    for changes, told in (
        ({"mesh": "3x3"}, "has 9 nodes"),
        ({"cores": "1 1 1 1", "nodes": "0 1 2 3"}, "need 37 to 2312 cores"),
    ):
        with pytest.raises(InfeasibleError, match=told):
            plain.evaluator({**plain.start, **changes}, 0)


def test_a_broken_bound_keeps_the_figures() -> None:
    bounded = problem(constraints={"area_m2": 1e-9})
    with pytest.raises(InfeasibleError, match=r"area_m2 .* > 1e-09") as caught:
        bounded.evaluator(bounded.start, 0)
    assert set(AncoefEvaluator.yields) == set(caught.value.metrics)


def key(evaluator: AncoefEvaluator, choices: Mapping[str, Any]) -> str:
    return EvaluationService(evaluator, EvaluationStore()).key(choices)


def test_the_key_holds_all_that_figures_depend_on(
    plain: AncoefProblem, monkeypatch: pytest.MonkeyPatch
) -> None:
    evaluator = AncoefEvaluator("s256", 1.0)
    keys = {
        key(one, plain.start)
        for one in (
            evaluator,
            AncoefEvaluator("s512", 1.0),
            AncoefEvaluator("s256", 0.5),
            AncoefEvaluator("s256", 1.0, constraints=(Constraint("area_m2", 1.0),)),
        )
    }
    assert len(keys) == 4
    read = catalog.read
    monkeypatch.setattr(catalog, "read", lambda *name: read(*name) | {"changed": 1})
    assert key(AncoefEvaluator("s256", 1.0), plain.start) not in keys


def test_a_fingerprint_changes_with_the_spikes() -> None:
    application = application_of("s256")
    trace = application.trace
    other = replace(trace, neuron=np.roll(trace.neuron, 1))
    assert fingerprint(application) == fingerprint(Application.of_workload("s256"))
    assert fingerprint(application) != fingerprint(replace(application, trace=other))


def test_what_is_handed_to_a_worker_is_small(plain: AncoefProblem) -> None:
    _ = plain.evaluator.context, plain.evaluator(plain.start, 0)
    assert len(pickle.dumps(plain.evaluator)) < 20_000


def test_a_value_on_an_edge_belongs_to_the_bin_above() -> None:
    bins = Bins({"aer_ps": (1.0, 3.0), "mean_hops": (2.0,)})
    assert bins.n_bins.tolist() == [3, 2]
    for value, expected in ((0.0, 0), (0.9, 0), (1.0, 1), (2.9, 1), (3.0, 2), (1e9, 2)):
        assert bins.binned({"aer_ps": value}).tolist() == [expected, 0]
    assert bins.scaled({"aer_ps": 3.0, "mean_hops": 6.0}).tolist() == [0.5, 0.75]


def test_a_shape_is_the_smallest_mesh_of_its_kind() -> None:
    for n_cores in range(1, 200):
        for name, ratio in (("square", 1), ("wide", 2), ("tall", 0.5)):
            mesh = mesh_named(name, n_cores)
            assert mesh.n_nodes >= n_cores
            assert mesh.n_nodes < n_cores + mesh.width + mesh.height
            assert mesh.width <= ratio * mesh.height + 2
            assert mesh.height <= mesh.width / ratio + 2


def limits() -> Limits:
    env = settings_of("ancoef", {}).env
    assert isinstance(env, AncoefSettings)
    return env.limits.as_limits()


def test_moves_come_in_the_order_of_their_list() -> None:
    names = ["alter.deepen", "map.swap"]
    assert [one.name for one in moves_named(names, limits())] == names
    assert [one.name for one in problem(moves=names).neighbourhood.moves] == names


def test_the_default_lists_every_move_there_is(plain: AncoefProblem) -> None:
    assert {one.name for one in plain.neighbourhood.moves} == set(all_moves(limits()))


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"moves": ["map.swop"]}, r"env\.moves: no move called 'map.swop'; .*'map.swap'"),
        ({"moves": []}, r"env\.moves: needs moves, each once, got none"),
        ({"moves": ["map.swap", "map.swap"]}, r"env\.moves: needs moves, each once"),
        ({"application": "s25"}, r"env\.application: no workload called 's25'; .* 's256'"),
        ({"application": "no.npz"}, r"env\.application: there is no file no.npz"),
        ({"start": {"mesh": "3x3"}}, r"env\.start: s256: a 3x3 mesh has 9 nodes"),
        ({"start": {"mesh": "round"}}, r"env\.start\.mesh: .*square, wide, tall"),
        ({"start": {"neurons_per_core": 48}}, r"env\.start\.neurons_per_core: .*power of two"),
        ({"start": {"routing": "xz"}}, r"env\.start\.routing: no choice 'xz'"),
        ({"space": {"mesh": ["2x2"]}}, r"s256 fits no mesh: .* 6 cores .* 4 nodes"),
        ({"bins": {"aer": [1.0]}}, r"env\.bins: no feature called 'aer'; .*'aer_ps'"),
        ({"bins": {"aer_ps": [2.0, 1.0]}}, r"env\.bins: aer_ps: .*rising order"),
        ({"limits": {"least_neurons": 2048}}, r"env\.limits: least_neurons 2048 is more"),
        ({"accuracy": 2}, r"env\.accuracy: needs at most 1, got 2"),
        ({"constraints": {"memory_bits": 5}}, r"constraints\.memory_bits: .*does not measure"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(changes: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told) as caught:
        problem(**changes)
    assert "\n" not in str(caught.value)


def test_the_environment_brings_its_agent_once_there_is_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    names = catalog.names
    monkeypatch.setattr(catalog, "names", lambda group: [*names(group), "qlearning"])
    assert catalog.default_of("agent", "ancoef") == "qlearning"
    monkeypatch.setattr(
        catalog, "names", lambda group: [one for one in names(group) if one != "qlearning"]
    )
    assert catalog.default_of("agent", "ancoef") == catalog.defaults()["agent"]
    assert catalog.default_of("reward", "ancoef") == "ancoef"


def test_recorded_spikes_are_read_from_a_file_and_again_when_it_changes(tmp_path: Path) -> None:
    path = application_of("s256").save(tmp_path / "mine.npz")
    recorded = problem(application=str(path))
    plain = problem()
    assert recorded.evaluator(recorded.start, 0) == plain.evaluator(plain.start, 0)
    first = application_of(str(path))
    assert application_of(str(path)) is first
    application_of("s512").save(path)
    os.utime(path, ns=(1, 1))
    assert application_of(str(path)).layer_sizes != first.layer_sizes


def test_a_file_without_spikes_or_without_an_application_is_one_line(tmp_path: Path) -> None:
    path = application_of("s256").save(tmp_path / "mine.npz")
    with np.load(path) as content:
        meta = content["meta"]
    nothing = np.zeros(0, np.int64)
    np.savez_compressed(path, meta=meta, timestep=nothing, neuron=nothing)
    with pytest.raises(ValueError, match="no neuron ever fires") as caught:
        problem(application=str(path))
    assert "\n" not in str(caught.value)
    broken = tmp_path / "broken.npz"
    broken.write_bytes(b"no archive")
    with pytest.raises(ValueError, match=r"broken\.npz") as caught:
        problem(application=str(broken))
    assert "\n" not in str(caught.value)
