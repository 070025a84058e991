import numpy as np
import pytest
import torch

from agents.policies import AutoregressivePolicy
from agents.reinforce import Reinforce, ReinforceOptions
from envs.assembly import make_problem
from envs.default_settings import settings_of
from envs.problem import Problem
from envs.service import EvaluationService
from envs.store import EvaluationStore

PAPER = ReinforceOptions(
    batch_size=2,
    learning_rate=0.1,
    optimizer="sgd",
    discount=0.5,
    baseline_decay=0.75,
    entropy_weight=0.0,
    elite_size=0,
    elite_weight=0.0,
    hidden_size=8,
)


@pytest.fixture(scope="module")
def toy() -> Problem:
    return make_problem(settings_of("toy", {}))


@pytest.fixture(scope="module")
def nacim() -> Problem:
    return make_problem(settings_of("nacim", {}))


def test_the_policy_proposes_only_what_masks_allow(nacim: Problem) -> None:
    generator = torch.Generator().manual_seed(0)
    policy = AutoregressivePolicy(nacim.space, 16, generator)
    for actions in policy.sample(200, generator).tolist():
        assert nacim.space.contains(actions)


def test_probabilities_of_all_designs_add_up_to_one(toy: Problem) -> None:
    policy = AutoregressivePolicy(toy.space, 8, torch.Generator().manual_seed(3))
    everything = torch.cartesian_prod(*(torch.arange(n) for n in toy.space.n_choices.tolist()))
    total = policy(everything).log_probabilities.sum(dim=1).exp().sum()
    assert total.item() == pytest.approx(1.0, abs=1e-5)


def test_one_update_is_the_gradient_of_equation_2(toy: Problem) -> None:
    agent = Reinforce(toy.space, PAPER, seed=1)
    agent.tell([(0, 0, 0)], [0.5])  # sets the baseline to 0.5 and moves nothing
    proposals, rewards = [(1, 2, 3), (4, 5, 6)], [1.0, 0.25]
    parameter = agent.policy.biases
    before = parameter.detach().clone()
    decided = agent.policy(torch.tensor(proposals))
    discounts = torch.tensor([0.25, 0.5, 1.0])  # gamma^(T-t), T = 3
    advantages = torch.tensor([0.5, -0.25])  # R_k - b
    objective = (advantages * (discounts * decided.log_probabilities).sum(dim=1)).sum() / 2
    expected = before + 0.1 * torch.autograd.grad(objective, parameter)[0]
    agent.tell(proposals, rewards)
    assert torch.allclose(parameter, expected, atol=1e-7)
    assert not torch.allclose(parameter, before)


def test_the_baseline_is_the_moving_average_of_rewards(toy: Problem) -> None:
    agent = Reinforce(toy.space, PAPER, seed=1)
    agent.tell([(0, 0, 0)], [0.5])
    curves = agent.tell([(1, 2, 3), (4, 5, 6)], [1.0, 0.25])
    # 0.5 -> 0.75 * 0.5 + 0.25 * 1.0 = 0.625 -> 0.75 * 0.625 + 0.25 * 0.25 = 0.53125
    assert curves["baseline"] == pytest.approx(0.53125)


def test_the_elite_is_imitated(toy: Problem) -> None:
    options = ReinforceOptions(2, 0.01, "adam", 1.0, 0.9, 0.0, 1, 1.0, 8)
    agent = Reinforce(toy.space, options, seed=0)
    best, other = (7, 0, 0), (1, 1, 1)
    likelihoods = []
    for _ in range(30):
        agent.tell([best, other], [1.0, 1.0])  # equal rewards: the policy gradient is silent
        found = agent.policy(torch.tensor([best])).log_probabilities.sum()
        likelihoods.append(found.item())
    assert likelihoods[-1] > likelihoods[0] + 0.5


def test_scaling_rewards_changes_no_greedy_ranking(toy: Problem) -> None:
    agents = [Reinforce(toy.space, PAPER, seed=2) for _ in range(2)]
    for agent, scale in zip(agents, (1.0, 3.0), strict=True):
        agent.tell([(0, 0, 0)], [0.0])
        agent.tell([(1, 2, 3), (4, 5, 6)], [scale, -scale])
    found = [agent.policy(torch.tensor([[1, 2, 3], [4, 5, 6]])) for agent in agents]
    orders = [one.log_probabilities.sum(dim=1).argsort().tolist() for one in found]
    assert orders[0] == orders[1]


def rewards_of(problem: Problem, agent: Reinforce, n_batches: int) -> list[float]:
    service = EvaluationService(problem.evaluator, EvaluationStore())
    rewards: list[float] = []
    for _ in range(n_batches):
        proposals = agent.ask(agent.batch_size)
        found = [problem.score(service.evaluate(problem.space.decode(a))) for a in proposals]
        agent.tell(proposals, found)
        rewards += found
    return rewards


def test_it_learns_a_problem_so_easy_that_failing_is_a_bug(toy: Problem) -> None:
    options = ReinforceOptions(8, 0.01, "adam", 1.0, 0.9, 0.001, 10, 0.03, 32)
    rewards = rewards_of(toy, Reinforce(toy.space, options, seed=0), 60)
    random = np.random.default_rng(0)
    service = EvaluationService(toy.evaluator, EvaluationStore())
    guessed = [
        toy.score(service.evaluate(toy.space.decode(toy.space.sample(random)))) for _ in range(200)
    ]
    assert np.mean(rewards[-80:]) > 0.75  # the best design has 0.82
    assert np.mean(rewards[-80:]) > np.mean(guessed) + 0.2
