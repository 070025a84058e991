"""Runs the searches of a sweep with Ray Tune, and tells how far they are.

Ray is imported where it is used: what it reads of the environment has to be set before.
"""

import fcntl
import logging
import os
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console

from agents.exits import FAILED, INTERRUPTED, stopped_alike
from agents.ray_cluster import cluster
from agents.ray_settings import RaySettings
from agents.rundir import resume_argument
from agents.saying import say
from agents.sweep_plan import Sweep
from agents.sweep_shared import check_shared
from agents.usage import UsageError

MOST_NAMED = 10  # searches that failed
TUNE = "tune"  # folder of Ray Tune's own files
TRIAL_BYTES = 64 * 2**20  # a bundle has to ask for something; searches wait for evaluations


def run_sweep(sweep: Sweep) -> int:
    """Run a sweep, or go on with it; return the exit code."""
    os.environ["RAY_CHDIR_TO_TRIAL_DIR"] = "0"  # relative paths stay what they are
    os.environ["RAY_AIR_NEW_OUTPUT"] = "0"
    shared = sweep.shared
    check_shared(sweep.folder)
    with cluster(shared.ray, shared.search.workers):
        _check_room(sweep)
        sweep.folder.mkdir(parents=True, exist_ok=True)
        with alone(sweep.folder), stopped_alike():  # now that Ray has set what it does itself
            sweep.keep()
            return _run(sweep)


