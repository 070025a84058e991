"""Searches and sweeps on Ray: whoever dies, the results are those of an unbroken search without it.

The cluster is a real one of two nodes, on loopback. Its designs take a third of a second each.
"""

import importlib
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from e2e_tools import n_stored, results, running, started, summary, trajectory, wait_until

from agents.ray_settings import RaySettings

OWN = """
import hashlib, json, pathlib, time

class Slow:
    yields = ("worth",)

    def __call__(self, design, metrics):
        time.sleep(0.3)
        told = json.dumps(design.to_json(), sort_keys=True)
        return {"worth": int(hashlib.sha256(told.encode()).hexdigest()[:4], 16) / 65536}

class Hasty:
    is_cheap = False
    context = {}

    def __init__(self, place):
        self.place = pathlib.Path(place)

    def __call__(self, choices, seed):
        if choices["n"] == 1:
            while len([*self.place.glob("ended*")]) < 5:
                time.sleep(0.05)
            raise ValueError("the second")
        (self.place / f"ended{choices['n']}").touch()
        return {"n": choices["n"]}

class Worth:
    def __call__(self, metrics):
        return metrics["worth"]
"""
BUDGET = 16
SEARCH = [
    "env=nacim", "env.evaluator=constant", "env.evaluators.slow._target_=slow_design.Slow",
    "reward._target_=slow_design.Worth", "agent.batch_size=4", f"search.budget={BUDGET}",
]  # fmt: skip
Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture(autouse=True)
def _own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / "slow_design.py").write_text(OWN)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(own), *sys.path]))
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")


@pytest.fixture
def sweep(tmp_path: Path) -> Iterator[Start]:
    """Start `agents.sweep`; end what is left at the end."""
    with started("agents.sweep", tmp_path) as begin:
        yield begin


@pytest.fixture
def two_nodes(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Any, Any]]:
    """A cluster whose second node can be killed; nothing of any other Ray is touched.

    Its nodes know nothing of the test's own module: it has to be sent.
    """
    from ray.cluster_utils import Cluster  # noqa: PLC0415 (slow, and after its environment is set)

    path = os.environ["PYTHONPATH"]
    monkeypatch.setenv("PYTHONPATH", "")
    memory = {"object_store_memory": 80_000_000}
    cluster = Cluster(
        initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False, **memory}
    )
    second = cluster.add_node(num_cpus=1, **memory)
    monkeypatch.setenv("PYTHONPATH", path)
    try:
        yield cluster, second
    finally:
        cluster.shutdown()


def n_shared(folder: Path) -> int:
    """Evaluations that the searches of a sweep have in common."""
    path = folder / "shared.sqlite"
    if not path.exists():
        return 0
    try:
        with closing(sqlite3.connect(path)) as store:
            found = store.execute("SELECT count(*) FROM coexplore_evaluations").fetchone()
    except sqlite3.OperationalError:
        return 0  # the table is not made yet
    return int(found[0])


def times_of(folder: Path) -> dict[str, str]:
    """When each shared evaluation was made."""
    with closing(sqlite3.connect(folder / "shared.sqlite")) as store:
        query = "SELECT key, created || wall_s FROM coexplore_evaluations"
        return dict(store.execute(query).fetchall())


def check_ended(process: subprocess.Popen[str]) -> None:
    output, _ = process.communicate(timeout=300)
    assert process.returncode == 0, output


