"""Classic optimizers behind the same contract as the agents that learn."""

import itertools
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.base import Judge
from agents.breeding import allowed, crossed, mutated
from agents.loop import Search, SearchState, fresh
from agents.making import make_agent
from agents.nsga2 import fittest_first
from agents.tpe import distribution_of, finite
from agents.usage import settings_from
from envs.assembly import make_problem, make_space
from envs.evaluation import Evaluation
from envs.service import EvaluationService
from envs.space import Decision, SearchSpace
from envs.store import EvaluationStore

INF = np.inf


@cache
def masked_space() -> SearchSpace:
    """NACIM's, in which bits of a format must add up to something."""
    return make_space(settings_from(["env=nacim"]))


def searched(name: str, budget: int, seed: int = 0) -> SearchState:
    chosen = settings_from(["env=toy", f"agent={name}", f"seed={seed}"])
    problem = make_problem(chosen)
    service = EvaluationService(problem.evaluator, EvaluationStore(), seed)
    return Search(problem, make_agent(chosen, problem), service, budget).run(fresh(problem))


@settings(deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_children_are_designs_of_the_space(seed: int) -> None:
    space, random = masked_space(), np.random.default_rng(seed)
    one, other = space.sample(random), space.sample(random)
    assert space.contains(mutated(space, one, 0.5, random))
    assert space.contains(crossed(space, one, other, random))
    drawn = [int(random.integers(n)) for n in space.n_choices]
    assert space.contains(allowed(space, drawn, random))
    assert allowed(space, one, random) == one


def test_a_mutation_changes_one_decision_at_least_and_as_many_as_it_says() -> None:
    space, random = make_space(settings_from(["env=toy"])), np.random.default_rng(0)
    parent = space.sample(random)
    children = [mutated(space, parent, 0.0, random) for _ in range(50)]
    assert {sum(a != b for a, b in zip(parent, child, strict=True)) for child in children} == {1}
    whole = mutated(space, parent, 1.0, random)
    assert all(a != b for a, b in zip(parent, whole, strict=True))


def test_a_child_has_decisions_of_both_parents() -> None:
    space, random = make_space(settings_from(["env=toy"])), np.random.default_rng(0)
    zeros, ones = (0,) * space.n_decisions, (1,) * space.n_decisions
    children = {crossed(space, zeros, ones, random) for _ in range(100)}
    assert children == set(itertools.product((0, 1), repeat=space.n_decisions))


def test_fronts_come_in_order_and_within_one_who_has_more_room() -> None:
    losses = np.array(
        [[0.5, 0.5], [INF, INF], [0.0, 1.0], [0.45, 0.52], [0.6, 0.6], [1.0, 0.0], [0.2, 0.8]]
    )
    order = fittest_first(losses)
    assert set(order[:2]) == {2, 5}  # the ends of the first front
    assert order[-2:] == [4, 1]  # the second front, then what cannot be
    assert order.index(6) < order.index(3)  # it has more room


@pytest.mark.parametrize(("name", "budget"), [("nsga2", 120), ("tpe_mo", 70)])
def test_a_search_for_the_front_finds_all_of_it_in_less_than_random_search_needs(
    name: str, budget: int
) -> None:
    """The front has 8 of the toy's 512 designs."""
    found, drawn = searched(name, budget).archive, searched("random", budget).archive
    assert len(found.items) == 8
    assert found.hypervolume() > drawn.hypervolume()


@pytest.mark.parametrize("name", ["regularized_evolution", "tpe"])
def test_a_search_for_the_reward_beats_random_search(name: str) -> None:
    def best(agent: str) -> float:
        states = [searched(agent, 60, seed) for seed in range(3)]
        return sum(state.best[0] for state in states if state.best)

    assert best(name) > best("random")


def test_the_oldest_dies_and_not_the_worst() -> None:
    chosen = settings_from(
        ["env=toy", "agent=regularized_evolution", "agent.population=2", "agent.tournament=2"]
    )
    problem = make_problem(chosen)
    agent = make_agent(chosen, problem)
    agent.tell([(0, 0, 0)], [1.0])
    agent.tell([(1, 1, 1), (2, 2, 2)], [0.1, 0.2])
    assert [reward for reward, _ in agent.state_dict()["living"]] == [0.1, 0.2]


def test_choices_in_a_row_are_told_from_names() -> None:
    bits = distribution_of(Decision("a.bits", "quantization", (2, 4, 8), 2))
    names = distribution_of(Decision("a.device", "device", ("rram", "sram"), "rram"))
    down = distribution_of(Decision("a.size", "circuit", (8, 4), 8))
    assert [type(one).__name__ for one in (bits, names, down)] == [
        "IntDistribution",
        "CategoricalDistribution",
        "CategoricalDistribution",
    ]


def test_what_cannot_be_is_as_bad_as_the_worst() -> None:
    told = [((0,), (0.2, 3.0)), ((1,), (INF, INF)), ((2,), (0.4, 1.0))]
    assert finite(told).tolist() == [[0.2, 3.0], [0.4, 3.0], [0.4, 1.0]]
    assert finite([((0,), (INF, INF))]).tolist() == [[1.0, 1.0]]


def test_an_agent_hears_what_it_goes_by() -> None:
    problem = make_problem(settings_from(["env=toy"]))
    bad = Evaluation({}, {}, "cannot be")
    reward, front = (
        make_agent(settings_from(["env=toy", f"agent={name}"]), problem)
        for name in ("tpe", "tpe_mo")
    )
    assert isinstance(reward, Judge)
    assert isinstance(front, Judge)
    assert reward.judge(problem, bad) == problem.infeasible_reward
    assert front.judge(problem, bad) == (INF,) * 4
