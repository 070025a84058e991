"""A search problem: what may be chosen, how it is judged, what counts as good."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from envs.evaluation import Evaluation, Metrics
from envs.evaluators import Evaluator
from envs.objectives import Objective, losses
from envs.rewards import Reward, RewardError, rewarded
from envs.space import Choices, SearchSpace


class UnmeasuredError(ValueError):
    """An evaluation without a metric that is to be judged; the message names who measured."""


@dataclass(frozen=True)
class Problem:
    """What every agent and every environment of one search shares.

    Attributes:
        infeasible_reward: Reward of a design that cannot be.
        first: A design to begin with; None if there is none, or agents of this problem know it.
    """

    name: str
    space: SearchSpace
    evaluator: Evaluator
    reward: Reward
    objectives: tuple[Objective, ...]
    infeasible_reward: float = 0.0
    first: Choices | None = None

    @property
    def context(self) -> dict[str, Any]:
        """Plain data on which a search depends, besides its agent and the reward."""
        return {
            "evaluator": self.evaluator.context,
            "space": {d.name: [*d.choices, d.given] for d in self.space.decisions},
            "references": {o.metric: o.reference for o in self.objectives},
        }

    def score(self, evaluation: Evaluation) -> float:
        """Return the scalar reward of an evaluation.

        Raises:
            RewardError: If the reward, which may be a user's own, fails or gives no finite number.
            UnmeasuredError: If an objective was not measured.
        """
        if evaluation.infeasible is not None:
            return self.infeasible_reward
        try:
            return rewarded(self.reward, evaluation.metrics)
        except RewardError as error:
            if isinstance(error.__cause__, KeyError):  # which may be no fault of the reward's
                self._check_measured(evaluation.metrics)
            raise

    def losses(self, evaluation: Evaluation) -> NDArray[np.float64]:
        """Return the losses of a feasible evaluation, shape ``(n_objectives,)``.

        Raises:
            UnmeasuredError: If an objective was not measured.
        """
        self._check_measured(evaluation.metrics)
        return losses(self.objectives, evaluation.metrics)

    def score_vector(self, evaluation: Evaluation) -> NDArray[np.float32]:
        """Return one reward per objective in [0, 1]: 1 minus the loss; zeros if infeasible."""
        if evaluation.infeasible is not None:
            return np.zeros(len(self.objectives), np.float32)
        return np.clip(1.0 - self.losses(evaluation), 0.0, 1.0).astype(np.float32)

    def _check_measured(self, metrics: Metrics) -> None:
        lacking = [one.metric for one in self.objectives if one.metric not in metrics]
        if lacking:
            raise UnmeasuredError(
                f"{type(self.evaluator).__name__} returns no {', '.join(lacking)}, which is to be "
                f"judged; it returns: {', '.join(metrics)}"
            )