def check_whole(folder: Path, unbroken: list[Path]) -> None:
    """Every planned evaluation exists once, and every search is the unbroken one."""
    found = sorted((folder / "trials").iterdir())
    assert [trajectory(one) for one in found] == [trajectory(one) for one in unbroken]
    assert [results(one) for one in found] == [results(one) for one in unbroken]
    assert [summary(one)["evaluations"] for one in found] == [BUDGET] * len(unbroken)
    # what a search had just stored when it was killed may be with that search alone
    assert BUDGET < n_shared(folder) <= BUDGET * len(unbroken)
    assert (folder / "report.html").stat().st_size > 100_000
    assert (folder / "union_front.csv").read_text().count("\n") > 1


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_search_on_ray_whose_worker_is_killed_is_the_search_without_ray(
    tmp_path: Path, start: Start
) -> None:
    check_ended(start(*SEARCH, "run_dir=plain"))
    process = start(*SEARCH, "run_dir=on_ray", "ray=local")
    assert wait_until(lambda: n_stored(tmp_path / "on_ray") >= 3, 200)
    assert wait_until(lambda: bool(_judging(tmp_path / "own")), 20)
    os.kill(_judging(tmp_path / "own")[0], signal.SIGKILL)
    check_ended(process)
    assert trajectory(tmp_path / "on_ray") == trajectory(tmp_path / "plain")
    assert results(tmp_path / "on_ray") == results(tmp_path / "plain")


@pytest.mark.slow
def test_designs_that_have_ended_on_ray_are_kept_when_another_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import ray  # noqa: PLC0415 (slow, and after its environment is set)

    from agents.ray_workers import RayWorkers  # noqa: PLC0415

    monkeypatch.syspath_prepend(tmp_path / "own")
    monkeypatch.setenv("RAY_AUTH_MODE", "disabled")  # Ray sets it otherwise, and leaves it
    hasty = importlib.import_module("slow_design").Hasty(str(tmp_path))
    ray.init(address="local", num_cpus=2, include_dashboard=False, log_to_driver=False)
    try:
        found = RayWorkers(RaySettings()).outcomes(hasty, {f"k{n}": {"n": n} for n in range(6)}, 0)
        taken = [next(found)[0]]
        time.sleep(5)  # all have ended
        with pytest.raises(ValueError, match="the second"):
            taken.extend(key for key, _ in found)
    finally:
        ray.shutdown()
    assert sorted(taken) == ["k0", "k2", "k3", "k4", "k5"]


def _judging(place: Path) -> list[int]:
    """Ray workers of this test that evaluate a design just now."""
    named = f"PYTHONPATH={place}"
    return [
        one
        for one, _, _ in running()
        if "ray::judged" in _read(one, "cmdline") and named in _read(one, "environ")
    ]


def _read(process: int, what: str) -> str:
    try:
        return Path(f"/proc/{process}/{what}").read_text()
    except OSError:
        return ""  # ended meanwhile


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_sweep_outlives_a_node_its_driver_and_the_head_of_its_cluster(
    tmp_path: Path, start: Start, sweep: Start, two_nodes: tuple[Any, Any]
) -> None:
    folder, unbroken = tmp_path / "swept", [tmp_path / "plain0", tmp_path / "plain1"]
    for seed, place in enumerate(unbroken):
        check_ended(start(*SEARCH, f"seed={seed}", f"run_dir={place}"))
    cluster, second = two_nodes
    on = ["ray=cluster", f"ray.address={cluster.address}"]
    sent = f"ray.working_dir={tmp_path / 'own'}"
    driver = sweep(*SEARCH, "sweep.grid.seed=[0,1]", "run_dir=swept", *on, sent)
    assert wait_until(lambda: n_shared(folder) >= 3, 200), "the sweep begins"
    cluster.remove_node(second, allow_graceful=False)
    n_then = n_shared(folder)
    assert wait_until(lambda: n_shared(folder) >= n_then + 4, 200), "it outlives a node"
    os.kill(driver.pid, signal.SIGKILL)
    driver.communicate()
    kept = times_of(folder)
    assert len(kept) < 2 * BUDGET
    again = sweep("resume=swept", *on, sent)
    assert wait_until(lambda: n_shared(folder) >= len(kept) + 3, 200), "it outlives its driver"
    cluster.head_node.kill_all_processes(check_alive=False, allow_graceful=False)
    output, _ = again.communicate(timeout=60)
    assert again.returncode == 1
    assert "the head of the cluster" in output.splitlines()[-1]
    assert "Traceback" not in output
    kept |= times_of(folder)
    check_ended(sweep("resume=swept", "ray=local"))
    assert kept.items() <= times_of(folder).items(), "nothing finished was made again"
    check_whole(folder, unbroken)
