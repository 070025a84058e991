"""Who evaluates designs for a search: processes of this machine, or others of the same form."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from multiprocessing import forkserver, resource_tracker
from multiprocessing.process import BaseProcess
from typing import Protocol

from configs import catalog
from envs.evaluation import Evaluation
from envs.evaluators import Evaluator
from envs.judgement import judge
from envs.space import Choices


class Workers(Protocol):
    """Evaluate designs elsewhere; how many there are changes no outcome."""

    def outcomes(
        self, evaluator: Evaluator, missing: Mapping[str, Choices], seed: int
    ) -> Iterator[tuple[str, Evaluation]]:
        """Yield the evaluation of every design under its key, each as soon as it is known.

        Raises:
            BrokenProcessPool: If a worker died, and nobody else could do its work.
        """
        ...

    def close(self) -> None:
        """End them at once; what they were computing is lost."""
        ...


class ProcessWorkers:
    """Processes of this machine, started when first needed."""

    def __init__(self, n: int) -> None:
        self._n = n
        self._pool: ProcessPoolExecutor | None = None

    def outcomes(
        self, evaluator: Evaluator, missing: Mapping[str, Choices], seed: int
    ) -> Iterator[tuple[str, Evaluation]]:
        """Yield evaluations as they come; one that fails is told after those under way."""
        futures = self._submitted(evaluator, missing, seed)
        failed: Future[Evaluation] | None = None
        for future in as_completed(futures):
            if future.cancelled():
                continue
            if future.exception() is None:
                yield futures[future], future.result()
            elif failed is None:
                failed = future
                _cancel(futures)
        if failed is not None:
            failed.result()

    def _submitted(
        self, evaluator: Evaluator, missing: Mapping[str, Choices], seed: int
    ) -> dict[Future[Evaluation], str]:
        pool = self._started_pool()
        try:
            return {
                pool.submit(judge, evaluator, choices, seed): key
                for key, choices in missing.items()
            }
        except KeyboardInterrupt:  # perhaps while a worker starts
            _end_forkserver()
            raise

    def _started_pool(self) -> ProcessPoolExecutor:
        if self._pool is None:
            context = multiprocessing.get_context("forkserver")
            context.set_forkserver_preload(["envs.accuracy"])
            _start_forkserver()
            self._pool = ProcessPoolExecutor(
                self._n, context, _begin_worker, (os.environ.get(catalog.OWN),)
            )
        return self._pool

    def close(self) -> None:
        """End the processes at once."""
        if self._pool is not None:
            for process in list((self._pool._processes or {}).values()):  # noqa: SLF001
                process.terminate()
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None


def _cancel(futures: Iterable[Future[Evaluation]]) -> None:
    for future in futures:
        future.cancel()


def _start_forkserver() -> None:
    """Start the process that workers are forked from, deaf to Ctrl-C while it still imports."""
    resource_tracker.ensure_running()  # it would lift the block
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        forkserver.ensure_running()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _end_forkserver() -> None:
    """End it before it forks a worker that nobody knows of any more."""
    process = forkserver._forkserver._forkserver_pid  # type: ignore[attr-defined]  # noqa: SLF001
    if process is not None:
        os.kill(process, signal.SIGKILL)


def _begin_worker(folder: str | None) -> None:
    """Begin with the user's folder of this command: what it is forked from may be older."""
    os.environ.pop(catalog.OWN, None)
    if folder is not None:
        os.environ[catalog.OWN] = folder
    begin_worker()


def begin_worker() -> None:
    """Leave Ctrl-C to the parent, and end when the parent is gone, even if it was killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_follow, args=(parent,), daemon=True).start()


def _follow(parent: BaseProcess) -> None:
    parent.join()
    os._exit(1)
