"""Agents that go by moves, on an environment whose designs are priced by a formula."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import pytest
import torch

from agents.annealing import Annealing, AnnealingOptions
from agents.loop import Search, fresh
from agents.making import check_agent, make_agent
from agents.qtable import QTable
from agents.usage import UsageError, settings_from
from agents.walking import MoveSearch, Place
from envs.ancoef_evaluator import constant
from envs.ancoef_features import Bins
from envs.ancoef_problem import AncoefProblem
from envs.assembly import make_problem, make_space
from envs.evaluation import Evaluation, Metrics
from envs.evaluators import check_constraints
from envs.objectives import Constraint
from envs.service import EvaluationService
from envs.space import Choices
from envs.store import EvaluationStore

BINS = Bins({"aer_ps": (1.0, 2.0)})
METRICS = dict(constant().metrics)


def problem_and_agent(*typed: str) -> tuple[AncoefProblem, Any]:
    settings = settings_from(["env=ancoef", "env.evaluator=constant", *typed])
    problem = make_problem(settings)
    assert isinstance(problem, AncoefProblem)
    return problem, make_agent(settings, problem)


def fewer_are_better(design: Choices) -> float:
    """A reward that deep buffers and many channels lower."""
    return 1.0 / (float(design["depth"]) * float(design["n_channels"]))


def size_of(design: Choices) -> float:
    return float(design["depth"]) * float(design["n_channels"])


@dataclass(frozen=True)
class Sized:
    """Prices what `size_of` says as the area, within a bound."""

    constraints: tuple[Constraint, ...]
    context: ClassVar[dict[str, Any]] = {}
    is_cheap: bool = True

    def __call__(self, choices: Choices, seed: int) -> Metrics:
        del seed
        metrics = METRICS | {"area_m2": size_of(choices)}
        check_constraints(self.constraints, metrics)
        return metrics


def bounded_in_size(problem: AncoefProblem, most: float) -> AncoefProblem:
    return replace(problem, evaluator=Sized((Constraint("area_m2", most),)))


def walk(
    problem: AncoefProblem,
    agent: MoveSearch,
    n: int,
    rewarded: Callable[[Choices], float] = fewer_are_better,
) -> list[Choices]:
    designs: list[Choices] = []
    for _ in range(n):
        (design,) = agent.ask(1)
        agent.judge(problem, Evaluation(design, METRICS, None, 0.0))
        agent.tell([design], [rewarded(design)])
        designs.append(design)
    return designs


def test_the_first_design_is_the_environments() -> None:
    problem, agent = problem_and_agent("agent=qlearning")
    assert walk(problem, agent, 1) == [problem.start]


@pytest.mark.parametrize(
    ("name", "reward"), [("qlearning", 1.0), ("qlearning_linear", 1.0), ("annealing", 0.25)]
)
def test_a_far_better_design_is_found_by_moves(name: str, reward: float) -> None:
    problem, agent = problem_and_agent(f"agent={name}", "search.budget=60")
    designs = walk(problem, agent, 60)
    assert fewer_are_better(designs[0]) == 1 / 32
    assert max(fewer_are_better(one) for one in designs) >= reward


def test_no_design_is_bought_twice_while_there_are_new_ones() -> None:
    problem, agent = problem_and_agent("agent=qlearning")
    designs = [str(one) for one in walk(problem, agent, 40)]
    assert len(set(designs)) == len(designs)


def test_a_move_to_a_worse_design_is_undone() -> None:
    problem, agent = problem_and_agent("agent=qlearning")
    best = 0.0
    for design in walk(problem, agent, 40):
        best = max(best, fewer_are_better(design))
    assert agent._walkers[0].at.reward == best


def test_a_design_that_cannot_be_is_left() -> None:
    problem, agent = problem_and_agent("agent=random_walk")
    walk(problem, agent, 1)
    (design,) = agent.ask(1)
    agent.judge(problem, Evaluation(design, {}, "it waits for ever", 0.0))
    agent.tell([design], [0.0])
    assert agent._walkers[0].at.choices == problem.start


@pytest.mark.parametrize("name", ["qlearning", "qlearning_linear", "annealing", "random_walk"])
def test_a_search_that_begins_beyond_a_bound_walks_to_where_it_is_broken_less(name: str) -> None:
    problem, agent = problem_and_agent(f"agent={name}", "search.budget=80")
    bounded = bounded_in_size(problem, 8)  # the first design has 32, two moves away
    state = fresh(bounded)
    service = EvaluationService(bounded.evaluator, EvaluationStore())
    Search(bounded, agent, service, 80).run(state)
    assert state.best is not None
    assert size_of(state.best[1].choices) <= 8


def test_no_walker_leaves_the_bounds_once_it_is_within_them() -> None:
    within, beyond = (Place(None, 0.0, {}, excess) for excess in (0.0, 0.5))  # type: ignore[arg-type]
    nowhere = Place(None, 0.0, None)  # type: ignore[arg-type]
    assert beyond.admits(within)
    assert beyond.admits(beyond)
    assert not within.admits(beyond)
    assert not beyond.admits(nowhere)
    assert beyond.gain(within) > 0


def test_a_state_tells_how_far_designs_are_beyond_bounds() -> None:
    problem, agent = problem_and_agent("agent=qlearning")
    bounded = bounded_in_size(problem, 4)
    Search(bounded, agent, EvaluationService(bounded.evaluator, EvaluationStore()), 5).run(
        fresh(bounded)
    )
    _, other = problem_and_agent("agent=qlearning")
    other.load_state_dict(agent.state_dict())
    assert agent._places == other._places
    assert other._first().excess == pytest.approx(7.0)


BY_DEPTH = "env.moves=[alter.deepen,alter.flatten]"  # designs in a row, from 1 slot to 32
BY_CHANCE_ALONE = ("agent.first_epsilon=1", "agent.last_epsilon=1")
UNDO_NOTHING = ("agent.undo=never", *BY_CHANCE_ALONE)


@pytest.mark.parametrize("seed", range(5))
def test_hot_annealing_goes_back_over_known_worse_designs(seed: int) -> None:
    problem, _ = problem_and_agent("agent=annealing", BY_DEPTH)
    agent = Annealing(problem, AnnealingOptions(40, 1e9, 1e9, 0, 1), seed)
    assert {int(one["depth"]) for one in walk(problem, agent, 40)} == {1, 2, 4, 8, 16, 32}


def test_cold_annealing_stays_at_the_best_design_it_knows() -> None:
    problem, _ = problem_and_agent("agent=annealing", BY_DEPTH)
    agent = Annealing(problem, AnnealingOptions(40, 1e-9, 1e-9, 0, 1), 0)
    walk(problem, agent, 40)
    assert agent._walkers[0].at.choices["depth"] == 1


def test_a_random_walk_heeds_no_reward() -> None:
    walks = []
    for sign in (1, -1):
        problem, agent = problem_and_agent("agent=random_walk", BY_DEPTH)
        walks.append(walk(problem, agent, 40, lambda one, sign=sign: sign * fewer_are_better(one)))
    assert walks[0] == walks[1]


def test_a_random_walk_counts_moves_to_known_designs() -> None:
    problem, agent = problem_and_agent("agent=random_walk", BY_DEPTH, "agent.n_moves=2")
    deepest = max(int(one["depth"]) for one in walk(problem, agent, 40))
    assert deepest == 32  # two moves from the first design, whose 8 slots become 32


def left_out(agent: Any) -> dict[int, set[str]]:
    moves = agent._moves.moves
    return {
        int(agent._places[key].choices["depth"]): {moves[one].name for one in tried}
        for key, tried in agent._tried.items()
    }


def test_moves_that_are_known_to_be_undone_are_left_out() -> None:
    problem, agent = problem_and_agent("agent=qlearning", BY_DEPTH, *BY_CHANCE_ALONE)
    walk(problem, agent, 40)
    found = left_out(agent)
    assert 1 in found
    assert all(names == {"alter.deepen"} for names in found.values())


def test_moves_that_are_not_undone_are_not_left_out() -> None:
    problem, agent = problem_and_agent("agent=qlearning", BY_DEPTH, *UNDO_NOTHING)
    walk(problem, agent, 40)
    assert not left_out(agent)


def test_moves_among_equal_designs_are_made_once_and_then_left_out() -> None:
    typed = "env.moves=[arbitrate.policy,alter.deepen]"
    problem, agent = problem_and_agent("agent=qlearning", typed, *UNDO_NOTHING)
    walk(problem, agent, 40)
    assert all(names == {"arbitrate.policy"} for names in left_out(agent).values())
    assert left_out(agent)


def test_a_move_that_chance_has_a_say_in_is_never_left_out() -> None:
    typed = ("env.moves=[map.rebuild,arbitrate.policy]", "env.start.neurons_per_core=256")
    problem, agent = problem_and_agent("agent=qlearning", *typed, *UNDO_NOTHING)
    walk(problem, agent, 40)  # few cores to begin with, so that known designs come up soon
    assert left_out(agent) == {8: {"arbitrate.policy"}}


def test_q_learning_that_undoes_nothing_walks_back_over_known_worse_designs() -> None:
    problem, agent = problem_and_agent("agent=qlearning", BY_DEPTH, *UNDO_NOTHING)
    assert {int(one["depth"]) for one in walk(problem, agent, 40)} == {1, 2, 4, 8, 16, 32}


def test_annealing_cools_to_its_last_temperature() -> None:
    problem, _ = problem_and_agent("agent=annealing")
    agent = Annealing(problem, AnnealingOptions(10, 1.0, 0.01, 0, 1), 0)
    walk(problem, agent, 11)
    assert agent.temperature == pytest.approx(0.01 * agent._sum / agent._n_seen)


def test_a_pair_never_seen_has_the_value_of_its_move_elsewhere() -> None:
    table = QTable(BINS, 2, learning_rate=0.1, prior_weight=2.0)
    table.learn({"aer_ps": 0.0}, 1, 3.0)
    unknown, known = table.of({"aer_ps": 5.0})
    assert unknown == float("inf")
    assert known == 3.0


def test_a_plain_table_knows_nothing_of_other_states() -> None:
    table = QTable(BINS, 1, learning_rate=0.1, prior_weight=0.0)
    table.learn({"aer_ps": 0.0}, 0, 3.0)
    assert table.of({"aer_ps": 0.5}).tolist() == [3.0]
    assert table.of({"aer_ps": 5.0}).tolist() == [float("inf")]


def test_the_learning_rate_falls_to_its_least() -> None:
    table = QTable(BINS, 1, learning_rate=0.4, prior_weight=0.0)
    for target in (4.0, 2.0, 0.0):  # 4, then (4 + 2) / 2, then 3 - 0.4 * 3
        table.learn({"aer_ps": 0.0}, 0, target)
    assert table.of({"aer_ps": 0.0})[0] == pytest.approx(1.8)


def test_an_environment_without_moves_is_one_line() -> None:
    settings = settings_from(["env=toy", "agent=annealing"])
    with pytest.raises(UsageError, match="annealing goes from design to design by moves"):
        check_agent(settings, make_problem(settings).space)


def saved(agent: Any, folder: Path) -> str:
    folder.mkdir()
    torch.save({"agent": agent.state_dict()}, folder / "checkpoint.pt")
    return f"agent.init={folder}"


@pytest.mark.parametrize("name", ["qlearning", "qlearning_linear"])
def test_what_one_run_has_learnt_is_where_another_begins(name: str, tmp_path: Path) -> None:
    problem, agent = problem_and_agent(f"agent={name}")
    walk(problem, agent, 30)
    typed = saved(agent, tmp_path / "learnt")
    _, other = problem_and_agent(f"agent={name}", typed)
    seen = problem.bins.features(METRICS)
    assert other.values.of(seen).tolist() == agent.values.of(seen).tolist()
    assert other._places == {}


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (["agent=qlearning", "env.moves=[map.swap,balance.deal]"], "moves is "),
        (["agent=qlearning", "env.bins.aer_ps=[1.0]"], "bins.aer_ps is "),
        (["agent=qlearning_linear"], "kind is 'QTable' there and 'LinearValues' here"),
    ],
)
def test_what_was_learnt_about_something_else_is_one_line(
    typed: list[str], said: str, tmp_path: Path
) -> None:
    problem, agent = problem_and_agent("agent=qlearning")
    walk(problem, agent, 3)
    init = saved(agent, tmp_path / "learnt")
    with pytest.raises(UsageError, match="has learnt about something else") as told:
        problem_and_agent(*typed, init)
    assert said in str(told.value)


def test_a_run_that_learnt_no_values_is_one_line(tmp_path: Path) -> None:
    _, agent = problem_and_agent("agent=annealing")
    init = saved(agent, tmp_path / "annealed")
    with pytest.raises(UsageError, match="has learnt no values of moves"):
        problem_and_agent("agent=qlearning", init)


@pytest.mark.parametrize(
    "change",
    [
        {"values": None},
        {"values": {"rows": {}, "overall": [[0.0], [0.0]]}},
        {"values": {"rows": {(0,): [[0.0], ["a"]]}, "overall": [[0.0], [0.0]]}},
        {"largest": "most"},
        {"largest": None},
    ],
)
def test_damaged_values_of_moves_are_one_line(change: dict[str, Any], tmp_path: Path) -> None:
    _, agent = problem_and_agent("agent=qlearning")
    state = agent.state_dict() | change
    torch.save({"agent": state}, tmp_path / "checkpoint.pt")
    with pytest.raises(UsageError, match="is damaged: no values of moves can be read"):
        problem_and_agent("agent=qlearning", f"agent.init={tmp_path}")


def test_no_run_to_begin_with_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="holds no run"):
        problem_and_agent("agent=qlearning", f"agent.init={tmp_path}")


def test_no_run_to_begin_with_is_found_before_a_directory_is_made(tmp_path: Path) -> None:
    settings = settings_from(["env=ancoef", f"agent.init={tmp_path}"])
    with pytest.raises(UsageError, match="holds no run"):
        check_agent(settings, make_space(settings))


def test_a_larger_batch_shares_what_it_learns() -> None:
    problem, agent = problem_and_agent("agent=qlearning", "agent.batch_size=3")
    for _ in range(3):
        designs = agent.ask(3)
        for design in designs:
            agent.judge(problem, Evaluation(design, METRICS, None, 0.0))
        agent.tell(designs, [fewer_are_better(one) for one in designs])
    assert agent.values._overall.n.sum() == 6  # of three walkers, the first design aside


def test_a_search_over_the_loop_is_reproducible() -> None:
    visits = []
    for _ in range(2):
        problem, agent = problem_and_agent("agent=qlearning")
        service = EvaluationService(problem.evaluator, EvaluationStore())
        visits.append(Search(problem, agent, service, 12).run(fresh(problem)).visits)
    assert visits[0] == visits[1]
