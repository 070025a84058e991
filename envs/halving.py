"""Successive halving over epochs: all designs of a batch train briefly, the best of them whole."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

from envs.evaluation import Evaluation
from envs.evaluators import Evaluator, Pipeline, TrainedAccuracy
from envs.kept_weights import most_accurate
from envs.service import EvaluationService, Listener
from envs.space import Choices
from envs.store import EvaluationStore

EPOCHS = "epochs"  # metric: how long a design was trained


def service_of(
    evaluator: Evaluator, store: EvaluationStore, seed: int, n_workers: int
) -> EvaluationService:
    """The service that the evaluator asks for: one that halves, or one that does not."""
    if _training(evaluator) is None:
        return EvaluationService(evaluator, store, seed, n_workers)
    return HalvingService(evaluator, store, seed, n_workers)


class HalvingService(EvaluationService):
    """Trains the best of a batch whole, and the others briefly, which is then their outcome.

    Which designs are trained whole depends on the batch they come in, but not on workers, order or
    what is known already; the figures of those that are do not depend on it at all, as they begin
    anew. The metric ``epochs`` tells how long each was trained.
    """

    def __init__(
        self, evaluator: Evaluator, store: EvaluationStore, seed: int = 0, n_workers: int = 0
    ) -> None:
        super().__init__(evaluator, store, seed, n_workers)
        assert isinstance(evaluator, Pipeline)  # noqa: S101 (service_of)
        training = evaluator.stages[-1]
        assert isinstance(training, TrainedAccuracy)  # noqa: S101 (service_of)
        assert training.halving is not None  # noqa: S101 (service_of)
        self._plan, self._epochs = training.halving, training.recipe[EPOCHS]
        brief = replace(training, recipe=training.recipe | {EPOCHS: self._plan.epochs})
        # what is known already keeps the weights that it has
        outcomes, ways = EvaluationStore(), (brief, replace(brief, keep_in=None))
        # not in the store, whose evaluations are those that the search has seen
        self._brief, self._brief_again = (
            EvaluationService(_ending_with(one, evaluator), outcomes, seed, n_workers)
            for one in ways
        )

    def evaluate_many(
        self, designs: Sequence[Choices], listener: Listener | None = None
    ) -> list[Evaluation]:
        """Evaluate a batch; outcomes come in the same order."""
        batch = {self.key(one): one for one in designs}
        missing = [key for key in batch if self.store.get(key) is None]
        if missing:
            brief = self._briefly(batch, set(missing))
            best = self._best(brief)
            for key in missing:
                if key not in best:
                    self._settle(key, _told(brief[key], self._plan.epochs), listener)
        return super().evaluate_many(designs, listener)

    def _briefly(self, batch: dict[str, Choices], missing: set[str]) -> dict[str, Evaluation]:
        """Outcomes of the first training of a batch, in its order."""
        found: dict[str, Evaluation] = {}
        for service, is_new in ((self._brief, True), (self._brief_again, False)):
            keys = [key for key in batch if (key in missing) is is_new]
            found |= dict(
                zip(keys, service.evaluate_many([batch[key] for key in keys]), strict=True)
            )
        return {key: found[key] for key in batch}

    def _compute(self, missing: dict[str, Choices]) -> Iterator[tuple[str, Evaluation]]:
        for key, evaluation in super()._compute(missing):
            yield key, _told(evaluation, self._epochs)

    def _best(self, brief: dict[str, Evaluation]) -> set[str]:
        """Keys of the designs to be trained whole."""
        n = math.ceil(self._plan.share * len(brief))
        chosen = {id(one) for one in most_accurate(brief.values(), n)}
        return {key for key, one in brief.items() if id(one) in chosen}

    def _settle(self, key: str, evaluation: Evaluation, listener: Listener | None) -> None:
        self.store.put(key, evaluation)
        if listener:
            listener(evaluation)

    def close(self) -> None:
        """End the workers at once."""
        self._brief.close()
        self._brief_again.close()
        super().close()


def _ending_with(training: TrainedAccuracy, evaluator: Pipeline) -> Pipeline:
    return replace(evaluator, stages=(*evaluator.stages[:-1], training))


def _training(evaluator: Evaluator) -> TrainedAccuracy | None:
    """The training of an evaluator, if it is to be halved."""
    stage = evaluator.stages[-1] if isinstance(evaluator, Pipeline) else None
    is_halved = isinstance(stage, TrainedAccuracy) and stage.halving is not None
    return stage if is_halved else None  # type: ignore[return-value]


def _told(evaluation: Evaluation, epochs: int) -> Evaluation:
    return replace(evaluation, metrics={**evaluation.metrics, EPOCHS: float(epochs)})
