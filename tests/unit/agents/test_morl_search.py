from typing import Any

import numpy as np
import pytest
from extras import skip_unless_there

from agents.loop import fresh
from agents.making import make_searcher
from agents.morl import MOST_VALUES, MorlLearner, n_partial
from agents.morl_envs import TabularDesigns, environment
from agents.morl_search import MorlSearch
from agents.usage import settings_from
from envs.assembly import make_problem
from envs.problem import Problem
from envs.sequential import SequentialDesignEnv
from envs.service import EvaluationService
from envs.store import EvaluationStore


def prepared(monkeypatch: pytest.MonkeyPatch, *typed: str) -> tuple[Problem, MorlLearner]:
    """A learner, whether or not its library is there."""
    with monkeypatch.context() as patched:
        patched.setattr("agents.morl.find_spec", lambda _name: "there")
        settings = settings_from(typed)
        problem = make_problem(settings)
        learner = make_searcher(settings, problem)
    assert isinstance(learner, MorlLearner)
    return problem, learner


def test_partial_designs_are_all_but_the_whole_ones() -> None:
    assert n_partial([8, 8, 8]) == 1 + 8 + 64
    assert n_partial([2, 3]) == 1 + 2


def test_every_partial_design_has_a_number_of_its_own() -> None:
    problem = make_problem(settings_from(["env=toy"]))
    env = TabularDesigns(SequentialDesignEnv(problem, reward_mode="vector"))
    numbers, ends = set(), set()
    for first in range(8):
        for second in range(8):
            seen, _ = env.reset()
            numbers.add(((), int(seen[0])))
            for taken in ((first,), (first, second), (first, second, 0)):
                seen, _, is_over, *_ = env.step(np.int64(taken[-1]))
                assert env.observation_space.contains(seen)
                (ends.add(int(seen[0])) if is_over else numbers.add((taken, int(seen[0]))))
    assert len(numbers) == len({number for _, number in numbers}) == 73
    assert {number for _, number in numbers} == set(range(73))
    assert ends == {73}


def test_a_masked_action_is_numbered_by_what_was_taken_instead() -> None:
    problem = make_problem(settings_from(["env=ancoef", "env.evaluator=constant"]))
    env = TabularDesigns(SequentialDesignEnv(problem))
    for asked in (5, 2):  # the second decision has three choices: 5 stands for 2
        env.reset()
        env.step(np.int64(0))
        seen, *_ = env.step(np.int64(asked))
        assert int(seen[0]) == 1 + 9 + 2  # none taken, one taken, the second one's last choice


@pytest.mark.parametrize("name", ["pcn", "envelope", "eupg", "pql"])
@pytest.mark.parametrize("env", ["toy", "ancoef"])
def test_a_learner_is_given_a_reward_for_each_objective(
    name: str, env: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed = (f"env={env}", "env.evaluator=constant", f"agent={name}")
    problem, learner = prepared(monkeypatch, *typed)
    judge = EvaluationService(problem.evaluator, EvaluationStore())
    made: Any = environment(problem, learner, judge)
    made.reset(seed=1)
    _, reward, *_ = made.step(np.int64(0))
    assert reward.shape == made.unwrapped.reward_space.shape == (len(problem.objectives),)


def test_a_table_is_shown_bins_of_the_moves_and_the_others_are_shown_features(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, kind in (("pql", "MultiDiscrete"), ("pcn", "Box")):
        problem, learner = prepared(
            monkeypatch, "env=ancoef", "env.evaluator=constant", f"agent={name}"
        )
        judge = EvaluationService(problem.evaluator, EvaluationStore())
        shown = environment(problem, learner, judge).observation_space
        assert type(shown).__name__ == kind
        assert name != "pql" or int(np.prod(shown.nvec)) * (problem.stop + 1) <= MOST_VALUES


def test_the_memory_of_eupg_keeps_observations_that_are_no_whole_numbers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    skip_unless_there("morl")
    problem, learner = prepared(monkeypatch, "env=toy", "agent=eupg")
    service = EvaluationService(problem.evaluator, EvaluationStore())
    MorlSearch(problem, learner, service, 10).run(fresh(problem))
    kept = learner.model.buffer.obs
    assert np.any((kept > 0) & (kept < 1))


@pytest.mark.parametrize("name", ["pcn", "envelope", "eupg", "pql"])
def test_a_search_that_finds_nothing_new_ends(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    skip_unless_there("morl")
    typed = ("env=toy", f"agent={name}", "agent.patience=5")
    problem, learner = prepared(monkeypatch, *typed)
    service = EvaluationService(problem.evaluator, EvaluationStore())
    state = MorlSearch(problem, learner, service, 10_000).run(fresh(problem))
    assert state.n_stale == 5 or len(state.seen) == 512
    assert state.n_learnt == len(state.visits)
