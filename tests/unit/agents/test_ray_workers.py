"""Designs as Ray tasks, with a Ray that is made up: what comes back, and what goes wrong."""

from collections.abc import Callable
from concurrent.futures.process import BrokenProcessPool
from types import SimpleNamespace
from typing import Any

import pytest
import ray
from ray.exceptions import (
    GetTimeoutError,
    LocalRayletDiedError,
    OutOfMemoryError,
    RayError,
    RaySystemError,
    RayTaskError,
    TaskUnschedulableError,
    WorkerCrashedError,
)

from agents import ray_task, ray_workers
from agents.ray_settings import RaySettings
from agents.ray_workers import RayWorkers, check_room
from agents.usage import UsageError
from envs.evaluation import DeviceMemoryError, Evaluation
from envs.evaluators import Constant

PLAIN = RaySettings()
EVALUATOR = Constant({"accuracy": 0.5})
MISSING = {"k1": {"a": 1}, "k2": {"a": 2}}


class Cluster:
    """Tasks as references ``(evaluator, choices, seed)`` to which `get` is the answer."""

    def __init__(self) -> None:
        self.nodes: list[dict[str, Any]] = []
        self.get: Callable[[Any], Any] = lambda task: Evaluation(task[1], {"seed": task[2]})
        self.put: list[Any] = []
        self.cancelled: list[Any] = []
        self.options: dict[str, Any] = {}
        self.waits = 0
        self.n_ended = 0  # of those that are asked for all at once

    def remote(self, **options: Any) -> Any:
        self.options = options
        task = SimpleNamespace(remote=lambda sent, c, seed: (sent[0], tuple(c.items()), seed))
        return lambda _: task

    def wait(
        self, tasks: list[Any], *, num_returns: int, timeout: float
    ) -> tuple[list[Any], list[Any]]:
        self.waits += 1
        if not timeout:
            assert num_returns == len(tasks) > 0
            return tasks[: self.n_ended], tasks[self.n_ended :]
        one = tasks[len(tasks) // 2]
        return [one], [other for other in tasks if other is not one]


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Cluster:
    made = Cluster()
    monkeypatch.setattr(ray, "remote", made.remote)
    monkeypatch.setattr(ray, "put", lambda one: made.put.append(one) or len(made.put))
    monkeypatch.setattr(ray, "wait", made.wait)
    monkeypatch.setattr(ray, "get", lambda one, **_: made.get(one))
    monkeypatch.setattr(ray, "cancel", lambda one, **_: made.cancelled.append(one))
    monkeypatch.setattr(ray, "nodes", lambda: made.nodes)
    return made


def outcomes(settings: RaySettings = PLAIN) -> list[tuple[str, Evaluation]]:
    return [*RayWorkers(settings).outcomes(EVALUATOR, MISSING, 7)]


def failed(error: Exception) -> Callable[[Any], Any]:
    def get(_: Any) -> Any:
        raise error

    return get


def task_error(cause: Exception) -> Exception:
    made = RayTaskError("judged", "Traceback:\n  why", cause)
    found: Exception = made.as_instanceof_cause()
    return found


def node(alive: bool = True, **resources: float) -> dict[str, Any]:  # noqa: FBT001, FBT002
    return {"Alive": alive, "Resources": resources}


def test_each_evaluation_comes_under_its_key_in_the_order_of_arrival(cluster: Cluster) -> None:
    missing = MISSING | {"k3": {"a": 3}}
    found = [*RayWorkers(PLAIN).outcomes(EVALUATOR, missing, 7)]
    assert [key for key, _ in found] == ["k2", "k3", "k1"]
    assert [dict(one.choices) for _, one in found] == [{"a": 2}, {"a": 3}, {"a": 1}]
    assert {one.metrics["seed"] for _, one in found} == {7}
    assert cluster.cancelled == []


def test_an_evaluator_is_sent_once_for_all_batches(cluster: Cluster) -> None:
    workers = RayWorkers(RaySettings())
    for _ in range(3):
        assert len([*workers.outcomes(EVALUATOR, MISSING, 0)]) == 2
    other = Constant({"accuracy": 0.5})
    assert len([*workers.outcomes(other, MISSING, 0)]) == 2
    assert len(cluster.put) == 2
    workers.close()
    assert len([*workers.outcomes(EVALUATOR, MISSING, 0)]) == 2
    assert len(cluster.put) == 3


def test_a_task_asks_for_what_a_design_is_given(cluster: Cluster) -> None:
    RayWorkers(RaySettings(cpus_per_design=2, gpus_per_design=0.25, retries=5))
    assert cluster.options.items() >= {"num_cpus": 2, "num_gpus": 0.25, "max_retries": 5}.items()
    assert "memory" not in cluster.options
    assert cluster.options["scheduling_strategy"].placement_group is None  # not of a trial
    RayWorkers(RaySettings(memory_per_design_bytes=9))
    assert cluster.options["memory"] == 9


@pytest.mark.parametrize(
    "error", [DeviceMemoryError("full"), ConnectionError("of its own"), ZeroDivisionError("x / 0")]
)
def test_an_exception_of_the_evaluator_arrives_as_itself(
    cluster: Cluster, error: Exception
) -> None:
    cluster.get = failed(task_error(error))
    with pytest.raises(type(error)) as caught:
        outcomes()
    assert type(caught.value) is type(error)
    assert str(caught.value) == str(error)
    assert len(cluster.cancelled) == 1  # nobody waits for the other


def test_designs_that_have_ended_are_kept_when_another_fails(cluster: Cluster) -> None:
    def get(task: Any) -> Evaluation:
        if dict(task[1])["a"] in (4, 2):
            raise task_error(ZeroDivisionError(f"design {dict(task[1])['a']}"))
        return Evaluation(task[1], {"seed": task[2]})

    cluster.get, cluster.n_ended = get, 4
    found = RayWorkers(PLAIN).outcomes(EVALUATOR, {f"k{n}": {"a": n} for n in range(8)}, 7)
    taken: dict[str, Evaluation] = {}
    with pytest.raises(ZeroDivisionError, match="design 4"):
        taken.update(found)
    told = {key: dict(one.choices) for key, one in taken.items()}
    assert told == {f"k{n}": {"a": n} for n in (0, 1, 3)}
    assert [dict(one[1])["a"] for one in cluster.cancelled] == [5, 6, 7]


def test_of_a_cluster_that_is_lost_nothing_more_is_asked(cluster: Cluster) -> None:
    cluster.get, cluster.n_ended = failed(ConnectionError("gone")), 2
    with pytest.raises(UsageError, match="the cluster is lost"):
        outcomes()
    assert cluster.waits == 1


def test_an_exception_that_cannot_be_sent_is_not_taken_for_a_lost_cluster(
    cluster: Cluster,
) -> None:
    told = RayError("Exception mine.Error isn't serializable: no way.\nOriginal: why")
    cluster.get = failed(RayTaskError("judged", "Traceback", told))
    with pytest.raises(RuntimeError, match=r"mine\.Error isn't serializable"):
        outcomes()


@pytest.mark.parametrize(
    "error", [WorkerCrashedError(), OutOfMemoryError("node out of memory\nmore")]
)
def test_a_dead_worker_is_a_broken_pool(cluster: Cluster, error: Exception) -> None:
    cluster.get = failed(error)
    with pytest.raises(BrokenProcessPool) as caught:
        outcomes()
    assert str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (GetTimeoutError("late"), "ray: a node does not hand over an evaluation within 60 s"),
        (TaskUnschedulableError("no node\nis left"), "no node"),
        (LocalRayletDiedError(), "ray: the cluster is lost: "),
        (ConnectionError("gone\nfor good"), "ray: the cluster is lost: gone"),
        (RayTaskError("judged", "T:\n  late", GetTimeoutError("late")), "ray: the cluster is lost"),
        (
            RayTaskError("judged", "T:\nNo module named 'mine'", RaySystemError("unpickling")),
            "ray: a worker cannot load what it is sent: No module named 'mine'; modules of your",
        ),
    ],
)
def test_what_befalls_a_cluster_is_one_line(
    cluster: Cluster, error: Exception, message: str
) -> None:
    cluster.get = failed(error)
    with pytest.raises(UsageError) as caught:
        outcomes()
    assert message in str(caught.value)
    assert str(caught.value).startswith("ray: ")
    assert "\n" not in str(caught.value)


