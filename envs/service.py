"""Evaluates designs: from the store if known, else here or in worker processes."""

import math
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from dataclasses import replace
from multiprocessing import forkserver, resource_tracker
from multiprocessing.process import BaseProcess

from envs.evaluation import Evaluation, InfeasibleError, Metrics
from envs.evaluators import BatchEvaluator, Evaluator, Outcome, StagedEvaluator
from envs.sharing import Sharing
from envs.space import Choices
from envs.store import EvaluationStore, digest

Listener = Callable[[Evaluation], None]


class EvaluationService:
    """Turns choices into evaluations; each design is computed once.

    The outcome of a design depends on its choices and the seed alone, never on the number of
    workers or the order of the calls.

    Args:
        n_workers: Processes to evaluate in; 0 evaluates in this one. A cheap evaluator is always
            called in this process, and so is one that takes many designs at once, and a quick one
            (``is_quick``) for a single design.
    """

    def __init__(
        self, evaluator: Evaluator, store: EvaluationStore, seed: int = 0, n_workers: int = 0
    ) -> None:
        self.evaluator = evaluator
        self.store = store
        self.seed = seed
        self._context = digest({"evaluator": evaluator.context, "seed": seed})
        self._together = evaluator if isinstance(evaluator, BatchEvaluator) else None
        self._n_workers = 0 if evaluator.is_cheap else n_workers
        self._pool: ProcessPoolExecutor | None = None
        self._sharing: Sharing | None = None

    def share(self, sharing: Sharing) -> None:
        """Take what other searches have evaluated, and give them what is evaluated here."""
        self._sharing = sharing

    def key(self, choices: Choices) -> str:
        """Return the key of a design under this evaluator and seed."""
        return digest({"choices": dict(choices), "context": self._context})

    def evaluate(self, choices: Choices) -> Evaluation:
        """Evaluate one design."""
        return self.evaluate_many([choices])[0]

    def evaluate_many(
        self, designs: Sequence[Choices], listener: Listener | None = None
    ) -> list[Evaluation]:
        """Evaluate designs, and return the outcomes in the same order.

        Args:
            listener: Is told each new evaluation as it arrives, once it is in the store.
        """
        keys = [self.key(choices) for choices in designs]
        found = {key: self.store.get(key) for key in keys}
        missing = {
            key: choices for key, choices in zip(keys, designs, strict=True) if found[key] is None
        }
        for key, evaluation in self._compute(missing):
            self.store.put(key, evaluation)
            found[key] = evaluation
            if listener:
                listener(evaluation)
        return [known for key in keys if (known := found[key])]

    def _compute(self, missing: dict[str, Choices]) -> Iterator[tuple[str, Evaluation]]:
        if self._sharing is None:
            return self._computed(missing)
        part = getattr(self.evaluator, "part", "whole")  # where a batch is halved
        return self._sharing.outcomes(missing, [self._context, part], self._computed)

    def _computed(self, missing: dict[str, Choices]) -> Iterator[tuple[str, Evaluation]]:
        if self._together is not None:
            yield from judge_many(self._together, missing)
            return
        is_light = len(missing) == 1 and getattr(self.evaluator, "is_quick", False)
        if not self._n_workers or is_light:
            for key, choices in missing.items():
                yield key, judge(self.evaluator, choices, self.seed)
            return
        futures = self._submitted(missing)
        for future in as_completed(futures):
            yield futures[future], future.result()

    def _submitted(self, missing: dict[str, Choices]) -> dict[Future[Evaluation], str]:
        pool = self._started_pool()
        try:
            return {
                pool.submit(judge, self.evaluator, choices, self.seed): key
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
            self._pool = ProcessPoolExecutor(self._n_workers, context, initializer=begin_worker)
        return self._pool

    def close(self) -> None:
        """End the workers at once; what they were computing is lost."""
        if self._pool is not None:
            for process in list((self._pool._processes or {}).values()):  # noqa: SLF001
                process.terminate()
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None


def check_finite(metrics: Metrics) -> None:
    """Refuse metrics that no objective can compare.

    Raises:
        InfeasibleError: If one is NaN or infinite; it is left out of what was measured.
    """
    odd = [name for name, value in metrics.items() if not math.isfinite(value)]
    if odd:
        sound = {name: value for name, value in metrics.items() if name not in odd}
        raise InfeasibleError(f"{odd[0]} is {metrics[odd[0]]}, not a finite number", sound)


def judge(evaluator: Evaluator, choices: Choices, seed: int) -> Evaluation:
    """Evaluate one design; a design that cannot be is an evaluation too, with its reason."""
    start = time.perf_counter()
    # the same design gets the same stream whenever and wherever it is evaluated
    design_seed = int(digest({"choices": dict(choices), "seed": seed})[:15], 16)
    if isinstance(evaluator, StagedEvaluator):
        found = evaluator.staged(choices, design_seed)
    else:
        found = _judged(evaluator, choices, design_seed)
    return replace(_checked(found), wall_s=time.perf_counter() - start)


def _judged(evaluator: Evaluator, choices: Choices, seed: int) -> Evaluation:
    try:
        return Evaluation(dict(choices), evaluator(choices, seed))
    except InfeasibleError as error:
        return Evaluation(dict(choices), error.metrics, str(error))


def _checked(found: Evaluation) -> Evaluation:
    """The evaluation, infeasible if a metric is no number."""
    if found.infeasible is not None:
        return found
    try:
        check_finite(found.metrics)
    except InfeasibleError as error:
        return replace(found, metrics=error.metrics, infeasible=str(error))
    return found


def judge_many(
    evaluator: BatchEvaluator, missing: dict[str, Choices]
) -> Iterator[tuple[str, Evaluation]]:
    """Evaluate designs together; each one's time is what passed since the one before."""
    outcomes = evaluator.evaluate_many(list(missing.values()))
    start = time.perf_counter()
    for (key, choices), outcome in zip(missing.items(), outcomes, strict=True):
        try:
            metrics, reason = _finite(outcome), None
        except InfeasibleError as error:
            metrics, reason = error.metrics, str(error)
        end = time.perf_counter()
        yield key, Evaluation(dict(choices), metrics, reason, end - start)
        start = end


def _finite(outcome: Outcome) -> Metrics:
    if isinstance(outcome, InfeasibleError):
        raise outcome
    check_finite(outcome)
    return outcome


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


def begin_worker() -> None:
    """Leave Ctrl-C to the parent, and end when the parent is gone, even if it was killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_follow, args=(parent,), daemon=True).start()


def _follow(parent: BaseProcess) -> None:
    parent.join()
    os._exit(1)
