"""What Ray costs: its start, a task, an evaluation through service and store, the keeper's writes.

Run with ``python benchmarks/bench_ray.py``. Evaluations of half a second sleep, so that the ratio
of one worker to several hardly depends on the machine and on who else uses it; everything else is
told as a time, an upper bound on a machine that is busy. The same designs come out whatever the
number of workers, which is checked.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
from bench_lock_step import Sleeping
from rich.console import Console
from rich.table import Table

from agents.ray_cluster import cluster
from agents.ray_settings import RaySettings
from envs.assembly import make_problem
from envs.default_settings import settings_of
from envs.evaluation import Evaluation
from envs.service import EvaluationService
from envs.sharing import Sharing
from envs.space import Choices
from envs.store import EvaluationStore

START_S = 10.0  # within which a worker has started and imported, also on a busy machine
LOGICAL = 8  # processors that Ray is told of: sleeping needs none
N_TASKS, N_TRIPS, N_WRITES, N_SEARCHES = 1000, 200, 1000, 4
Row = tuple[str, str]


def main() -> None:
    """Measure; print the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--designs", type=int, default=48, help="of half a second each")
    n_designs = parser.parse_args().designs
    rows, begin_s = [], time.perf_counter()
    with cluster(RaySettings(name="local", object_store_bytes=100_000_000), LOGICAL):
        rows.append(("import and start of Ray", f"{time.perf_counter() - begin_s:.1f} s"))
        rows += [*overheads(), *writes()]
        parallel = speeds(n_designs)
    _print("overheads", ("what", "measured"), rows)
    _print(f"{n_designs} evaluations of half a second", ("workers", "s", "ratio"), parallel)


def overheads() -> list[Row]:
    """Of a task, and of an evaluation."""
    import ray  # noqa: PLC0415 (after its environment is set)

    empty: Any = ray.remote(num_cpus=1)(_nothing)
    first_s = _seconds(lambda: ray.get(empty.remote()))
    trip_s = _seconds(lambda: [ray.get(empty.remote()) for _ in range(N_TRIPS)]) / N_TRIPS
    all_s = _seconds(lambda: ray.get([empty.remote() for _ in range(N_TASKS)]))
    designs = drawn(N_TASKS)
    evaluated(designs[:LOGICAL], START_S, 1)  # every worker is there, with its imports
    whole_s = _seconds(lambda: evaluated(designs, 0.0, 1))
    return [
        ("first task", f"{first_s:.1f} s"),
        ("a task, there and back", f"{1e3 * trip_s:.1f} ms"),
        (f"{N_TASKS} tasks at once", f"{N_TASKS / all_s:,.0f} a second"),
        ("evaluations that take no time, service and store included",
         f"{N_TASKS / whole_s:,.0f} a second"),
    ]  # fmt: skip


def writes() -> list[Row]:
    """Of a sweep's keeper, asked by one search, and of its store without Ray."""
    import ray  # noqa: PLC0415

    from agents.sweep_keeper import Keeper, KeeperShared  # noqa: PLC0415
    from envs.shared_store import SharedStore  # noqa: PLC0415

    found = Evaluation({"width": 1}, {"accuracy": 0.5, "energy_j": 1e-6})
    with tempfile.TemporaryDirectory() as place:
        made: Any = ray.remote(num_cpus=0)(Keeper)
        keeper = made.remote(place)
        shared = KeeperShared(keeper, 0)
        shared.find(["0"])
        loaded: Any = ray.remote(num_cpus=1)(_searched)
        ray.get([loaded.remote(keeper, n, 10) for n in range(N_SEARCHES)])  # imports
        one_s = _seconds(lambda: [shared.put(f"a{i}", found) for i in range(N_WRITES)])
        many_s = _seconds(
            lambda: ray.get([keeper.put.remote(f"b{i}", found) for i in range(N_WRITES)])
        )
        shared_s = _seconds(lambda: ray.get([loaded.remote(keeper, n) for n in range(N_SEARCHES)]))
        path = Path(place) / "alone.sqlite"
        with closing(SharedStore(f"sqlite:///{path}")) as store:
            alone_s = _seconds(lambda: [store.put(f"c{i}", found) for i in range(N_WRITES)])
    return [
        ("keeper, one search, one write after the other", f"{N_WRITES / one_s:,.0f} a second"),
        ("keeper, many writes at once", f"{N_WRITES / many_s:,.0f} a second"),
        (
            f"evaluations that take no time, of {N_SEARCHES} searches that share",
            f"{N_SEARCHES * N_WRITES / shared_s:,.0f} a second",
        ),
        ("the keeper's store without Ray", f"{N_WRITES / alone_s:,.0f} a second"),
    ]


def _searched(keeper: Any, number: int, n: int = N_WRITES) -> None:
    """What a search of a sweep asks of the keeper, in batches of eight."""
    from agents.sweep_keeper import KeeperShared  # noqa: PLC0415

    with closing(EvaluationService(Sleeping(0.0), EvaluationStore(), number + n)) as service:
        service.share(Sharing(KeeperShared(keeper, number)))
        for first in range(0, n, LOGICAL):
            service.evaluate_many([{"design": i} for i in range(first, min(first + LOGICAL, n))])


def speeds(n_designs: int) -> list[tuple[str, ...]]:
    """The same designs by one worker, and by more."""
    designs, found, rows = drawn(n_designs), [], []
    for n in (1, 2, 4, LOGICAL):
        evaluated(designs[:n], START_S, LOGICAL / n)  # so many workers are there, with imports
        begin_s = time.perf_counter()
        found.append(evaluated(designs, 0.5, LOGICAL / n))
        rows.append((n, time.perf_counter() - begin_s))
    assert all(one == found[0] for one in found), "workers changed a result"
    return [(f"{n}", f"{s:.1f}", f"{rows[0][1] / s:.2f}") for n, s in rows]


def evaluated(designs: list[Choices], wait_s: float, cpus_per_design: float) -> list[Any]:
    """Metrics of designs, each evaluated as a task."""
    from agents.ray_workers import RayWorkers  # noqa: PLC0415 (loads Ray)

    workers = RayWorkers(RaySettings(name="local", cpus_per_design=cpus_per_design))
    with closing(EvaluationService(Sleeping(wait_s), EvaluationStore(), 0, workers)) as service:
        return [one.metrics for one in service.evaluate_many(designs)]


def drawn(n: int) -> list[Choices]:
    """Random designs of ``env=nacim``."""
    space, random = make_problem(settings_of("nacim", {})).space, np.random.default_rng(0)
    return [dict(space.decode(space.sample(random))) for _ in range(n)]


def _nothing() -> None:
    return None


def _seconds(do: Callable[[], object]) -> float:
    begin_s = time.perf_counter()
    do()
    return time.perf_counter() - begin_s


def _print(title: str, titles: tuple[str, ...], rows: list[Any]) -> None:
    table = Table(title=title)
    for one in titles:
        table.add_column(one, justify="left" if one == "what" else "right")
    for row in rows:
        table.add_row(*row)
    Console().print(table)


if __name__ == "__main__":
    main()
