"""The only search loop: ask, evaluate, tell, until the budget of designs is spent."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from agents.base import Agent, Heard, Judge, design_of
from envs.evaluation import Evaluation
from envs.evaluators import CimCost, Pipeline
from envs.pareto import ParetoArchive
from envs.problem import Problem
from envs.service import EvaluationService
from envs.space import Choices

STALE_BATCHES = 50  # batches without a new design after which a search counts as converged


@dataclass
class SearchState:
    """What a search has seen.

    Attributes:
        is_complete: Whether the agent had nothing more to propose.
        visits: (key, reward) of every proposal, in order.
        seen: Keys of the designs evaluated; their number is what the budget counts.
        best: Reward and evaluation of the best feasible design.
        n_learnt: Proposals that the agent has learnt from; the rest end a budget in mid-batch.
    """

    archive: ParetoArchive
    visits: list[tuple[str, float]] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    best: tuple[float, Evaluation] | None = None
    n_stale: int = 0
    n_learnt: int = 0
    is_complete: bool = False

    def record(self, problem: Problem, key: str, evaluation: Evaluation) -> float:
        """Take in one proposal; return its reward."""
        reward = problem.score(evaluation)
        self.visits.append((key, reward))
        if key in self.seen:
            return reward
        self.seen.add(key)
        if evaluation.infeasible is None:
            self.archive.add(problem.losses(evaluation), (reward, evaluation))
            if self.best is None or reward > self.best[0]:
                self.best = (reward, evaluation)
        return reward


class Observer(Protocol):
    """Watches a search."""

    def on_evaluation(self, evaluation: Evaluation) -> None:
        """One new design has been evaluated and stored; in no fixed order."""
        ...

    def on_batch(self, state: SearchState, curves: dict[str, float]) -> None:
        """A batch is recorded; ``curves`` are the agent's, unless the budget ended within it."""
        ...


@dataclass(frozen=True)
class Search:
    """A problem, who searches it, and where designs are evaluated."""

    problem: Problem
    agent: Agent
    service: EvaluationService
    budget: int
    observers: Sequence[Observer] = ()

    @property
    def patience(self) -> str:
        """What has to bring nothing new for the search to end."""
        return f"{STALE_BATCHES} batches"

    def run(self, state: SearchState) -> SearchState:
        """Search until ``budget`` designs are evaluated, or nothing new is proposed any more."""
        while len(state.seen) < self.budget and state.n_stale < STALE_BATCHES:
            if not self._batch(state):
                break
        return state

    def _batch(self, state: SearchState) -> bool:
        """Evaluate what the budget allows of a batch; have the agent learn from a whole one only.

        After a part the agent is as before, so that with a larger budget it proposes the same
        batch again, and the search is the one that had that budget from the start.

        Returns:
            Whether the agent had anything to propose.
        """
        before = self.agent.state_dict()
        proposals = self.agent.ask(self.agent.batch_size)
        if not proposals:
            state.is_complete = True
            return False
        designs = [design_of(proposal, self.problem.space) for proposal in proposals]
        n_before = len(state.seen)
        rewards = self._rewards(designs[: self._n_affordable(designs, state)], state)
        curves: dict[str, float] = {}
        if len(rewards) == len(proposals):
            state.n_stale = 0 if len(state.seen) > n_before else state.n_stale + 1
            curves = self.agent.tell(proposals, rewards) or {}  # a beginner's has no `return`
            state.n_learnt = len(state.visits)
        else:
            self.agent.load_state_dict(before)
        for observer in self.observers:
            observer.on_batch(state, curves)
        return True

    def _n_affordable(self, designs: Sequence[Choices], state: SearchState) -> int:
        """Number of leading designs that can be seen without exceeding the budget."""
        seen = set(state.seen)
        for n, choices in enumerate(designs):
            seen.add(self.service.key(choices))
            if len(seen) > self.budget:
                return n
        return len(designs)

    def _rewards(self, designs: Sequence[Choices], state: SearchState) -> Sequence[Heard]:
        evaluations = self.service.evaluate_many(designs, self._arrived)
        rewards = [
            state.record(self.problem, self.service.key(choices), evaluation)
            for choices, evaluation in zip(designs, evaluations, strict=True)
        ]
        if isinstance(self.agent, Judge):
            return [self.agent.judge(self.problem, evaluation) for evaluation in evaluations]
        return rewards

    def _arrived(self, evaluation: Evaluation) -> None:
        for observer in self.observers:
            observer.on_evaluation(evaluation)


def replayed(
    problem: Problem, service: EvaluationService, visits: Sequence[tuple[int, str, float]]
) -> SearchState:
    """Rebuild the state of a search from its stored visits."""
    state = SearchState(ParetoArchive(len(problem.objectives)))
    for _, key, _ in visits:
        evaluation = service.store.get(key)
        if evaluation is None:
            raise LookupError(f"visit of an evaluation that is not stored: {key}")
        state.record(problem, key, evaluation)
    state.n_learnt = len(state.visits)
    return state


def fresh(problem: Problem) -> SearchState:
    """The state of a search that has seen nothing."""
    return SearchState(ParetoArchive(len(problem.objectives)))


def priced_design(problem: Problem, evaluation: Evaluation) -> dict[str, Any] | None:
    """What `python -m hwmodels.estimate` needs to price a design as the search did."""
    pipeline = problem.evaluator
    if not isinstance(pipeline, Pipeline) or not isinstance(pipeline.stages[0], CimCost):
        return None
    cost, design = pipeline.stages[0], pipeline.build(dict(evaluation.choices))
    return {"model": cost.model, "technology": cost.technology, **design.to_json()}


def told_design(problem: Problem, reward: float, evaluation: Evaluation) -> dict[str, Any]:
    """A design that was found, as plain data."""
    return {
        "reward": reward,
        "metrics": dict(evaluation.metrics),
        "design": dict(evaluation.choices),
        "priced": priced_design(problem, evaluation),
    }


def summary_of(problem: Problem, state: SearchState) -> dict[str, Any]:
    """What a search found, as plain data."""
    return {
        "problem": problem.name,
        "best": told_design(problem, *state.best) if state.best else None,
        "evaluations": len(state.seen),
        "proposals": len(state.visits),
        "front_size": len(state.archive.items),
        "hypervolume": state.archive.hypervolume(),
    }