@pytest.mark.usefixtures("cluster")
@pytest.mark.parametrize("what", ["wait", "put", "nodes"])
def test_a_cluster_that_is_lost_while_it_is_asked_is_one_line(
    what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(*_: Any, **__: Any) -> None:
        raise ConnectionError("gone")

    monkeypatch.setattr(ray, "wait", lambda *_, **__: ([], []))
    monkeypatch.setattr(ray, what, lost)
    monkeypatch.setattr(ray, "cancel", lost)
    with pytest.raises(UsageError, match=r"^ray: the cluster is lost: gone$"):
        outcomes()


def test_a_search_that_is_stopped_waits_for_nothing_more(cluster: Cluster) -> None:
    found = RayWorkers(RaySettings()).outcomes(EVALUATOR, MISSING, 7)
    assert next(found)[0] == "k2"
    found.close()  # type: ignore[attr-defined]
    assert len(cluster.cancelled) == 1


def test_who_waits_for_what_no_node_can_is_told(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ray, "wait", lambda *_, **__: ([], []))
    cluster.nodes = [node(CPU=2)]
    with pytest.raises(UsageError, match="4 CPU for a design"):
        outcomes(RaySettings(cpus_per_design=4))


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"cpus_per_design": 8.5}, "ray: 8.5 CPU for a design; the largest node has 8 CPU"),
        ({"gpus_per_design": 2}, "ray: 2 GPU for a design; the largest node has 1 GPU"),
        (
            {"memory_per_design_bytes": 17_000_000_000},
            "ray: 17.0 GB of memory for a design; the largest node has 16.0 GB of memory",
        ),
        (
            {"cpus_per_design": 8, "gpus_per_design": 1},
            "ray: no node has all that a design asks for (ray.*_per_design)",
        ),
    ],
)
def test_what_no_node_has_is_told(cluster: Cluster, asked: dict[str, Any], message: str) -> None:
    cluster.nodes = [
        node(CPU=8, memory=16e9), node(CPU=4, GPU=1, memory=8e9), node(alive=False, CPU=99, GPU=9),
    ]  # fmt: skip
    with pytest.raises(UsageError) as caught:
        check_room(RaySettings(**asked))
    assert str(caught.value) == message


