"""Joins a Ray cluster, or begins one here; what cannot work is told within half a minute.

Ray is imported where it is used: what it reads of the environment has to be set before.
"""

import hashlib
import logging
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from typing import Any

from agents.exits import FAILED
from agents.ray_checks import answers, check_listens, check_memory
from agents.ray_settings import RaySettings
from agents.settings import RunSettings
from agents.usage import UsageError
from configs import catalog
from configs.arguments import USAGE
from envs.own_sources import OURS
from envs.problem import Problem
from envs.workers import Workers

LEFT_OUT = ["runs/", "*.sqlite*", ".git/", ".venv/", "site/", "__pycache__/"]  # of what is sent
STARTS = 4  # times `timeout_s`, for a Ray of this machine to start under load
GONE = "gone"  # what a node says that has left
LOOK_S, MOST_FAILED = 5.0, 3  # how often to look for the head, and when it counts as gone
LOST = (
    "ray: the head of the cluster ({address}) does not answer any more; every finished evaluation "
    "is saved: resume= goes on, on another cluster too"
)


def workers_of(settings: RunSettings) -> Workers | int:
    """Who evaluates the designs of a search: Ray, or processes of this machine."""
    if settings.ray.name == "off":
        return settings.search.workers
    from agents.ray_workers import RayWorkers  # noqa: PLC0415 (loads Ray)

    return RayWorkers(settings.ray)


@contextmanager
def workers_ready(settings: RunSettings, problem: Problem) -> Iterator[None]:
    """Have the Ray that a search asks for; designs that are cheap need none.

    Raises:
        UsageError: If there is none, or it cannot evaluate.
    """
    if settings.ray.name != "off" and problem.evaluator.is_cheap:
        sys.stderr.write("note: these designs cost less than handing them to Ray: it is not used\n")
        yield
        return
    with cluster(settings.ray, settings.search.workers):
        yield


@contextmanager
def cluster(settings: RaySettings, n_workers: int) -> Iterator[None]:
    """Be a part of a Ray cluster.

    Args:
        n_workers: Designs that a Ray on this machine evaluates at once.

    Raises:
        UsageError: If there is no cluster, it does not answer in time, or a node cannot evaluate.
    """
    if settings.name == "off":
        yield
        return
    _check_places(settings)
    _prepare(settings)
    import ray  # noqa: PLC0415 (slow, and after its environment is set)

    try:
        _begin(settings, n_workers) if settings.name == "local" else _join(settings)
        with _watched(ray.get_runtime_context().gcs_address):
            yield
    finally:
        ray.shutdown()


@contextmanager
def _watched(address: str) -> Iterator[None]:
    """End the process once the head of the cluster is gone: Ray waits for it, and then crashes."""
    is_over = threading.Event()
    threading.Thread(target=_watch, args=(address, is_over), daemon=True).start()
    try:
        yield
    finally:
        is_over.set()


def _watch(address: str, is_over: threading.Event) -> None:
    n_failed = 0
    while not is_over.wait(LOOK_S):
        n_failed = 0 if answers(address) else n_failed + 1
        if n_failed == MOST_FAILED and not is_over.is_set():
            _give_up(f"error: {LOST.format(address=address)}\n", FAILED)


def _check_places(settings: RaySettings) -> None:
    """See that there is what Ray is to be given; only here, since nodes read the settings too."""
    for what in ("working_dir", "token_file"):
        place = getattr(settings, what)
        if place is not None and not Path(place).exists():
            raise UsageError(f"ray.{what}: there is no {place}")


def _prepare(settings: RaySettings) -> None:
    """Set what Ray reads when it is imported."""
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    if settings.token_file is not None:
        os.environ["RAY_AUTH_MODE"] = "token"
        os.environ["RAY_AUTH_TOKEN_PATH"] = str(Path(settings.token_file).resolve())


def _begin(settings: RaySettings, n_workers: int) -> None:
    import ray  # noqa: PLC0415

    check_memory(n_workers)
    with _in_time(STARTS * settings.timeout_s, "Ray does not start on this machine"):
        ray.init(
            address="local",
            num_cpus=max(1, round(n_workers * settings.cpus_per_design)),
            object_store_memory=settings.object_store_bytes,
            runtime_env=runtime_environment(settings),
            log_to_driver=False,
            logging_level=logging.ERROR,
        )


def _join(settings: RaySettings) -> None:
    import ray  # noqa: PLC0415
    from ray.exceptions import RayError  # noqa: PLC0415

    address = settings.address or os.environ.get("RAY_ADDRESS") or "auto"
    if address != "auto":
        check_listens(address)
    try:
        with _in_time(settings.timeout_s, f"no Ray cluster answers at {address}"):
            ray.init(
                address=address,
                runtime_env=runtime_environment(settings),
                log_to_driver=False,
                logging_level=logging.ERROR,
            )
    except (ConnectionError, RayError, RuntimeError, ValueError) as error:
        raise UsageError(f"ray: no cluster at {address}: {_first(error)}") from error
    check_nodes(settings.timeout_s)


