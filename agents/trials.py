"""Agents compared: the same problems, budget and seeds for each, in worker processes, resumable."""

import hashlib
import json
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing import resource_tracker
from pathlib import Path
from typing import Any, TypeVar

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from agents.base import AgentError
from agents.exits import WORKER_DIED, stopped_alike
from agents.loop import SearchState, fresh
from agents.making import make_searcher, search_with
from agents.problems import problem_of
from agents.settings import RunSettings
from agents.transfer import checkpoint_of
from agents.usage import UsageError, settings_from, without_search
from configs.whole_file import replace_text
from envs import workers
from envs.moves.placing import forget
from envs.problem import UnmeasuredError
from envs.rewards import RewardError
from envs.service import EvaluationService
from envs.store import EvaluationStore, digest

T = TypeVar("T")
VERSION = 2  # of kept curves: raise it when an agent or a move chooses otherwise than before


@dataclass(frozen=True)
class Trial:
    """One search of one agent.

    Attributes:
        problem: Name by which it is reported; the application of ``env=ancoef``.
        agent: Its name, and what tells it apart from others of that name: `qlearning-learnt`.
        arguments: What `agents.train` would take besides agent, budget and seed.
    """

    problem: str
    agent: str
    seed: int
    budget: int
    arguments: tuple[str, ...]

    @property
    def name(self) -> str:
        """Of its file."""
        return f"{self.problem}-{self.agent}-b{self.budget}-s{self.seed}.json"

    @property
    def typed(self) -> list[str]:
        """What `agents.train` would take."""
        agent = self.agent.partition("-")[0]
        own = [f"agent={agent}", f"search.budget={self.budget}", f"seed={self.seed}"]
        return [*self.arguments, *own]


def best_so_far(trial: Trial, metric: str) -> list[float]:
    """Smallest value of a metric after each simulation, of designs that can be.

    Designs met again cost nothing and are not counted. Hardly any design is met by two trials
    (13 of 720), so that what is known of them is forgotten before a worker begins another.
    """
    settings = settings_from(trial.typed)
    problem = problem_of(settings)
    with closing(EvaluationStore()) as store:
        service = EvaluationService(problem.evaluator, store, settings.seed)
        search = search_with(problem, make_searcher(settings, problem), service, trial.budget)
        try:
            return _curve(search.run(fresh(problem)), store, metric, trial.budget)
        finally:
            forget()


def _curve(state: SearchState, store: EvaluationStore, metric: str, budget: int) -> list[float]:
    best, curve = float("inf"), []
    for key in dict.fromkeys(key for key, _ in state.visits):
        evaluation = store.get(key)
        if evaluation is not None and evaluation.infeasible is None:
            best = min(best, evaluation.metrics[metric])
        curve.append(best)
    return curve + [best] * (budget - len(curve))  # a search that found nothing new any more


def curves(
    trials: Sequence[Trial], metric: str, folder: Path, n_workers: int
) -> dict[Trial, list[float]]:
    """Curves of all trials: those of the folder, and the others searched and written there."""
    measure = partial(best_so_far, metric=metric)
    return outcomes(trials, measure, folder, n_workers, is_curve)


def is_curve(trial: Trial, found: object) -> bool:
    """Whether what a file holds is a curve of that trial."""
    if not isinstance(found, list) or len(found) != trial.budget:
        return False
    return all(isinstance(one, int | float) for one in found)


def outcomes(
    trials: Sequence[Trial],
    measure: Callable[[Trial], T],
    folder: Path,
    n_workers: int,
    is_sound: Callable[[Trial, Any], bool],
) -> dict[Trial, T]:
    """What a search of each trial yields: read from the folder, or searched and written there.

    Args:
        measure: Does the search, in a process of its own; what it returns is plain data.
        is_sound: Whether plain data is what that returns; what a file holds else is done again.

    Raises:
        UsageError: If a search cannot go on, or its process is killed; what is found is kept.
        KeyboardInterrupt: On Ctrl-C, or a cluster's wish to stop; what is found is kept.
    """
    folder.mkdir(parents=True, exist_ok=True)
    bases = bases_of(trials)
    read = ((one, _read(folder / one.name, bases[one])) for one in trials)
    found: dict[Trial, T] = {one: content for one, content in read if is_sound(one, content)}
    missing = [one for one in trials if one not in found]
    if missing:
        context = multiprocessing.get_context("spawn")
        pool = ProcessPoolExecutor(n_workers, context, begin_worker)
        with stopped_alike(), pool, _bar() as bar:
            task = bar.add_task("searches", total=len(trials), completed=len(found))
            try:
                with _deaf_when_started():
                    futures = {pool.submit(measure, one): one for one in missing}
                for future in as_completed(futures):
                    one = futures[future]
                    found[one] = _result(future, one)
                    _write(folder / one.name, bases[one], found[one])
                    bar.advance(task)
            except BaseException:
                _end(pool)
                raise
    return found


@contextmanager
def _deaf_when_started() -> Iterator[None]:
    """Have processes that are started meanwhile deaf to Ctrl-C while they import what they need."""
    resource_tracker.ensure_running()  # it would lift the block
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def begin_worker() -> None:
    """Begin a process that searches, with one thread."""
    os.environ["OMP_NUM_THREADS"] = "1"  # before torch is loaded: sums as in a session, and no
    workers.begin_worker()  # threads of small networks that wait for each other, 80 times as long


def _result(future: Future[T], trial: Trial) -> T:
    try:
        return future.result()
    except (AgentError, RewardError, UnmeasuredError) as error:
        raise UsageError(f"agent={trial.agent} seed={trial.seed}: {error}") from error
    except BrokenProcessPool as error:
        raise UsageError(
            f"{WORKER_DIED}; finished searches are kept: the same command goes on"
        ) from error


def _end(pool: ProcessPoolExecutor) -> None:
    """End the workers at once: nobody waits minutes for searches that are thrown away."""
    for process in list((pool._processes or {}).values()):  # noqa: SLF001
        process.terminate()
    pool.shutdown(wait=True, cancel_futures=True)


def _bar() -> Progress:
    return Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    )


def bases_of(trials: Sequence[Trial]) -> dict[Trial, str]:
    """Digest of all that each one's curve follows from, besides what its file is named by.

    That is the problem (the application's content, what designs cost, the space), the reward, the
    agent's settings, and what it begins with; not where the latter lies.
    """
    alike = {one: _basis(settings_from(one.typed)) for one in {replace(t, seed=0) for t in trials}}
    return {one: alike[replace(one, seed=0)] for one in trials}


def _basis(settings: RunSettings) -> str:
    plain = without_search(settings.model_dump(mode="json", by_alias=True))
    source = plain["agent"].get("init")
    if source is not None:
        learnt = checkpoint_of(Path(source)).read_bytes()
        plain["agent"]["init"] = hashlib.sha256(learnt).hexdigest()
    return digest([VERSION, problem_of(settings).context, plain])


def _read(path: Path, basis: str) -> Any:  # noqa: ANN401 (what `_write` was given)
    """The outcome in a file; None if it is not there, broken, or follows from something else."""
    try:
        content = json.loads(path.read_text("utf-8"))
        return content["found"] if content["basis"] == basis else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _write(path: Path, basis: str, found: object) -> None:
    replace_text(path, json.dumps({"basis": basis, "found": found}) + "\n")
