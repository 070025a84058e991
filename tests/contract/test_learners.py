"""What every agent of Stable-Baselines3 owes, through the command, as a user types it."""

from pathlib import Path

import pytest
import torch
from searches import ENVS, evaluated, proposed, trajectory

from agents.learner import NAMES
from agents.train import main

BUDGET = 20


@pytest.mark.parametrize("name", NAMES)
class TestLearner:
    @pytest.mark.parametrize("env", ENVS)
    def test_a_search_cut_short_goes_on_as_the_one_that_was_not(
        self, name: str, env: str, tmp_path: Path
    ) -> None:
        typed = [*ENVS[env], f"agent={name}", "seed=3"]
        whole, cut = tmp_path / "whole", tmp_path / "cut"
        assert main([*typed, f"search.budget={BUDGET}", f"run_dir={whole}"]) == 0
        assert main([*typed, "search.budget=8", f"run_dir={cut}"]) == 0
        assert len(evaluated(cut)) == 8
        assert trajectory(cut) == trajectory(whole)[: len(trajectory(cut))]
        assert main([f"resume={cut}", f"search.budget={BUDGET}"]) == 0
        assert len(evaluated(cut)) == BUDGET
        assert trajectory(cut) == trajectory(whole)
        assert evaluated(cut) == evaluated(whole)
        kept = torch.load(cut / "checkpoint.pt", weights_only=True)["agent"]
        assert all(torch.isfinite(one).all() for one in kept["policy"].values())
        assert kept["optimizer"]["param_groups"]

    def test_another_seed_is_another_search(self, name: str, tmp_path: Path) -> None:
        for seed in (0, 1):
            own = [f"seed={seed}", f"run_dir={tmp_path / str(seed)}", "search.budget=5"]
            assert main(["env=toy", f"agent={name}", *own]) == 0
        assert proposed(tmp_path / "0") != proposed(tmp_path / "1")


@pytest.mark.parametrize("name", [name for name in NAMES if name != "dqn"])
def test_whole_designs_are_learnt_too(name: str, tmp_path: Path) -> None:
    typed = ["env=toy", f"agent={name}", "agent.form=oneshot", "search.budget=10"]
    assert main([*typed, f"run_dir={tmp_path / 'run'}"]) == 0
    assert len(evaluated(tmp_path / "run")) == 10


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (["env=toy", "agent=dqn", "agent.form=oneshot"], "agent.form: dqn takes one action a step"),
        (["env=toy", "agent=ppo", "agent.minibatch_size=30"], "a divisor of n_steps x n_envs, 16"),
        (["env=toy", "agent=dqn", "agent.n_envs=8", "agent.buffer_size=4"], "buffer_size 4 holds"),
        (["env=toy", "agent=a2c", "agent.learning_rate=nan"], "agent.learning_rate: needs a fin"),
        (["env=toy", "agent=a2c", "agent.n_step=3"], "no such key; did you mean 'n_steps'?"),
        (["env=coexplore", "env.inner.agent=ppo"], "env.inner.agent: ppo drives an environment"),
    ],
)
def test_a_mistake_is_one_line(
    typed: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(typed) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: ")
    assert said in line


def test_a_missing_package_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("agents.learner.find_spec", lambda _name: None)
    assert main(["env=toy", "agent=maskable_ppo"]) == 2
    said = "the package sb3_contrib is missing; pip install 'coexplore[sb3]'"
    assert said in capsys.readouterr().err
