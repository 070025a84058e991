"""Designs evaluated as Ray tasks: each arrives by itself, and is done again if its node dies."""

from collections.abc import Iterator, Mapping
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from typing import Any

import ray
from ray.exceptions import (
    GetTimeoutError,
    OutOfMemoryError,
    RayError,
    RayTaskError,
    TaskUnschedulableError,
    WorkerCrashedError,
)
from ray.util.scheduling_strategies import PlacementGroupSchedulingStrategy

from agents.ray_settings import RaySettings
from agents.ray_task import GET_S, alive_nodes, judged
from agents.usage import UsageError
from envs.evaluation import Evaluation
from envs.evaluators import Evaluator
from envs.space import Choices

# of the cluster, not of the bundle that a trial of a sweep runs in
OUTSIDE = PlacementGroupSchedulingStrategy(placement_group=None)  # type: ignore[arg-type]
LACKING = "No module named"  # what Python says of one
LOOK_S = 5.0  # how often to see whether a cluster can do at all what is waited for


class LostError(UsageError):
    """A cluster or a node that is gone, and may be there the next time."""


class RayWorkers:
    """Ray tasks as workers: of a cluster that has been joined (agents.ray_cluster)."""

    def __init__(self, settings: RaySettings) -> None:
        self._settings = settings
        self._sent: dict[int, tuple[Evaluator, Any]] = {}
        asked: dict[str, Any] = {
            "num_cpus": settings.cpus_per_design,
            "num_gpus": settings.gpus_per_design,
            "max_retries": settings.retries,
            "scheduling_strategy": OUTSIDE,
        }
        if settings.memory_per_design_bytes:
            asked["memory"] = settings.memory_per_design_bytes
        self._task = ray.remote(**asked)(judged)

    def outcomes(
        self, evaluator: Evaluator, missing: Mapping[str, Choices], seed: int
    ) -> Iterator[tuple[str, Evaluation]]:
        """Yield evaluations as they come; one that fails is told after those that have ended.

        Raises:
            BrokenProcessPool: If a worker died, and its retries too.
            UsageError: If the cluster cannot do it, or is lost.
        """
        waiting: dict[Any, str] = {}
        try:
            with _loss_told():
                sent = self._sent_once(evaluator)
                for key, choices in missing.items():
                    waiting[self._task.remote([sent], dict(choices), seed)] = key
            while waiting:
                for one in self._done([*waiting]):
                    key = waiting.pop(one)
                    try:
                        found = _got(one)
                    except LostError:
                        raise
                    except Exception:
                        yield from _ended_well(waiting)
                        raise
                    yield key, found
        finally:
            _cancel([*waiting])

    def _done(self, waiting: list[Any]) -> list[Any]:
        """A task that has ended, if one does for now."""
        with _loss_told():
            done: list[Any] = ray.wait(waiting, num_returns=1, timeout=LOOK_S)[0]
            if not done:
                check_room(self._settings)
        return done

    def _sent_once(self, evaluator: Evaluator) -> Any:  # noqa: ANN401 (a reference of Ray)
        if id(evaluator) not in self._sent:
            self._sent[id(evaluator)] = (evaluator, ray.put(evaluator))
        return self._sent[id(evaluator)][1]

    def close(self) -> None:
        """Forget what was sent; tasks end with the batch that asked for them."""
        self._sent.clear()


def check_room(settings: RaySettings) -> None:
    """See that some node could evaluate a design at all.

    Raises:
        UsageError: If none could, however long it is waited for.
    """
    asked = {
        "CPU": float(settings.cpus_per_design),
        "GPU": float(settings.gpus_per_design),
        "memory": float(settings.memory_per_design_bytes),
    }
    nodes = [one["Resources"] for one in alive_nodes()]
    for name, least in asked.items():
        most = max((one.get(name, 0.0) for one in nodes), default=0.0)
        if most < least:
            raise UsageError(
                f"ray: {_told(name, least)} for a design; the largest node has {_told(name, most)}"
            )
    if not any(all(one.get(k, 0.0) >= n for k, n in asked.items()) for one in nodes):
        raise UsageError("ray: no node has all that a design asks for (ray.*_per_design)")


def _told(name: str, amount: float) -> str:
    if name == "memory":
        return f"{amount / 1e9:.1f} GB of memory"
    return f"{amount:g} {name}"


def _ended_well(waiting: dict[Any, str]) -> Iterator[tuple[str, Evaluation]]:
    """What has been evaluated besides, for nobody to do it again."""
    n = len(waiting)
    with suppress(RayError, ConnectionError):
        for one in ray.wait([*waiting], num_returns=n, timeout=0)[0] if n else ():
            with suppress(Exception):  # the first that failed is told
                yield waiting.pop(one), _got(one)


def _got(one: Any) -> Evaluation:  # noqa: ANN401 (a reference of Ray)
    try:
        found: Evaluation = ray.get(one, timeout=GET_S)
    except RayTaskError as error:
        if type(error.cause) is RayError:  # an exception of the evaluator that cannot be sent
            raise RuntimeError(str(error.cause)) from None
        if isinstance(error.cause, RayError):
            raise _lack(error) if LACKING in str(error) else _loss(error) from error
        raise error.cause from None  # what it is in a process of this machine
    except (WorkerCrashedError, OutOfMemoryError) as error:
        raise BrokenProcessPool(_line(error)) from error
    except GetTimeoutError as error:
        raise LostError(
            f"ray: a node does not hand over an evaluation within {GET_S:g} s"
        ) from error
    except TaskUnschedulableError as error:
        raise UsageError(f"ray: {_line(error)}") from error
    except (ConnectionError, RayError) as error:
        raise _loss(error) from error
    return found


@contextmanager
def _loss_told() -> Iterator[None]:
    try:
        yield
    except (ConnectionError, RayError) as error:
        raise _loss(error) from error


def _lack(error: Exception) -> UsageError:
    return UsageError(
        f"ray: a worker cannot load what it is sent: {_line(error)}; modules of your own reach "
        "other nodes with ray.working_dir=DIR"
    )


def _loss(error: Exception) -> LostError:
    return LostError(f"ray: the cluster is lost: {_line(error)}")


def _line(error: Exception) -> str:
    """What an error of Ray says, in one line."""
    lines = [one.strip() for one in str(error).splitlines() if one.strip()]
    return lines[-1] if isinstance(error, RayTaskError) and lines else (lines or ["no reason"])[0]


def _cancel(tasks: list[Any]) -> None:
    """Have no node go on with what nobody waits for."""
    with suppress(RayError, ConnectionError):  # nobody is there any more
        for one in tasks:
            ray.cancel(one, force=True)
