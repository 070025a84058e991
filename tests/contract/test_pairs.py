"""Every agent on every environment: it searches, or one line says why it cannot."""

import json
from pathlib import Path

import pytest
from extras import skip_unless_there

from agents.morl import NAMES as MORL_LEARNERS
from agents.train import main
from configs import catalog

ENVS = ("toy", "nacim", "neuronas", "ancoef", "coexplore", "joint")
BUDGET = 5
BY_MOVES = frozenset({"anas", "annealing", "qlearning", "qlearning_linear", "random_walk"})
EXHAUSTIVE = frozenset({"neuronas", "spikenas"})  # try all of a cell, or of a space like one
BY_DECISIONS = frozenset(catalog.names("agent")) - BY_MOVES - EXHAUSTIVE - {"snasnet"}
TABULAR = frozenset({"pql"})  # few states only
ABLE = {  # who searches what
    "toy": BY_DECISIONS | EXHAUSTIVE,
    "nacim": BY_DECISIONS - TABULAR,
    "neuronas": BY_DECISIONS - TABULAR | EXHAUSTIVE,
    "ancoef": BY_DECISIONS | BY_MOVES | EXHAUSTIVE,
    "coexplore": BY_DECISIONS | EXHAUSTIVE,
    "joint": BY_DECISIONS - TABULAR,
}
OWN = {
    "neuronas": ("env.training.epochs=0",),
    "coexplore": tuple(f"reward.targets.{cost}=1" for cost in ("latency_s", "energy_j", "area_m2")),
}


@pytest.mark.parametrize("env", ENVS)
@pytest.mark.parametrize("agent", catalog.names("agent"))
def test_it_searches_or_says_in_one_line_why_it_cannot(
    agent: str, env: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if agent in MORL_LEARNERS:
        skip_unless_there("morl")
    run = tmp_path / "run"
    typed = [f"env={env}", f"agent={agent}", "env.evaluator=constant", *OWN.get(env, ())]
    code = main([*typed, f"search.budget={BUDGET}", f"run_dir={run}"])
    if agent in ABLE[env]:
        assert code == 0
        assert json.loads((run / "summary.json").read_text())["evaluations"] == BUDGET
        return
    assert code == 2
    told = capsys.readouterr().err
    assert told.startswith("error: ")
    assert told.count("\n") == 1
    assert not run.exists()
