"""Figures and hashes of a run that a slip would change without a word."""

from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
from noc_runs import write_workload

from async_sim import compiled
from async_sim.engines import load_tracer
from async_sim.mesh import Mesh
from async_sim.network import Network
from async_sim.packets import Packets
from async_sim.report.command import run_command
from async_sim.report.manifest import step_hashes, traffic_hash
from async_sim.report.replay import replay_command
from async_sim.report.tables import statistics_of
from async_sim.report.traced import traced
from async_sim.statistics import _rank
from async_sim.steps import simulate_steps
from async_sim.workloads import Workload

Shown = pytest.CaptureFixture[str]


def burst(n: int) -> Packets:
    """Packets of one source to the other node of a 2x1 mesh, all at once."""
    zeros = np.zeros(n, np.int64)
    return Packets(zeros, zeros + 1, zeros, zeros, zeros)


@pytest.mark.parametrize(
    ("values", "percent", "expected"),
    [
        (range(200, 0, -1), 50, 100),
        (range(200, 0, -1), 99, 198),
        ([30, 10, 20], 50, 20),
        ([30, 10, 20], 99, 30),
        ([10, 20], 50, 10),
        ([7], 50, 7),
        ([], 50, 0),
    ],
)
def test_a_percentile_is_the_smallest_value_that_so_many_do_not_exceed(
    values: list[int], percent: int, expected: int
) -> None:
    assert _rank(np.array(values, np.int64), percent) == expected


def test_every_array_of_a_result_has_a_hash_of_its_own() -> None:
    result = compiled.simulate(Network(Mesh(2, 1)), burst(3))
    before = step_hashes(result, 5)["sha256"]
    names = {one.name for one in fields(result)} - {"end_ps"}
    assert before.keys() == names
    for name in names:
        other = getattr(result, name).copy()
        other.flat[-1] += 1
        after = step_hashes(replace(result, **{name: other}), 5)["sha256"]
        assert {key for key in names if before[key] != after[key]} == {name}


def test_the_hash_of_traffic_sees_every_column_and_the_groups() -> None:
    sent = replace(burst(2), following=np.array([1, 0]))
    others = [replace(sent, following=None), replace(sent, following=np.array([0, 0]))]
    others += [
        replace(sent, **{name: getattr(sent, name) + np.array([0, 1])})
        for name in ("source", "destination", "channel", "release_ps", "n_synapses")
    ]
    assert len({traffic_hash(one) for one in (sent, *others)}) == 1 + len(others)


def test_a_random_mapping_is_replayed_with_its_seed(tmp_path: Path, capsys: Shown) -> None:
    workload = write_workload(tmp_path / "tiny.npz")
    out = tmp_path / "out"
    words = [f"workload={workload}", "mesh=4x4", "mapping=random", "seed=3", f"out={out}"]
    assert run_command(words) == 0
    assert replay_command([str(out / "manifest.json")]) == 0
    assert "same: 3 time steps" in capsys.readouterr().out


def test_the_fullest_queue_is_that_of_any_step() -> None:
    steps = burst(1), burst(7), burst(3)
    two = Workload("burst", Mesh(2, 1), steps, 0, np.array([1, 1]), np.array([0, 1]))
    run = simulate_steps(Network(Mesh(2, 1), decode_ps=100_000), two)
    found = statistics_of(traced(run, load_tracer("compiled"), range(1)))["max_occupancy"]
    fullest = [one.max_occupancy for one in run.results]
    assert np.array_equal(found, fullest[1])
    assert all(one.max() < fullest[1].max() for one in (fullest[0], fullest[2]))
