"""One sitting of a search: build everything, search, write what was found."""

import signal
import sys
import threading
from collections.abc import Sequence
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, closing
from dataclasses import dataclass

import torch
from rich.console import Console

from agents.after import after_search, final_metrics
from agents.ancestor import with_ancestor
from agents.base import AgentError
from agents.coexploring import prepared
from agents.driver import Driver
from agents.exits import FAILED, INTERRUPTED, WORKER_DIED
from agents.findings import Findings
from agents.keeping import WeightsObserver, keeping, n_kept
from agents.logger import logger_of
from agents.loop import Observer, SearchState, fresh
from agents.making import budget_of, make_searcher, search_with, taken_up
from agents.observers import (
    CheckpointObserver,
    CurveObserver,
    ProgressObserver,
)
from agents.outcome import evaluations_of, front_of
from agents.own_failure import told_failure
from agents.probabilities import PROBABILITIES, ProbabilityObserver, Probable
from agents.problems import warn
from agents.ray_cluster import workers_of
from agents.resuming import (
    CheckpointError,
    keep_to_context,
    refuse_lost_store,
    refuse_small_budget,
    restored,
    spent,
)
from agents.rundir import RunDirectory, resume_argument, told_stopped
from agents.saved import FailedSearchError
from agents.saying import say
from agents.settings import RunSettings
from agents.shared import shared_by
from agents.targets import (
    refuse_unmet,
    told_targets,
    wanted_targets,
)
from agents.usage import UsageError
from envs.evaluation import DeviceMemoryError
from envs.evaluators import Pipeline
from envs.halving import service_of
from envs.problem import Problem
from envs.service import EvaluationService
from envs.sharing import Shared, Sharing
from envs.store import DamagedStoreError, EvaluationStore, StoreError


@dataclass(frozen=True)
class Company:
    """Who a search is made with besides itself.

    Attributes:
        observers: Who else watches it.
        shared: Whom it shares evaluations with, where no ``store`` is named.
    """

    observers: Sequence[Observer] = ()
    shared: Shared | None = None


def run_session(
    settings: RunSettings,
    problem: Problem,
    directory: RunDirectory,
    company: Company = Company(),
) -> int:
    """Search, or go on searching; return the exit code.

    Raises:
        UsageError: If the store of the run is broken or was filled under other data, or a user's
            own reward fails on a design.
    """
    refuse_lost_store(directory)
    try:
        return _with_store(settings, problem, directory, company)
    except DamagedStoreError as error:
        raise UsageError(str(error)) from error
    except StoreError as error:
        raise FailedSearchError(error, f": {resume_argument(directory.whole)} goes on") from error


def _with_store(
    settings: RunSettings, problem: Problem, directory: RunDirectory, company: Company
) -> int:
    try:
        store = EvaluationStore(directory.store)
    except StoreError as error:
        raise UsageError(f"{'resume: ' if settings.resume else ''}{error}") from error
    with closing(store):
        keep_to_context(store, problem, directory.path)
        if settings.resume:
            if settings.search.budget is not None:
                refuse_small_budget(store, settings.search.budget)
            directory.keep_changes(settings)
        whole = prepared(problem, directory, Console())
        return _searched(settings, whole, directory, store, company)


def _searched(
    settings: RunSettings,
    problem: Problem,
    directory: RunDirectory,
    store: EvaluationStore,
    company: Company,
) -> int:
    torch.set_num_threads(1)  # the same sums whatever machine; workers take the cores
    evaluator = problem.evaluator
    if n_kept(settings):
        evaluator = keeping(evaluator, directory.path)
    try:
        evaluator = with_ancestor(evaluator, directory.path, Console())
    except DeviceMemoryError as error:
        raise UsageError(f"the ancestor: {error}") from error
    service = service_of(evaluator, store, settings.seed, workers_of(settings))
    with (
        closing(service),
        shared_by(settings, service, directory.whole, company.shared) as sharing,
    ):
        try:
            return _Session(settings, problem, directory, service, sharing).run(company.observers)
        except Exception as error:
            failure = told_failure(settings, directory, error)
            if failure is None:
                raise
            raise failure from error


