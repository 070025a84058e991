"""Successive halving: all designs of a batch are measured briefly, and the best of them whole."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from envs.evaluation import Evaluation
from envs.evaluators import Evaluator, Pipeline
from envs.joint_evaluator import JointEvaluator
from envs.joint_halving import best_after_short, left_behind, with_short_stages
from envs.kept_weights import most_accurate
from envs.service import EvaluationService, Listener
from envs.sharing import Sharing
from envs.space import Choices
from envs.store import EvaluationStore
from envs.trained_accuracy import TrainedAccuracy
from envs.workers import Workers

EPOCHS = "epochs"  # metric: how long a design was trained


@dataclass(frozen=True)
class HalvingPlan:
    """Who measures a batch briefly, who of it is measured whole, and what becomes of the others.

    Attributes:
        brief: What measures a batch briefly; second, what does so for designs known already.
        rest: What measures the best whole.
        best: The n best of brief outcomes, or fewer.
        settled: The outcome of a design that is not among them.
        whole: The outcome of one that is, from its brief and its whole one.
    """

    share: float
    brief: tuple[Evaluator, Evaluator]
    rest: Evaluator
    best: Callable[[Sequence[Evaluation], int], Sequence[Evaluation]]
    settled: Callable[[Evaluation], Evaluation]
    whole: Callable[[Evaluation, Evaluation], Evaluation]


def service_of(
    evaluator: Evaluator, store: EvaluationStore, seed: int, workers: Workers | int
) -> EvaluationService:
    """The service that the evaluator asks for: one that halves, or one that does not."""
    plan = plan_of(evaluator)
    if plan is None:
        return EvaluationService(evaluator, store, seed, workers)
    return HalvingService(evaluator, plan, store, seed, workers)


class HalvingService(EvaluationService):
    """Measures the best of a batch whole, and the others briefly, which is then their outcome.

    Which designs are measured whole depends on the batch they come in, but not on workers, order or
    what is known already; the figures of those that are do not depend on it at all.
    """

    def __init__(
        self,
        evaluator: Evaluator,
        plan: HalvingPlan,
        store: EvaluationStore,
        seed: int = 0,
        workers: Workers | int = 0,
    ) -> None:
        super().__init__(evaluator, store, seed, workers)
        self._plan = plan
        self.evaluator = plan.rest  # keys stay those of the whole
        self._known: dict[str, Evaluation] = {}
        outcomes = EvaluationStore()
        # not in the store, whose evaluations are those that the search has seen
        self._brief, self._brief_again = (
            EvaluationService(one, outcomes, seed, workers) for one in plan.brief
        )

    def share(self, sharing: Sharing) -> None:
        """Share what is measured; what a batch makes of it is the search's own."""
        super().share(sharing)
        self._brief.share(sharing)
        self._brief_again.share(sharing)

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
                    self._settle(key, self._plan.settled(brief[key]), listener)
            self._known = brief
        return super().evaluate_many(designs, listener)

    def _briefly(self, batch: dict[str, Choices], missing: set[str]) -> dict[str, Evaluation]:
        """Brief outcomes of a batch, in its order."""
        found: dict[str, Evaluation] = {}
        for service, is_new in ((self._brief, True), (self._brief_again, False)):
            keys = [key for key in batch if (key in missing) is is_new]
            found |= dict(
                zip(keys, service.evaluate_many([batch[key] for key in keys]), strict=True)
            )
        return {key: found[key] for key in batch}

    def _compute(self, missing: dict[str, Choices]) -> Iterator[tuple[str, Evaluation]]:
        for key, evaluation in super()._compute(missing):
            yield key, self._plan.whole(self._known[key], evaluation)

    def _best(self, brief: dict[str, Evaluation]) -> set[str]:
        """Keys of the designs to be measured whole."""
        n = math.ceil(self._plan.share * len(brief))
        chosen = {id(one) for one in self._plan.best([*brief.values()], n)}
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


def plan_of(evaluator: Evaluator) -> HalvingPlan | None:
    """How an evaluator is to be halved, if it is."""
    if isinstance(evaluator, JointEvaluator):
        return _joint_plan(evaluator)
    training = _training(evaluator)
    if training is None or not isinstance(evaluator, Pipeline):
        return None
    return _training_plan(evaluator, training)


def _training_plan(evaluator: Pipeline, training: TrainedAccuracy) -> HalvingPlan | None:
    """Few epochs first; the best begin anew. The metric ``epochs`` tells how long each took."""
    assert training.halving is not None  # noqa: S101 (`_training`)
    few, all_ = training.halving.epochs, training.recipe[EPOCHS]
    brief = replace(training, recipe=training.recipe | {EPOCHS: few})
    # what is known already keeps the weights that it has
    ways = _ending_with(brief, evaluator), _ending_with(replace(brief, keep_in=None), evaluator)
    return HalvingPlan(
        training.halving.share,
        ways,
        evaluator,
        most_accurate,
        settled=lambda found: _told(found, few),
        whole=lambda _, found: _told(found, all_),
    )


def _joint_plan(evaluator: JointEvaluator) -> HalvingPlan | None:
    """The cheap stages first; the best by their short accuracy go on, the others are refused."""
    share = evaluator.settings.stages.halving.share
    if share is None:
        return None
    brief = replace(evaluator, part="brief")
    return HalvingPlan(
        share,
        (brief, brief),
        replace(evaluator, part="rest"),
        best_after_short,
        settled=lambda found: left_behind(found, share),
        whole=with_short_stages,
    )


def _ending_with(training: TrainedAccuracy, evaluator: Pipeline) -> Pipeline:
    return replace(evaluator, stages=(*evaluator.stages[:-1], training))


def _training(evaluator: Evaluator) -> TrainedAccuracy | None:
    """The training of an evaluator, if it is to be halved."""
    stage = evaluator.stages[-1] if isinstance(evaluator, Pipeline) else None
    is_halved = isinstance(stage, TrainedAccuracy) and stage.halving is not None
    return stage if is_halved else None  # type: ignore[return-value]


def _told(evaluation: Evaluation, epochs: int) -> Evaluation:
    return replace(evaluation, metrics={**evaluation.metrics, EPOCHS: float(epochs)})
