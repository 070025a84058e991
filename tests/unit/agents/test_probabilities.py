"""The record of a policy's probabilities: written batch by batch, read whatever happened."""

from pathlib import Path

import pytest

from agents.loop import Search, fresh
from agents.making import make_searcher
from agents.probabilities import (
    PROBABILITIES,
    ProbabilityObserver,
    Probable,
    read_probabilities,
)
from agents.usage import settings_from
from envs.assembly import make_problem
from envs.service import EvaluationService
from envs.store import EvaluationStore

SETTINGS = settings_from(["env=toy", "agent=reinforce", "agent.batch_size=4"])
PROBLEM = make_problem(SETTINGS)


def searched(folder: Path, budget: int = 12) -> dict[int, list[list[float]]]:
    agent = make_searcher(SETTINGS, PROBLEM)
    assert isinstance(agent, Probable)
    observer = ProbabilityObserver(folder / PROBABILITIES, agent)
    service = EvaluationService(PROBLEM.evaluator, EvaluationStore(), 0, 1)
    Search(PROBLEM, agent, service, budget, [observer]).run(fresh(PROBLEM))  # type: ignore[arg-type]
    observer.close()
    service.close()
    return read_probabilities(folder)


def test_each_batch_leaves_a_line_of_probabilities_of_every_decision(tmp_path: Path) -> None:
    found = searched(tmp_path)
    assert len(found) >= 3
    for rows in found.values():
        assert [len(row) for row in rows] == PROBLEM.space.n_choices.tolist()
        assert all(sum(row) == pytest.approx(1, abs=1e-3) for row in rows)


def test_a_line_left_half_is_passed_over_and_what_is_written_twice_counts_once(
    tmp_path: Path,
) -> None:
    before = searched(tmp_path)
    path = tmp_path / PROBABILITIES
    path.write_text(path.read_text("utf-8")[:-30], "utf-8")
    assert searched(tmp_path) == before


def test_a_run_that_kept_none_has_none(tmp_path: Path) -> None:
    assert read_probabilities(tmp_path) == {}


def test_agents_without_a_policy_keep_none() -> None:
    settings = settings_from(["env=toy", "agent=random"])
    assert not isinstance(make_searcher(settings, PROBLEM), Probable)


@pytest.mark.parametrize(
    "rows", ["3", '"half"', "[[0.5, 0.5], 3]", '[["half"]]', "[[NaN, 0.5]]", "[[2.0]]", "[[1e999]]"]
)
def test_a_line_without_probabilities_is_passed_over(rows: str, tmp_path: Path) -> None:
    lines = ('{"evaluations": 4, "probabilities": [[0.25, 0.75]]}',
             f'{{"evaluations": 8, "probabilities": {rows}}}')  # fmt: skip
    (tmp_path / PROBABILITIES).write_text("\n".join(lines), "utf-8")
    assert read_probabilities(tmp_path) == {4: [[0.25, 0.75]]}
