import itertools
from collections.abc import Callable

import numpy as np
import pytest
from cells import cell_settings

from agents.base import Actions, AgentError
from agents.cellwise import CellwiseSearch
from agents.usage import settings_from
from envs.assembly import make_problem
from envs.cell_space import CellSpace
from envs.evaluation import Evaluation
from envs.space import SearchSpace

N = 3**6


def space(n_cells: int = 2) -> SearchSpace:
    return CellSpace.of(cell_settings(n_cells=n_cells)).space()


def enumerated(agent: CellwiseSearch, value: Callable[[Actions], float]) -> list[Actions]:
    """Ask until nothing comes any more."""
    found: list[Actions] = []
    while proposals := agent.ask(100):
        agent.tell(proposals, [value(actions) for actions in proposals])
        found += proposals
    return found


def test_the_first_budgets_tries_all_cells_alike_in_the_order_of_their_vectors() -> None:
    found = enumerated(CellwiseSearch(space()), lambda _: 0.0)[:N]
    assert found == [cell * 2 for cell in itertools.product(range(3), repeat=6)]


def test_the_second_pass_keeps_the_first_cell_and_tries_all_others() -> None:
    best = (1, 0, 2, 1, 0, 1)
    found = enumerated(CellwiseSearch(space()), lambda actions: float(actions[:6] == best))
    assert len(found) == 2 * N == CellwiseSearch(space()).n_designs
    assert {actions[:6] for actions in found[N:]} == {best}
    assert [actions[6:] for actions in found[N:]] == list(itertools.product(range(3), repeat=6))


def test_three_cells_take_three_passes_and_keep_what_was_saved() -> None:
    def value(actions: Actions) -> float:
        wanted = (1,) * 6 + (2,) * 6 + (0,) * 6
        return float(np.equal(actions, wanted).sum())

    agent = CellwiseSearch(space(3))
    found = enumerated(agent, value)
    assert len(found) == 3 * N
    assert {actions[:6] for actions in found[N:]} == {found[N][:6]}
    assert {actions[6:12] for actions in found[2 * N :]} == {(2,) * 6}
    saved = agent.state_dict()["saved"]
    assert saved[1:] == [[2] * 6, [0] * 6]


def test_one_cell_takes_one_pass() -> None:
    assert len(enumerated(CellwiseSearch(space(1)), lambda _: 1.0)) == N


def test_the_first_of_equals_is_kept() -> None:
    agent = CellwiseSearch(space())
    agent.tell([(1,) * 12, (2,) * 12], [5.0, 5.0])
    assert agent.state_dict()["saved"] == [[1] * 6] * 2


def test_the_second_pass_must_beat_the_first() -> None:
    agent = CellwiseSearch(space())
    enumerated(agent, lambda actions: 2.0 if actions == (1,) * 12 else 1.0)
    assert agent.state_dict()["saved"] == [[1] * 6] * 2


def test_scores_far_below_zero_are_scores() -> None:
    agent = CellwiseSearch(space())
    enumerated(agent, lambda _: -5000.0)
    assert agent.state_dict()["best"] == -5000


def test_without_anything_feasible_it_ends_after_the_first_budgets() -> None:
    assert len(enumerated(CellwiseSearch(space()), lambda _: -np.inf)) == N


@pytest.mark.parametrize(
    ("first_budgets", "n_pass", "expected"),
    [("memory", 0, 0.5), ("memory", 1, -np.inf), ("all", 0, -np.inf)],
)
def test_a_broken_budget_other_than_memory_is_forgiven_in_neuronas_s_first_budgets_only(
    first_budgets: str, n_pass: int, expected: float
) -> None:
    problem = make_problem(settings_from(["env=neuronas", "env.evaluator=constant"]))
    agent = CellwiseSearch(problem.space, first_budgets)  # type: ignore[arg-type]
    agent.load_state_dict(agent.state_dict() | {"pass": n_pass})
    metrics = dict.fromkeys((one.metric for one in problem.objectives), 0.5)
    costs_too_much = Evaluation({}, metrics, "energy_j 0.5 > 0.1")
    unmeasured = Evaluation({}, {"memory_bits": 9.0}, "memory_bits 9 > 8")
    assert agent.judge(problem, costs_too_much) == expected
    assert agent.judge(problem, unmeasured) == -np.inf
    assert agent.judge(problem, Evaluation({}, metrics)) == 0.5


def test_a_space_without_cells_is_refused() -> None:
    problem = make_problem(settings_from(["env=nacim", "env.evaluator=constant"]))
    with pytest.raises(AgentError, match="conv1 and fc1 do not; take env=neuronas"):
        CellwiseSearch(problem.space)
