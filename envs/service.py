"""Evaluates designs: from the store if known, else here or by workers."""

from collections.abc import Callable, Iterator, Sequence

from envs.evaluation import Evaluation
from envs.evaluators import BatchEvaluator, Evaluator
from envs.judgement import judge, judge_many
from envs.sharing import Sharing
from envs.space import Choices
from envs.store import EvaluationStore, digest
from envs.workers import ProcessWorkers, Workers

Listener = Callable[[Evaluation], None]


class EvaluationService:
    """Turns choices into evaluations; each design is computed once.

    The outcome of a design depends on its choices and the seed alone, never on the number of
    workers or the order of the calls.

    Args:
        workers: Who evaluates, or how many processes of this machine do; 0 evaluates in this one.
            A cheap evaluator is always called in this process, and so is one that takes many
            designs at once, and a quick one (``is_quick``) for a single design.
    """

    def __init__(
        self,
        evaluator: Evaluator,
        store: EvaluationStore,
        seed: int = 0,
        workers: Workers | int = 0,
    ) -> None:
        self.evaluator = evaluator
        self.store = store
        self.seed = seed
        self._context = digest({"evaluator": evaluator.context, "seed": seed})
        self._together = evaluator if isinstance(evaluator, BatchEvaluator) else None
        self.workers = None if evaluator.is_cheap else made(workers)
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
        if self.workers is None or is_light:
            for key, choices in missing.items():
                yield key, judge(self.evaluator, choices, self.seed)
            return
        yield from self.workers.outcomes(self.evaluator, missing, self.seed)

    def close(self) -> None:
        """End the workers at once; what they were computing is lost."""
        if self.workers is not None:
            self.workers.close()


def made(workers: Workers | int) -> Workers | None:
    """Those that are given, or so many processes of this machine; None for none."""
    if isinstance(workers, int):
        return ProcessWorkers(workers) if workers else None
    return workers
