"""One policy for the whole front."""

import numpy as np
import torch

from agents.loop import Search, fresh
from agents.making import make_agent
from agents.reinforce_mo import ReinforceMo
from agents.usage import settings_from
from envs.assembly import make_problem
from envs.problem import Problem
from envs.service import EvaluationService
from envs.store import EvaluationStore


def searched(name: str, budget: int, seed: int) -> float:
    """Hypervolume of a search."""
    chosen = settings_from(["env=toy", f"agent={name}", f"seed={seed}"])
    problem = make_problem(chosen)
    service = EvaluationService(problem.evaluator, EvaluationStore(), seed)
    state = Search(problem, make_agent(chosen, problem), service, budget).run(fresh(problem))
    return state.archive.hypervolume()


def made(*typed: str) -> tuple[Problem, ReinforceMo]:
    chosen = settings_from(["env=toy", "agent=reinforce_mo", *typed])
    problem = make_problem(chosen)
    agent = make_agent(chosen, problem)
    assert isinstance(agent, ReinforceMo)
    return problem, agent


def losses(problem: Problem, designs: list[tuple[int, ...]]) -> np.ndarray:
    decoded = [problem.space.decode(one) for one in designs]
    found = EvaluationService(problem.evaluator, EvaluationStore()).evaluate_many(decoded)
    return np.array([problem.losses(one) for one in found])


def trained(problem: Problem, agent: ReinforceMo, n: int) -> None:
    service = EvaluationService(problem.evaluator, EvaluationStore())
    for _ in range(n):
        asked = agent.ask(agent.batch_size)
        found = service.evaluate_many([problem.space.decode(one) for one in asked])
        agent.tell(asked, [agent.judge(problem, one) for one in found])


def drawn_for(agent: ReinforceMo, weights: list[float], n: int = 200) -> list[tuple[int, ...]]:
    with torch.no_grad():
        state = agent.policy.state_for(torch.tensor([weights]).expand(n, -1))
    drawn = agent.policy.sample(n, torch.Generator().manual_seed(0), state)
    return [tuple(row) for row in drawn.tolist()]


def test_it_covers_more_of_the_front_than_random_search() -> None:
    found = sum(searched("reinforce_mo", 200, seed) for seed in range(3))
    assert found > sum(searched("random", 200, seed) for seed in range(3))


def test_by_its_rewards_alone_it_learns_what_weights_ask_for() -> None:
    """Without imitation or entropy, what it draws for one objective is good in that one."""
    problem, agent = made(
        "agent.merge=weighted",
        "agent.n_redraws=0",
        "agent.n_imitated=0",
        "agent.entropy_weight=0",
        "agent.learning_rate=0.02",
    )
    trained(problem, agent, 50)
    quality, energy = [1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0]
    for_quality = losses(problem, drawn_for(agent, quality)).mean(axis=0)
    for_energy = losses(problem, drawn_for(agent, energy)).mean(axis=0)
    assert for_quality[0] < 0.8 * for_energy[0]
    assert for_energy[1] < 0.8 * for_quality[1]


def test_what_it_hears_of_is_imitated_for_the_weights_that_it_suits() -> None:
    problem, agent = made("agent.imitation_weight=1000", "agent.batch_size=1")
    low, high = (0,) * problem.space.n_decisions, tuple(problem.space.n_choices - 1)
    agent.hear_of([low, tuple(map(int, high))], [(0.9, 0.0, 0.0, 0.0), (0.0, 0.9, 0.9, 0.9)])
    for _ in range(60):
        agent.tell(agent.ask(1), [(1.0, 1.0, 1.0, 1.0)])
    assert drawn_for(agent, [0.0, 0.4, 0.3, 0.3]).count(low) > 100
    assert drawn_for(agent, [1.0, 0.0, 0.0, 0.0]).count(high) > 100


def test_worth_is_a_sum_or_the_worst() -> None:
    weights, values = torch.tensor([[0.5, 0.5, 0.0, 0.0]]), torch.tensor([[[0.2, 0.6, 1.0, 1.0]]])
    _, weighted = made("agent.merge=weighted")
    _, chebyshev = made("agent.merge=chebyshev")
    torch.testing.assert_close(weighted._worth(weights, values), torch.tensor([[0.6]]))
    torch.testing.assert_close(chebyshev._worth(weights, values), torch.tensor([[0.7]]))


def test_what_cannot_be_is_never_imitated() -> None:
    _, agent = made()
    agent.hear_of([(0, 0, 0)], [(float("inf"),) * 4])
    assert agent.state_dict()["front"] == []
