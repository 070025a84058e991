"""What every agent of MORL-Baselines owes, through the command, as a user types it."""

import random
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from extras import skip_unless_there
from searches import ENVS, evaluated, proposed, trajectory

from agents.morl import NAMES
from agents.train import main

PAIRS = [(name, env) for name in NAMES for env in ENVS if (name, env) != ("pql", "nacim")]
BUDGET = 24
FEW = {  # lessons that a short search comes to
    "pcn": ("agent.n_random=6", "agent.n_episodes=4", "agent.n_lessons=3"),
    "envelope": ("agent.learning_starts=10", "agent.minibatch_size=4"),
}


@pytest.mark.parametrize(("name", "env"), PAIRS)
def test_a_search_cut_short_goes_on_as_the_one_that_was_not(
    name: str, env: str, tmp_path: Path
) -> None:
    skip_unless_there("morl")
    typed = [*ENVS[env], f"agent={name}", *FEW.get(name, ()), "seed=3"]
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    torch.manual_seed(8)  # the search is to follow from its own seed alone
    np.random.seed(8)  # noqa: NPY002 (which the library draws from)
    assert main([*typed, f"search.budget={BUDGET}", f"run_dir={whole}"]) == 0
    torch.manual_seed(9)
    np.random.seed(9)  # noqa: NPY002 (as above)
    assert main([*typed, "search.budget=10", f"run_dir={cut}"]) == 0
    assert len(evaluated(cut)) == 10
    assert trajectory(cut) == trajectory(whole)[: len(trajectory(cut))]
    assert main([f"resume={cut}", f"search.budget={BUDGET}"]) == 0
    assert len(evaluated(cut)) == BUDGET
    assert trajectory(cut) == trajectory(whole)
    assert evaluated(cut) == evaluated(whole)
    kept = torch.load(cut / "checkpoint.pt", weights_only=True)["agent"]
    assert kept["n_steps"] > 0
    learnt = kept["policy"] if "policy" in kept else {"rewards": kept["rewards"]}
    assert all(torch.isfinite(one).all() for one in learnt.values())


@pytest.mark.parametrize("name", NAMES)
class TestMorlLearner:
    def test_another_seed_is_another_search(self, name: str, tmp_path: Path) -> None:
        skip_unless_there("morl")
        for seed in (0, 1):
            own = [f"seed={seed}", f"run_dir={tmp_path / str(seed)}", "search.budget=5"]
            assert main(["env=toy", f"agent={name}", *own]) == 0
        assert proposed(tmp_path / "0") != proposed(tmp_path / "1")

    def test_it_writes_and_says_nothing_of_its_own(
        self,
        name: str,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        skip_unless_there("morl")
        monkeypatch.chdir(tmp_path)
        typed = ["env=toy", f"agent={name}", *FEW.get(name, ()), "search.budget=20", "run_dir=run"]
        assert main(typed) == 0
        assert [one.name for one in tmp_path.iterdir()] == ["run"]
        said = capsys.readouterr().out
        assert "horizons" not in said
        assert "pygame" not in said
        assert "designs 20/20" in said

    def test_it_leaves_the_global_streams_of_chance_as_they_were(
        self, name: str, tmp_path: Path
    ) -> None:
        skip_unless_there("morl")
        drawn = []
        for n_searches in (0, 1):
            random.seed(5)
            np.random.seed(5)  # noqa: NPY002 (what is to be left alone)
            torch.manual_seed(5)
            typed = ["env=toy", f"agent={name}", "search.budget=8", f"run_dir={tmp_path / 'run'}"]
            assert not n_searches or main(typed) == 0
            drawn.append((random.random(), np.random.rand(), torch.rand(1).item()))  # noqa: NPY002, S311
        assert drawn[0] == drawn[1]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (["env=nacim", "agent=pql"], "agent=pql: keeps a table of states and actions"),
        (["env=toy", "agent=pcn", "agent.n_random=1"], "agent.n_random: "),
        (["env=toy", "agent=envelope", "agent.n_weights=1"], "agent.n_weights: "),
        (["env=toy", "agent=pql", "agent.score=volume"], "agent.score: "),
        (["env=toy", "agent=eupg", "agent.utilities=mean"], "did you mean 'utility'?"),
        (["env=coexplore", "env.inner.agent=pcn"], "env.inner.agent: pcn drives an environment"),
    ],
)
def test_a_mistake_is_one_line(
    typed: Sequence[str],
    said: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("agents.morl.find_spec", lambda _name: "there")
    assert main(typed) == 2
    lines = capsys.readouterr().err.splitlines()
    (line,) = (one for one in lines if not one.startswith("compiling the simulator"))  # at first
    assert line.startswith("error: ")
    assert said in line


def test_a_missing_package_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("agents.morl.find_spec", lambda _name: None)
    assert main(["env=toy", "agent=pcn", f"run_dir={tmp_path / 'run'}"]) == 2
    said = "error: agent=pcn: the package morl-baselines is missing; "
    assert capsys.readouterr().err == f"{said}pip install 'coexplore[morl]'\n"
    assert not (tmp_path / "run").exists()