def _check_room(sweep: Sweep) -> None:
    """See that a search could ever begin: Ray would wait for a node for it without a word."""
    from agents.ray_workers import check_room  # noqa: PLC0415

    check_room(RaySettings() if sweep.is_cheap else sweep.shared.ray)


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Keep other sweeps out of a folder until this one ends, however it ends.

    Raises:
        UsageError: If another is in it.
    """
    with (folder / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise UsageError(f"{folder}: another process is running this sweep") from error
        yield


def _run(sweep: Sweep) -> int:
    import ray  # noqa: PLC0415 (slow, and after its environment is set)
    from ray.exceptions import RayError  # noqa: PLC0415
    from ray.tune import TuneError  # noqa: PLC0415

    from agents.sweep_progress import Progress  # noqa: PLC0415
    from agents.sweep_report import tell  # noqa: PLC0415

    logging.getLogger("ray").setLevel(logging.CRITICAL)  # Ray has set it; failures are told later
    console = Console()
    url = getattr(ray._private.worker.global_worker.node, "webui_url", None)  # noqa: SLF001
    say(console, f"sweep: {sweep.folder} ({sweep.n_trials} searches)")
    if url:
        say(console, f"dashboard: http://{url}")
    try:
        keeper = _keeper(sweep.folder)
        with closing(Progress(console, sweep, keeper)) as progress:
            results = _tuner(sweep, keeper, progress).fit()
    except KeyboardInterrupt:
        return _stopped(sweep)
    except (EOFError, RayError, TuneError) as error:
        sys.stderr.write(_broken(sweep, error))
        return FAILED
    if n_ended(results) < sweep.n_trials and not results.num_errors:
        return _stopped(sweep)
    tell(sweep, console)
    if results.num_errors:
        sys.stderr.write(_failures(sweep, results, progress))
        return FAILED
    return 0


def n_ended(results: Any) -> int:  # noqa: ANN401 (of Ray)
    """How many searches have ended well, in this sitting or before.

    Ray calls what was interrupted terminated too; its last result says whether it was the last.
    """
    return sum(not one.error and bool((one.metrics or {}).get("done")) for one in results)


def _keeper(folder: Path) -> Any:  # noqa: ANN401 (an actor of Ray)
    import ray  # noqa: PLC0415
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy  # noqa: PLC0415

    from agents.sweep_keeper import TRIALS, Keeper, answer  # noqa: PLC0415

    (folder / TRIALS).mkdir(exist_ok=True)
    here = NodeAffinitySchedulingStrategy(ray.get_runtime_context().get_node_id(), soft=False)
    made: Any = ray.remote(Keeper)
    keeper = made.options(
        num_cpus=0, max_restarts=-1, max_task_retries=3, scheduling_strategy=here
    ).remote(str(folder.resolve()))
    answer(keeper.node.remote())
    return keeper


def _tuner(sweep: Sweep, keeper: Any, progress: Any) -> Any:  # noqa: ANN401 (of Ray)
    from ray import tune  # noqa: PLC0415

    from agents.sweep_search import space_of_tune  # noqa: PLC0415
    from agents.sweep_trial import run_trial  # noqa: PLC0415

    asked = {"CPU": 1.0} if sweep.is_cheap else {"CPU": 0.0, "memory": float(TRIAL_BYTES)}
    searched = tune.with_parameters(partial(run_trial), sweep=sweep.settled, keeper=keeper)
    trainable = tune.with_resources(searched, tune.PlacementGroupFactory([asked]))
    path = (sweep.folder / TUNE).resolve()
    if sweep.is_resumed and tune.Tuner.can_restore(str(path)):
        return tune.Tuner.restore(
            str(path), trainable, param_space=space_of_tune(sweep), resume_unfinished=True,
            restart_errored=True,
        )  # fmt: skip
    shutil.rmtree(path, ignore_errors=True)  # begun, and killed before it could be restored
    return tune.Tuner(
        trainable,
        param_space=space_of_tune(sweep),
        tune_config=_config(sweep),
        run_config=tune.RunConfig(
            name=TUNE,
            storage_path=str(sweep.folder.resolve()),
            failure_config=tune.FailureConfig(max_failures=sweep.settings.retries),
            callbacks=[progress],
            verbose=0,
        ),
    )


def _config(sweep: Sweep) -> Any:  # noqa: ANN401
    from ray import tune  # noqa: PLC0415
    from ray.tune.schedulers import ASHAScheduler  # noqa: PLC0415

    from agents.sweep_search import search_of  # noqa: PLC0415

    settings = sweep.settings
    scheduler = None
    if settings.scheduler == "asha":
        scheduler = ASHAScheduler(
            time_attr="evaluations", metric=settings.metric, mode="max",
            max_t=sweep.budget, grace_period=max(1, sweep.budget // 4),
        )  # fmt: skip
    return tune.TuneConfig(
        scheduler=scheduler,
        search_alg=search_of(sweep),
        num_samples=settings.n_trials if settings.tuned else 1,
        reuse_actors=True,
        max_concurrent_trials=settings.at_once or _at_once(sweep),
    )


def _at_once(sweep: Sweep) -> int:
    import ray  # noqa: PLC0415

    n = int(ray.cluster_resources().get("CPU", 1))  # type: ignore[no-untyped-call]
    return max(1, n) if sweep.is_cheap else max(2, n // 2)


def _stopped(sweep: Sweep) -> int:
    sys.stderr.write(
        "interrupted; what was finished is saved. Continue with:\n"
        f"  python -m agents.sweep {resume_argument(sweep.folder)}\n"
    )
    return INTERRUPTED


def _failures(sweep: Sweep, results: Any, progress: Any) -> str:  # noqa: ANN401
    whys, failed = [_why(one.error) for one in results if one.error], progress.failed
    names = ", ".join([*failed[:MOST_NAMED], *(["..."] if len(failed) > MOST_NAMED else [])])
    new = [why for why in whys if not progress.has_told(why)]
    first = "the first" if len(new) == len(whys) else "the first that is not told above"
    told = f"; {first}: {new[0]}" if new else ", as told above"
    return (
        f"error: {len(whys)} of {sweep.n_trials} searches failed ({names}){told}\n"
        f"mend it, then go on with: python -m agents.sweep {resume_argument(sweep.folder)}\n"
    )


def _broken(sweep: Sweep, error: Exception) -> str:
    """What is said when the sweep itself cannot go on: its keeper cannot write, for one."""
    return (
        f"error: the sweep ended early: {_why(error)}\n"
        f"mend it, then go on with: python -m agents.sweep {resume_argument(sweep.folder)}\n"
    )


def _why(error: Exception) -> str:
    """What an error of Ray says; of ours without the name of its class."""
    if isinstance(error, EOFError):
        return "a file of Ray Tune is cut short; is the disk full?"
    last = (str(error).strip() or type(error).__name__).splitlines()[-1]
    return re.sub(r"^(agents|envs|configs)\.[\w.]+: ", "", last)