def runtime_environment(settings: RaySettings) -> dict[str, Any]:
    """What worker processes get: variables, and code where it is to be sent."""
    variables = {"RAY_USAGE_STATS_ENABLED": "0", **_own_groups(settings), **settings.environment}
    found: dict[str, Any] = {"env_vars": variables}
    if settings.ships_code:
        found["py_modules"] = [str(one) for one in packages()]
    if settings.working_dir is not None:
        found |= {"working_dir": settings.working_dir, "excludes": LEFT_OUT}
    return found


def _own_groups(settings: RaySettings) -> dict[str, str]:
    """Where workers have the user's own folder of groups: at its place, or among what is sent."""
    own = catalog.own_root()
    if own is None:
        return {}
    if settings.working_dir is not None:
        with suppress(ValueError):  # it lies elsewhere
            sent = Path(settings.working_dir).resolve()
            return {catalog.OWN: str(own.resolve().relative_to(sent))}
    return {catalog.OWN: str(own)}


def packages() -> list[Path]:
    """The folders of coexplore's packages."""
    return [Path(str(import_module(name).__file__)).parent for name in sorted(OURS)]


def source_digest() -> str:
    """A digest of every module and every data file of coexplore, here."""
    found = hashlib.sha256()
    for package in packages():
        for path in sorted(one for one in package.rglob("*") if one.suffix in (".py", ".yaml")):
            found.update(f"{path.relative_to(package.parent)}\0".encode() + path.read_bytes())
    return found.hexdigest()


@contextmanager
def _in_time(timeout_s: float, why: str) -> Iterator[None]:
    """End the process if something takes longer: Ray's own waits cannot be ended otherwise."""
    text = f"error: ray: {why} within {timeout_s:g} s\n"
    watch = threading.Timer(timeout_s, _give_up, (text, USAGE))
    watch.daemon = True
    watch.start()
    try:
        yield
    finally:
        watch.cancel()


def _give_up(text: str, code: int) -> None:
    sys.stderr.write(text)
    sys.stderr.flush()
    os._exit(code)


def check_nodes(timeout_s: float) -> None:
    """See that every node has the coexplore that is here.

    Raises:
        UsageError: With the address of the first that has not, or does not answer.
    """
    import ray  # noqa: PLC0415
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy  # noqa: PLC0415

    from agents.ray_task import alive_nodes  # noqa: PLC0415

    here = source_digest()
    asked = {}
    for node in alive_nodes():
        only = NodeAffinitySchedulingStrategy(node["NodeID"], soft=False)
        probe = ray.remote(_probe()).options(num_cpus=0, max_retries=0, scheduling_strategy=only)
        asked[probe.remote()] = node
    done, late = ray.wait([*asked], num_returns=len(asked), timeout=timeout_s)
    said = {one: _said(one, timeout_s) for one in done}
    there = {node["NodeID"] for node in alive_nodes()}
    for one, node in asked.items():
        name = f"node {node['NodeManagerAddress']}"
        if node["NodeID"] not in there or said.get(one) == GONE:
            sys.stderr.write(f"note: {name} has left the cluster\n")
        elif one in late:
            raise UsageError(f"ray: {name} does not answer within {timeout_s:g} s")
        elif said[one] != here:
            why = "another coexplore than this machine" if said[one] else "no coexplore"
            raise UsageError(
                f"ray: {name} has {why}; install the same there, or send this one with "
                "ray.ships_code=true"
            )


def _said(one: Any, timeout_s: float) -> str | None:  # noqa: ANN401 (a reference of Ray)
    """What a node says of its code, or that it has left."""
    import ray  # noqa: PLC0415
    from ray.exceptions import (  # noqa: PLC0415
        NodeDiedError,
        RayError,
        TaskUnschedulableError,
        WorkerCrashedError,
    )

    try:
        found: str | None = ray.get(one, timeout=timeout_s)
    except (NodeDiedError, TaskUnschedulableError, WorkerCrashedError):
        return GONE
    except RayError as error:
        raise UsageError(f"ray: a node cannot run a task: {_last(error)}") from error
    return found


def _probe() -> Any:  # noqa: ANN401 (a function that travels by its source)
    def digest_there() -> str | None:
        try:
            from agents.ray_cluster import source_digest  # noqa: PLC0415
        except ModuleNotFoundError:
            return None
        return source_digest()

    return digest_there


def _first(error: Exception) -> str:
    return _lines(error)[0]


def _last(error: Exception) -> str:
    return _lines(error)[-1]


def _lines(error: Exception) -> list[str]:
    found = [one.strip() for one in str(error).splitlines() if one.strip()]
    return found or [type(error).__name__]