class _Session:
    def __init__(
        self,
        settings: RunSettings,
        problem: Problem,
        directory: RunDirectory,
        service: EvaluationService,
        sharing: Sharing | None,
    ) -> None:
        self.settings = settings
        self.problem = problem
        self.directory = directory
        self.service = service
        self.sharing = sharing
        self.console = Console()
        self.agent = make_searcher(taken_up(settings), problem)
        self.budget = budget_of(settings, self.agent)
        self.state, wall_s = self._start()
        self.logger = logger_of(settings, directory.path)
        self.checkpoint = CheckpointObserver(
            directory.checkpoint, service.store, self.agent, wall_s
        )

    def _start(self) -> tuple[SearchState, float]:
        """The state to go on from: of the checkpoint, else the beginning (the store is kept)."""
        if not self.settings.resume:
            return fresh(self.problem), 0.0
        if isinstance(self.agent, Driver):
            n_stored = len(self.service.store)
            say(self.console, f"searching again from the start; {n_stored} evaluations are stored")
            return fresh(self.problem), spent(self.directory.checkpoint)
        try:
            return restored(self.directory.checkpoint, self.problem, self.service, self.agent)
        except CheckpointError as error:
            self.agent = make_searcher(self.settings, self.problem)
            say(
                self.console,
                f"{error}: beginning again with the {len(self.service.store)} evaluations "
                "that are stored, to the same result",
            )
            return fresh(self.problem), 0.0

    def run(self, others: Sequence[Observer]) -> int:
        try:
            return self._run(others)
        except BaseException as error:
            self._end_log(is_interrupted=isinstance(error, KeyboardInterrupt))
            raise

    def _run(self, others: Sequence[Observer]) -> int:
        say(self.console, f"run directory: {self.directory.path}")
        warn(self.problem)
        targets = told_targets(self.settings, self.problem)
        if targets:
            say(self.console, targets)
        progress = ProgressObserver(self.console, self.budget, len(self.state.seen))
        curves = CurveObserver(self.directory.path / "tensorboard", len(self.state.visits))
        chances = self._chances()
        observers: list[Observer] = [self.checkpoint, curves, progress, *chances, *self._keepers()]
        observers.extend(others)
        if self.logger is not None:
            observers.append(self.logger)
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, signal.default_int_handler)  # a cluster's Ctrl-C
        search = search_with(self.problem, self.agent, self.service, self.budget, observers)
        closed = ExitStack()  # in the opposite order, and all of them whatever one raises
        for close in (*(one.close for one in chances), curves.close, progress.close):
            closed.callback(close)
        try:
            with closed:
                search.run(self.state)
        except KeyboardInterrupt:
            return self._stopped(progress, "interrupted", INTERRUPTED)
        except AgentError as error:
            raise FailedSearchError(error, f" in {self.directory.path}") from error
        except BrokenProcessPool:
            return self._stopped(progress, WORKER_DIED, FAILED)
        self._finish(search.patience)
        return 0

    def _chances(self) -> list[ProbabilityObserver]:
        if not isinstance(self.agent, Probable):
            return []
        return [ProbabilityObserver(self.directory.path / PROBABILITIES, self.agent)]

    def _keepers(self) -> list[WeightsObserver]:
        pipeline, n = self.problem.evaluator, n_kept(self.settings)
        if not n or not isinstance(pipeline, Pipeline):
            return []
        return [WeightsObserver(self.directory.path, pipeline, self.service.store, n)]

    def _stopped(self, progress: ProgressObserver, why: str, code: int) -> int:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second Ctrl-C changes nothing any more
        progress.close()
        self.service.close()
        self._end_log(is_interrupted=code == INTERRUPTED)
        sys.stderr.write(told_stopped(self.directory.whole, why))
        return code

    def _end_log(self, *, is_interrupted: bool) -> None:
        if self.logger is not None:
            self.logger.stop("KILLED" if is_interrupted else "FAILED")

    def _finish(self, patience: str) -> None:
        self.checkpoint.save(self.state)
        findings = Findings(
            self.settings, self.problem, self.state, evaluations_of(self.state, self.service),
            self.directory, self.console,
        )  # fmt: skip
        summary = findings.write(self.budget, self.checkpoint.wall_s)
        findings.tell(summary, self._remarks(patience))
        more = after_search(self.settings, self.problem, self.state, self.directory, self.console)
        if more:
            self.directory.write_summary(summary | more)
        if self.logger is not None:
            self.logger.finish(summary["best"]["metrics"] if summary["best"] else {})
        front = [evaluation.metrics for _, evaluation in front_of(self.state)]
        refuse_unmet(wanted_targets(self.settings), final_metrics(more) or front)

    def _remarks(self, patience: str) -> list[str]:
        """What was shared, and why the search ended before its budget."""
        remarks = [self.sharing.told] if self.sharing is not None else []
        if not self.state.is_complete and len(self.state.seen) < self.budget:
            remarks.append(f"converged: nothing new in the last {patience}")
        return remarks
