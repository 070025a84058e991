"""The search for the hardware of one network."""

import pytest

from agents.inner_search import InnerSearch, inner_search, worst
from agents.problems import problem_of
from agents.usage import UsageError, settings_from
from envs.ancoef_problem import AncoefProblem

TARGETS = ("reward.targets.latency_s=1e-3", "reward.targets.energy_j=1e-6")


def search(*typed: str) -> InnerSearch:
    return inner_search(settings_from(["env=coexplore", *typed]))


def problem(*typed: str) -> AncoefProblem:
    """All designs take 1e-3 s, 1e-6 J and 1e-6 m2."""
    settings = settings_from(["env=ancoef", "env.evaluator=constant", *TARGETS, *typed])
    made = problem_of(settings)
    assert isinstance(made, AncoefProblem)
    return made


def test_it_spends_its_budget_and_begins_with_the_first_design() -> None:
    found = search("env.inner.budget=12")(problem(), 0)
    assert (found.n_simulations, found.dropped) == (12, None)
    assert found.best is not None
    assert found.best.choices == problem().start


def test_a_hopeless_network_is_dropped_early() -> None:
    hopeless = problem("reward.targets.area_m2=2e-7")
    found = search("env.inner.budget=12", "env.inner.drop_after=5")(hopeless, 0)
    assert found.n_simulations == 5
    assert found.dropped == (
        "dropped after 5 of 12 simulations: area_m2 is 5 times its target of 2e-07 "
        "(2.5 times are allowed)"
    )


def test_a_network_within_the_factor_goes_on() -> None:
    near = problem("reward.targets.area_m2=5e-7")
    assert worst(near, {"latency_s": 1e-3, "energy_j": 1e-6, "area_m2": 1e-6}) == ("area_m2", 2)
    assert search("env.inner.budget=12")(near, 0).n_simulations == 12


def test_nothing_is_dropped_where_nothing_is_asked_for() -> None:
    hopeless = problem("reward.targets.area_m2=1e-9")
    found = search("env.inner.budget=3", "env.inner.drop_after=0")(hopeless, 0)
    assert (found.n_simulations, found.dropped) == (3, None)


def test_annealing_cools_over_the_simulations_of_one_network() -> None:
    found = search("env.inner.agent=annealing", "env.inner.budget=12", "search.budget=3")
    assert found.settings.agent.model_dump()["n_steps"] == 12


@pytest.mark.parametrize("agent", ["annealing", "anas", "random", "random_walk", "reinforce"])
def test_any_agent_of_hardware_will_do(agent: str) -> None:
    options = f"env.inner.agent={agent}", "env.inner.budget=6"
    assert search(*options, "env.inner.drop_after=2")(problem(), 0).n_simulations == 6


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("env.inner.options.patiens=3", "env.inner.options.patiens: no such key; did you mean"),
        ("env.inner.agent=neuronas", "neuronas searches cells, no hardware"),
        ("env.inner.agent=qlearnin", "no agent called 'qlearnin'; did you mean 'qlearning'"),
        ("env.inner.drop_after=99", "drop_after 99 is more than the budget of 40"),
        ("env.supernet=digit", "no supernet called 'digit'; did you mean 'digits'"),
        ("reward.targets.area_m2=null", "reward.targets.area_m2: env=coexplore needs a number"),
        ("reward=nacim", "env=coexplore goes by targets; take reward=coexplore"),
    ],
)
def test_a_mistake_is_one_line(typed: str, told: str) -> None:
    with pytest.raises(UsageError, match=told.replace(".", r"\.")) as refused:
        problem_of(settings_from(["env=coexplore", typed]))
    assert "\n" not in str(refused.value)
