"""What walkers make of forecasts: leaps over moves that nobody simulates."""

from typing import Any

import pytest

from agents.foresight import FIRST_WAITING, Foresight
from agents.loop import Search, SearchState, fresh
from agents.making import make_agent
from agents.places import Place
from agents.walking import Walker
from async_sim.forecast import forecast
from envs.ancoef_problem import AncoefProblem
from envs.assembly import make_problem
from envs.service import EvaluationService
from envs.store import EvaluationStore

SMALL = ("env=ancoef", "env.start.neurons_per_core=256", "env.limits.least_neurons=64")


def searched(n: int, *typed: str) -> tuple[AncoefProblem, Any, SearchState]:
    from agents.usage import settings_from  # noqa: PLC0415 (reads every group)

    settings = settings_from([*SMALL, *typed])
    problem = make_problem(settings)
    assert isinstance(problem, AncoefProblem)
    agent: Any = make_agent(settings, problem)
    service = EvaluationService(problem.evaluator, EvaluationStore(), 0)
    return problem, agent, Search(problem, agent, service, n).run(fresh(problem))


def place_of(problem: AncoefProblem, ratio: float) -> Place:
    """The first design, as if its run took so many times its bound."""
    told = forecast(problem.neighbourhood.application, problem.neighbourhood.start)
    latency_s = ratio * told.figures()["latency_s"]
    return Place(problem.neighbourhood.start, 1.0, {"aer_ps": 0.0}, 0.0, latency_s)


def test_runs_teach_how_long_packets_wait() -> None:
    problem, _, _ = searched(1)
    crowded, free = Foresight(problem), Foresight(problem)
    crowded.learn(place_of(problem, 2.0))
    free.learn(place_of(problem, 1.0))
    assert crowded.waiting > FIRST_WAITING > free.waiting


def test_the_forecast_of_a_simulated_design_is_what_was_measured() -> None:
    _, agent, _ = searched(3, "agent=qlearning")
    for place in agent._places.values():
        again = agent._foresight.around(place).place(place.hardware)
        assert again.reward == pytest.approx(place.reward, rel=1e-9)
        assert again.latency_s == pytest.approx(place.latency_s, rel=1e-12)


@pytest.mark.parametrize("name", ["qlearning", "annealing"])
def test_a_leap_gets_further_than_one_move(name: str) -> None:
    best = []
    for n_imagined in (0, 64):
        typed = (f"agent={name}", f"agent.n_imagined={n_imagined}")
        state = searched(2, *typed)[2]
        assert state.best is not None
        best.append(state.best[1].metrics["latency_s"])
    assert best[1] < best[0] / 2


def test_shares_of_a_leap_add_up_and_its_moves_are_noted() -> None:
    _, agent, _ = searched(1, "agent=qlearning")
    agent.ask(1)
    leap = agent._walkers[0].leap
    assert len(leap) > 1
    assert sum(share for _, share in leap) == pytest.approx(1.0)
    assert all(share > 0 for _, share in leap)


def test_a_leap_that_was_not_worth_it_makes_the_next_one_shorter() -> None:
    problem, agent, _ = searched(1, "agent=qlearning")
    for reward, reach in ((0.5, 5), (1.5, 12)):
        before = place_of(problem, 1.0)
        after = Place(before.hardware, reward, before.features, 0.0, before.latency_s)
        walker = Walker(before, ((0, 0.1),) * 8, None, 0, 6)
        agent._take_in(walker, after)
        assert walker.reach == reach


def test_an_environment_that_simulates_nothing_is_walked_move_by_move() -> None:
    _, agent, _ = searched(8, "agent=qlearning", "env.evaluator=constant")
    assert all(" + " not in move for _, move in agent._origins.values())
    assert agent._origins


def test_no_leap_goes_beyond_a_bound_by_forecast() -> None:
    bound_m2 = 5e-5  # without it the leap of this seed goes to 8.6e-5
    problem, agent, _ = searched(1, "agent=qlearning", f"constraints.area_m2={bound_m2}")
    agent.ask(1)
    forecast_m2 = forecast(problem.neighbourhood.application, agent._walkers[0].goal).area_m2
    assert forecast_m2 <= bound_m2


def test_a_search_by_leaps_goes_on_as_if_never_stopped() -> None:
    _, whole, state = searched(6, "agent=qlearning")
    problem, agent, _ = searched(4, "agent=qlearning")
    _, other, _ = searched(1, "agent=qlearning")
    other.load_state_dict(agent.state_dict())
    service = EvaluationService(problem.evaluator, EvaluationStore(), 0)
    for _ in range(2):
        (design,) = other.ask(1)
        evaluation = service.evaluate(design)
        reward = other.judge(problem, evaluation)
        other.tell([design], [reward])
    assert list(other._places) == list(whole._places)
    assert other._foresight.waiting == whole._foresight.waiting
    assert [one.reach for one in other._walkers] == [one.reach for one in whole._walkers]
    assert state.best is not None


def test_how_far_walkers_reach_outlasts_an_interruption() -> None:
    _, agent, _ = searched(3, "agent=qlearning")
    reaches = [walker.reach for walker in agent._walkers]
    assert reaches != [Walker().reach]
    _, other, _ = searched(1, "agent=qlearning")
    other.load_state_dict(agent.state_dict())
    assert [walker.reach for walker in other._walkers] == reaches
