import random
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any, cast

import gymnasium as gym
import numpy as np
import pytest
import torch

import envs
from agents.base import AgentError
from agents.driven import Recorder, SpentError
from agents.learner import Learner, check_learnable
from agents.learner_envs import environment, envs_of
from agents.learner_search import LearnerSearch
from agents.loop import SearchState, fresh
from agents.making import make_searcher
from agents.places import key_of
from agents.usage import settings_from
from envs.ancoef import AncoefEnv
from envs.assembly import make_problem
from envs.evaluation import Evaluation, Metrics
from envs.problem import Problem
from envs.service import EvaluationService
from envs.space import Choices
from envs.store import EvaluationStore
from envs.toy import ToyEvaluator

assert envs  # registers the ids


@dataclass(frozen=True)
class GreedyEvaluator(ToyEvaluator):
    """The toy's, which also draws from every global stream of chance."""

    def __call__(self, choices: Choices, seed: int) -> Metrics:
        random.random()  # noqa: S311 (no secret)
        np.random.rand()  # noqa: NPY002 (what it is to be harmless)
        torch.rand(1)
        return super().__call__(choices, seed)


class Batches(EvaluationService):
    """Notes how many new designs were evaluated at once."""

    def __init__(self, problem: Problem, store: EvaluationStore) -> None:
        super().__init__(problem.evaluator, store)
        self.sizes: list[int] = []

    def evaluate_many(self, designs: Sequence[Choices], listener: Any = None) -> list[Evaluation]:
        n = len({self.key(one) for one in designs if self.store.get(self.key(one)) is None})
        self.sizes += [n] if n else []
        return super().evaluate_many(designs, listener)


def prepared(*typed: str) -> tuple[Problem, Learner]:
    settings = settings_from(typed)
    problem = make_problem(settings)
    learner = make_searcher(settings, problem)
    assert isinstance(learner, Learner)
    return problem, learner


def searched(problem: Problem, learner: Learner, service: Any, budget: int) -> SearchState:
    return LearnerSearch(problem, learner, service, budget).run(fresh(problem))


@pytest.mark.parametrize("name", ["dqn", "ppo"])
def test_an_evaluation_that_draws_changes_nothing_of_the_search(name: str) -> None:
    problem, learner = prepared("env=toy", f"agent={name}")
    problem = replace(problem, evaluator=GreedyEvaluator())
    service = EvaluationService(problem.evaluator, EvaluationStore())
    first = searched(problem, learner, service, 25)  # all are evaluated
    again = searched(problem, learner, service, 25)  # all are known
    assert first.visits == again.visits


def test_what_environments_ask_for_in_one_step_is_evaluated_together() -> None:
    problem, learner = prepared(
        "env=toy", "agent=ppo", "agent.n_envs=4", "agent.n_steps=16", "agent.form=oneshot"
    )
    service = Batches(problem, EvaluationStore())
    state = searched(problem, learner, service, 30)
    assert len(service.store) == len(state.seen) == 30
    assert service.sizes[0] == 4
    assert sum(service.sizes) == 30


