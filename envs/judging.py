"""What every environment of a problem shares: how a design is judged, and who judges it."""

from typing import Any, Literal, Protocol, TypeVar

import gymnasium as gym
import numpy as np
from numpy.typing import NDArray

from envs.evaluation import Evaluation
from envs.problem import Problem
from envs.service import EvaluationService
from envs.space import Choices
from envs.store import EvaluationStore

RewardMode = Literal["scalar", "vector"]
Observation = NDArray[np.float32]
Action = TypeVar("Action")


class DesignJudge(Protocol):
    """Who judges designs for an environment."""

    def evaluate(self, choices: Choices) -> Evaluation:
        """Evaluate one design."""
        ...

    def close(self) -> None:
        """End what it has begun."""
        ...


class JudgingEnv(gym.Env[Observation, Action]):
    """Has designs of a problem judged; what a step is, its subclasses say.

    Args:
        service: Judges designs; by default one of its own, with a store in memory.
        reward_mode: ``scalar``, or ``vector``: one value per objective, in [0, 1].
    """

    metadata = {"render_modes": ["ansi"], "render_fps": 1}  # noqa: RUF012 (the type of Gymnasium's own attribute)

    def __init__(
        self,
        problem: Problem,
        *,
        service: DesignJudge | None = None,
        reward_mode: RewardMode = "scalar",
        render_mode: str | None = None,
    ) -> None:
        self.problem = problem
        self.space = problem.space
        self.render_mode = render_mode
        self.service: DesignJudge = service or EvaluationService(
            problem.evaluator, EvaluationStore()
        )
        self.reward_space = gym.spaces.Box(0.0, 1.0, (len(problem.objectives),), np.float32)
        self.reward_mode = reward_mode

    def close(self) -> None:
        """End the evaluation service."""
        self.service.close()

    def _score(self, evaluation: Evaluation, penalty: float = 0.0) -> float:
        """The reward of a design, less a penalty; its vector (which Gymnasium has no type for)."""
        if self.reward_mode == "scalar":
            return self.problem.score(evaluation) - penalty
        return self.problem.score_vector(evaluation) - np.float32(penalty)  # type: ignore[return-value]


def describe(evaluation: Evaluation) -> dict[str, Any]:
    """The entries of ``info`` that tell of an evaluation."""
    info: dict[str, Any] = {
        "design": dict(evaluation.choices),
        "metrics": dict(evaluation.metrics),
    }
    if evaluation.infeasible is not None:
        info["infeasible"] = evaluation.infeasible
    return info