def test_what_some_node_has_is_waited_for(cluster: Cluster) -> None:
    cluster.nodes = [node(CPU=8, memory=16e9), node(CPU=4, GPU=1, memory=8e9)]
    check_room(RaySettings(cpus_per_design=8, memory_per_design_bytes=16_000_000_000))
    check_room(RaySettings(cpus_per_design=4, gpus_per_design=1))


@pytest.mark.usefixtures("cluster")
def test_a_cluster_without_nodes_has_room_for_nothing() -> None:
    with pytest.raises(UsageError, match="the largest node has 0 CPU"):
        check_room(RaySettings())


def test_a_worker_fetches_an_evaluator_once_and_keeps_a_few(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetched: list[str] = []
    monkeypatch.setattr(ray_task, "_known", {})
    cluster.get = lambda one: fetched.append(one.hex()) or EVALUATOR
    names = "abcdefg"
    for name in (*names, names[-1]):
        one = SimpleNamespace(hex=lambda name=name: name)
        assert ray_task.judged([one], {"a": 1}, 0).metrics == {"accuracy": 0.5}
    assert fetched == [*names]
    assert [*ray_task._known] == [*names[-ray_task.MOST_KNOWN :]]


def test_a_line_of_an_error_is_never_empty() -> None:
    assert ray_workers._line(ValueError("")) == "no reason"
    assert ray_workers._line(RayTaskError("judged", "Traceback\n  why: because", ValueError()))
