"""How probable learners hold each choice: rows that add up, what is drawn, what is masked."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from agents.learner import Learner
from agents.learner_envs import environment
from agents.learner_search import LearnerSearch
from agents.loop import SearchState, fresh
from agents.making import make_searcher
from agents.probabilities import PROBABILITIES, ProbabilityObserver, read_probabilities
from agents.usage import settings_from
from envs.assembly import make_problem
from envs.oneshot import OneshotDesignEnv, nearest
from envs.problem import Problem
from envs.sequential import SequentialDesignEnv, aliased, observations
from envs.service import EvaluationService
from envs.store import EvaluationStore

NACIM = ("env=nacim", "env.evaluator=constant")


def prepared(*typed: str) -> tuple[Problem, Learner]:
    settings = settings_from(typed)
    problem = make_problem(settings)
    learner = make_searcher(settings, problem)
    assert isinstance(learner, Learner)
    return problem, learner


def searched(problem: Problem, learner: Learner, budget: int, *observers: Any) -> SearchState:
    service = EvaluationService(problem.evaluator, EvaluationStore())
    search = LearnerSearch(problem, learner, service, budget, observers)
    return search.run(fresh(problem))


@pytest.mark.parametrize(
    ("name", "form"),
    [(name, form) for name in ("ppo", "a2c", "maskable_ppo") for form in ("steps", "oneshot")]
    + [("dqn", "steps")],
)
def test_each_new_design_leaves_a_line_of_probabilities_of_every_decision(
    name: str, form: str, tmp_path: Path
) -> None:
    problem, learner = prepared(*NACIM, f"agent={name}", f"agent.form={form}")
    observer = ProbabilityObserver(tmp_path / PROBABILITIES, learner)
    searched(problem, learner, 3, observer)
    observer.close()
    found = read_probabilities(tmp_path)
    assert [*found] == [1, 2, 3]
    for rows in found.values():
        assert [len(row) for row in rows] == problem.space.n_choices.tolist()
        assert all(sum(row) == pytest.approx(1, abs=1e-3) for row in rows)


def test_the_probabilities_are_the_shares_of_what_the_policy_draws() -> None:
    problem, learner = prepared("env=toy", "agent=ppo", "agent.learning_rate=0.02")
    searched(problem, learner, 30)
    env = environment(problem, learner, EvaluationService(problem.evaluator, EvaluationStore()))
    seen, _ = env.reset(seed=1)
    assert learner.model is not None
    torch.manual_seed(0)
    drawn, _ = learner.model.predict(np.tile(seen, (20_000, 1)))
    expected = np.bincount(drawn, minlength=problem.space.width) / len(drawn)
    held = np.array(learner.probabilities[0])  # the first decision: what is seen is the same
    assert held.max() > 1.3 / len(held)
    # five deviations of a share of 20,000: a false alarm in 10^6 a choice
    assert np.abs(held - expected).max() < 5 * 0.5 / 20_000**0.5


def test_probabilities_are_the_mean_over_what_each_environment_last_proposed() -> None:
    problem, learner = prepared("env=toy", "agent=ppo", "agent.n_envs=2", "agent.n_steps=16")
    searched(problem, learner, 6)
    both = [np.array(row) for row in learner.probabilities]
    designs = list(learner._proposed)
    assert len(designs) == 2
    each = []
    for one in designs:
        learner.proposed(problem.space.decode(one))
        learner.proposed(problem.space.decode(one))
        each.append([np.array(row) for row in learner.probabilities])
    for mean, *ones in zip(both, *each, strict=True):
        np.testing.assert_allclose(mean, np.mean(ones, axis=0), atol=1e-6)
    assert np.abs(each[0][-1] - each[1][-1]).max() > 0  # the last decision goes by those before


def test_dqn_draws_evenly_before_its_first_lesson_and_by_its_values_in_the_end() -> None:
    problem, learner = prepared("env=toy", "agent=dqn", "agent.learning_starts=10")
    searched(problem, learner, 2)
    assert learner.model is not None
    n_steps = learner.model.num_timesteps
    assert n_steps < 10
    assert all(max(row) == pytest.approx(min(row)) for row in learner.probabilities)
    searched(problem, learner, 100)
    assert learner.model.num_timesteps > 150
    for row in learner.probabilities:
        assert max(row) == pytest.approx(0.95 + 0.05 / len(row))
        assert sorted(row)[:-1] == pytest.approx([0.05 / len(row)] * (len(row) - 1))


def test_what_is_asked_for_between_lessons_changes_nothing_of_the_search() -> None:
    class Curious:
        def on_evaluation(self, evaluation: object) -> None:
            pass

        def on_batch(self, state: object, curves: object) -> None:
            del state, curves
            assert learner.probabilities

    for name in ("a2c", "dqn"):
        problem, learner = prepared("env=toy", f"agent={name}")
        plain = searched(problem, learner, 40).visits
        assert searched(problem, learner, 40, Curious()).visits == plain


def test_moves_have_no_probabilities_of_choices_and_leave_no_file(tmp_path: Path) -> None:
    problem, learner = prepared("env=ancoef", "env.evaluator=constant", "agent=ppo")
    observer = ProbabilityObserver(tmp_path / PROBABILITIES, learner)
    searched(problem, learner, 3, observer)
    observer.close()
    assert learner.probabilities == []
    assert not (tmp_path / PROBABILITIES).exists()


def test_observations_of_a_design_are_those_on_the_way_to_it() -> None:
    problem, _ = prepared(*NACIM, "agent=ppo")
    env = SequentialDesignEnv(problem)
    actions = problem.space.sample(np.random.default_rng(0))
    seen = [env.reset()[0]]
    seen += [env.step(np.int64(one))[0] for one in actions[:-1]]
    np.testing.assert_array_equal(observations(problem.space, actions), np.stack(seen))


@pytest.mark.parametrize("form", [SequentialDesignEnv, OneshotDesignEnv])
def test_what_a_masked_action_stands_for_gets_its_probability(form: Any) -> None:
    problem, _ = prepared(*NACIM, "agent=ppo")
    space, env = problem.space, form(problem)
    actions = list(space.sample(np.random.default_rng(0)))
    step = next(t for t in range(space.n_decisions) if not space.mask(t, actions)[0])
    mask, n = space.mask(step, actions), int(space.n_choices[step])
    for action in range(n):
        one = np.eye(space.width)[action]
        wanted = [*actions[:step], action, *actions[step + 1 :]]
        if form is OneshotDesignEnv:
            (taken,) = np.flatnonzero(nearest(one, mask)).tolist()
            asked = env.asked(np.array(wanted))
        else:
            (taken,) = np.flatnonzero(aliased(one, mask)).tolist()
            env.reset()
            for each in wanted[:-1]:
                env.step(np.int64(each))
            asked = env.asked(np.int64(wanted[-1]))
        assert asked[space.open[step].name] == space.open[step].choices[taken]