@pytest.mark.parametrize("n_envs", [2, 4])
@pytest.mark.parametrize("typed", [("env=toy",), ("env=ancoef", "env.evaluator=constant")])
def test_evaluating_together_finds_what_evaluating_singly_does(
    typed: tuple[str, ...], n_envs: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = ("agent=ppo", f"agent.n_envs={n_envs}", "agent.n_steps=16")
    problem, learner = prepared(*typed, *own)
    together, singly = (Batches(problem, EvaluationStore()) for _ in range(2))
    expected = searched(problem, learner, together, 25).visits
    monkeypatch.setattr("agents.learner_envs._asked", lambda *_: None)
    assert searched(problem, learner, singly, 25).visits == expected
    assert set(singly.sizes) == {1}
    assert max(together.sizes) > 1


def test_a_search_that_finds_nothing_new_ends() -> None:
    problem, learner = prepared("env=toy", "agent=a2c", "agent.patience=5")
    service = EvaluationService(problem.evaluator, EvaluationStore())
    state = searched(problem, learner, service, 10_000)
    assert state.n_stale == 5
    assert len(state.seen) <= 512  # all there are
    assert state.n_learnt == len(state.visits)


def test_observers_hear_of_new_designs_only_and_of_the_end() -> None:
    heard: list[int] = []

    class Listener:
        def on_evaluation(self, evaluation: Evaluation) -> None:
            del evaluation

        def on_batch(self, state: SearchState, curves: dict[str, float]) -> None:
            assert all(np.isfinite(one) for one in curves.values())
            heard.append(len(state.seen))

    problem, learner = prepared("env=toy", "agent=a2c", "agent.patience=5")
    service = EvaluationService(problem.evaluator, EvaluationStore())
    state = LearnerSearch(problem, learner, service, 10_000, [Listener()]).run(fresh(problem))
    assert heard == [*range(1, len(state.seen) + 1), len(state.seen)]


def test_the_moves_to_designs_are_noted_for_the_report() -> None:
    problem, learner = prepared("env=ancoef", "env.evaluator=constant", "agent=maskable_ppo")
    service = EvaluationService(problem.evaluator, EvaluationStore())
    state = searched(problem, learner, service, 15)
    keys = [service.store.get(key) for key in state.seen]
    known = {key_of(one.choices) for one in keys if one}
    first = key_of(cast("Any", problem).start)
    assert first not in learner.origins
    assert {*learner.origins, first} == known
    assert all(before in known for before, _ in learner.origins.values())


def test_what_an_environment_is_asked_for_is_what_a_step_evaluates() -> None:
    for typed in (("env=toy",), ("env=ancoef", "env.evaluator=constant")):
        problem, learner = prepared(*typed, "agent=ppo")
        judge = EvaluationService(problem.evaluator, EvaluationStore())
        env: Any = environment(problem, learner, judge)
        env.action_space.seed(1)
        env.reset(seed=1)
        is_over, n_asked = False, 0
        while not is_over:
            action = env.action_space.sample()
            asked = env.asked(action)
            _, _, *ends, info = env.step(action)
            is_over = any(ends)
            n_asked += asked is not None
            assert asked is None or asked == info["design"]
        assert n_asked


def test_the_environment_of_moves_shows_continuous_features() -> None:
    problem, learner = prepared("env=ancoef", "env.evaluator=constant", "agent=dqn")
    judge = EvaluationService(problem.evaluator, EvaluationStore())
    env = environment(problem, learner, judge)
    assert isinstance(env, AncoefEnv)
    assert isinstance(env.observation_space, gym.spaces.Box)


@pytest.mark.parametrize(
    ("name", "env_id", "said"),
    [
        ("ppo", "MO-Toy-v0", "ppo learns from one reward"),
        ("dqn", "Toy-oneshot-v0", r"dqn takes one action a step \(Discrete\)"),
    ],
)
def test_an_environment_that_an_algorithm_cannot_learn_from_is_refused(
    name: str, env_id: str, said: str
) -> None:
    env: Any = gym.make(f"coexplore/{env_id}").unwrapped
    with pytest.raises(AgentError, match=said):
        check_learnable(name, env)


def test_a_new_design_beyond_the_budget_is_refused_and_a_known_one_is_not() -> None:
    problem, learner = prepared("env=toy", "agent=ppo")
    store = EvaluationStore()
    service = EvaluationService(problem.evaluator, store)
    recorder = Recorder(problem, learner, service, 1, (), fresh(problem))
    random_ = np.random.default_rng(0)
    first, second = (problem.space.decode(problem.space.sample(random_)) for _ in range(2))
    recorder.evaluate(first)
    recorder.evaluate(first)
    with pytest.raises(SpentError):
        recorder.evaluate(second)
    assert len(store) == 1


def test_episodes_out_of_step_are_judged_together_with_those_that_end_when_they_do() -> None:
    problem, learner = prepared("env=toy", "agent=ppo", "agent.n_envs=3")
    judge = EvaluationService(problem.evaluator, EvaluationStore())
    batches: list[list[Choices]] = []
    steps = envs_of(problem, learner, judge, lambda designs: batches.append(list(designs)))
    steps.reset()
    steps.envs[2].step(0)  # one step ahead of the others, as an episode of another length
    judged = []
    for _ in range(problem.space.n_decisions):
        *_, is_over, infos = steps.step(np.zeros(3, np.int64))
        judged.append([info["design"] for info, ends in zip(infos, is_over, strict=True) if ends])
    assert [len(one) for one in batches] == [0] * (problem.space.n_decisions - 2) + [1, 2]
    assert batches == judged


@pytest.mark.slow
def test_worker_processes_change_nothing_of_what_learners_find() -> None:
    small = ("env.accuracy.epochs=1", "env.n_chips=2", "env.switches.SA=false")
    given = (f"env.given.conv{i}={{kernel: 3, channels: 24}}" for i in range(1, 7))
    own = ("agent=maskable_ppo", "agent.n_envs=2", "env.switches.SQ=false")
    problem, learner = prepared("env=nacim", *small, *given, *own)
    found = []
    for n_workers in (0, 2):
        store = EvaluationStore()
        with closing(EvaluationService(problem.evaluator, store, 0, n_workers)) as service:
            state = searched(problem, learner, service, 3)
            assert (service.workers is not None) == (n_workers > 0)
        found.append((state.visits, [store.get(key) for key in sorted(state.seen)]))
    (here, ours), (there, theirs) = found
    assert here == there
    assert [one and one.metrics for one in ours] == [one and one.metrics for one in theirs]


@pytest.mark.parametrize("name", ["ppo", "dqn"])
def test_it_leaves_the_global_streams_of_chance_as_they_were(name: str) -> None:
    problem, learner = prepared("env=toy", f"agent={name}")
    before = random.getstate(), np.random.get_state()[1].tolist(), torch.get_rng_state().tolist()  # noqa: NPY002
    searched(problem, learner, EvaluationService(problem.evaluator, EvaluationStore()), 5)
    after = random.getstate(), np.random.get_state()[1].tolist(), torch.get_rng_state().tolist()  # noqa: NPY002
    assert before == after
