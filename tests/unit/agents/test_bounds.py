"""Absurd settings of an agent are refused, or end the search in one line."""

from pathlib import Path

import pytest
from e2e_tools import n_stored

from agents.train import main

REFUSED = {
    "agent.hidden_size=1000000000": "agent.hidden_size: needs at most 4096",
    "agent.learning_rate=1e300": "agent.learning_rate: needs at most 10",
    "agent.batch_size=100000": "agent.batch_size: needs at most 4096",
    "agent.elite_size=1000000000": "agent.elite_size: needs at most 10000",
    "agent.entropy_weight=1e300": "agent.entropy_weight: needs at most 1000",
    "search.budget=1000000000000": "search.budget: needs at most 10000000, got 1000000000000",
    "search.budget=1e30": "search.budget: needs at most 10000000, got 1e+30",
    "search.budget=-1e30": "search.budget: needs at least 1, got -1e+30",
    "search.budget=2.5": "search.budget: needs a whole number, got 2.5",
    "seed=100000000000000000000": "seed: needs less than 9223372036854775808",
    "env.infeasible_reward=1e300": "env.infeasible_reward: needs at most 1000000",
}


@pytest.mark.parametrize("typed", REFUSED)
def test_absurd_numbers_are_refused(typed: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["env=toy", typed]) == 2
    said = capsys.readouterr().err
    assert REFUSED[typed] in said
    assert said.count("\n") == 1


def test_a_policy_that_overflows_ends_the_search_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("huge_reward.py").write_text(
        "class Huge:\n    def __call__(self, metrics): return 1e300 * metrics['energy_j']\n"
    )
    assert main(["env=toy", "reward._target_=huge_reward.Huge", "run_dir=run"]) == 2
    said = capsys.readouterr().err
    assert "choose a smaller agent.learning_rate (it is 0.005) or smaller rewards" in said
    assert said.count("\n") == 1
    assert n_stored(Path("run")) == 8


def test_a_budget_below_a_batch_is_kept_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["env=toy", "search.budget=3", "agent.batch_size=64", "run_dir=run"]) == 0
    assert n_stored(Path("run")) == 3
