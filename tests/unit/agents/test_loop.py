from collections.abc import Sequence

import pytest
import torch

from agents.learner import NAMES as LEARNERS
from agents.loop import Search, SearchState, fresh, replayed
from agents.making import make_agent
from agents.morl import NAMES as MORL_LEARNERS
from agents.usage import settings_from
from configs import catalog
from envs.assembly import make_problem
from envs.service import EvaluationService
from envs.store import EvaluationStore

BATCH = 8
BY_MOVES = ("anas", "annealing", "qlearning", "qlearning_linear", "random_walk")
PLACE = {"snasnet": "snasnet"} | dict.fromkeys(BY_MOVES, "ancoef")


def searched(name: str, budgets: Sequence[int]) -> tuple[SearchState, list[tuple[int, ...]]]:
    """Search up to one budget after the other; return what was seen and what would come next."""
    torch.set_num_threads(1)  # as a session does: so small a network is slower on two
    env = PLACE.get(name, "toy")
    typed = [f"env={env}", "env.evaluator=constant", f"agent={name}", f"agent.batch_size={BATCH}"]
    settings = settings_from(typed)
    problem = make_problem(settings)
    agent = make_agent(settings, problem)
    service = EvaluationService(problem.evaluator, EvaluationStore())
    state = fresh(problem)
    for budget in budgets:
        visits = [(step, *visit) for step, visit in enumerate(state.visits[: state.n_learnt])]
        n_stale, state = state.n_stale, replayed(problem, service, visits)
        state.n_stale = n_stale
        Search(problem, agent, service, budget).run(state)
    return state, agent.ask(BATCH)


# learners drive an environment themselves: contract/test_learners.py, contract/test_morl.py
@pytest.mark.parametrize(
    "name", [one for one in catalog.names("agent") if one not in (*LEARNERS, *MORL_LEARNERS)]
)
@pytest.mark.parametrize("budgets", [(10, 20), (3, 5, 20), (16, 20)])
def test_a_larger_budget_goes_on_as_if_it_had_been_larger_from_the_start(
    name: str, budgets: tuple[int, ...]
) -> None:
    (one, after_one), (other, after_other) = (searched(name, b) for b in (budgets, budgets[-1:]))
    assert one.visits == other.visits
    assert len(one.seen) == budgets[-1]
    assert one.n_learnt == other.n_learnt
    assert after_one == after_other


def test_a_budget_is_never_exceeded() -> None:
    for budget in (1, 7, 8, 9, 50):
        state, _ = searched("reinforce", [budget])
        assert len(state.seen) == budget
        assert len(state.visits) - state.n_learnt < BATCH


class Naming:
    """An agent that proposes whole designs, by the names of what they choose."""

    batch_size = 2

    def __init__(self) -> None:
        self.n_asked = 0
        self.heard: list[float] = []

    def ask(self, n: int) -> list[dict[str, int]]:
        first, self.n_asked = self.n_asked, self.n_asked + n
        return [{"toy.width": 8, "toy.waste": i, "toy.error": 0} for i in range(first, first + n)]

    def tell(
        self, proposals: Sequence[dict[str, int]], rewards: Sequence[float]
    ) -> dict[str, float]:
        assert len(proposals) == len(rewards)
        self.heard.extend(rewards)
        return {}

    def state_dict(self) -> dict[str, int]:
        return {"n_asked": self.n_asked}

    def load_state_dict(self, state: dict[str, int]) -> None:
        self.n_asked = state["n_asked"]


def test_a_design_may_be_proposed_by_its_choices() -> None:
    problem = make_problem(settings_from(["env=toy"]))
    agent, state = Naming(), fresh(problem)
    service = EvaluationService(problem.evaluator, EvaluationStore())
    Search(problem, agent, service, 5).run(state)
    designs = [service.store.get(key) for key, _ in state.visits]
    assert [one.choices["toy.waste"] for one in designs if one] == [0, 1, 2, 3, 4]
    assert len(agent.heard) == 4  # the last batch ended with the budget
    assert agent.n_asked == 4
