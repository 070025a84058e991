"""One evaluator, one design: the evaluation, whatever becomes of it."""

import math
import time
from collections.abc import Iterator
from dataclasses import replace

from envs.evaluation import Evaluation, InfeasibleError, Metrics
from envs.evaluators import BatchEvaluator, Evaluator, Outcome, StagedEvaluator
from envs.space import Choices
from envs.store import digest


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
