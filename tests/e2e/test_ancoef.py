"""``env=ancoef`` as a user types it."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Train = Callable[..., subprocess.CompletedProcess[str]]
SMALL = "env.space.neurons_per_core=[64,128]"  # for the actor engine, which confirms the best


def test_a_search_ends_with_a_design_and_tells_its_targets(tmp_path: Path, train: Train) -> None:
    typed = (SMALL, "search.budget=9", "reward.targets.latency_s=1", "run_dir=run")
    ended = train("env=ancoef", "agent=random", *typed)
    assert ended.returncode == 0, ended.stderr
    assert "targets: latency_s" in ended.stdout
    assert "targets of the best design: latency_s met" in ended.stdout
    assert "actor engine: " in ended.stdout
    assert (tmp_path / "run" / "mesh.png").is_file()
    summary = json.loads((tmp_path / "run" / "summary.json").read_text())
    assert summary["evaluations"] == 9
    assert summary["best"]["metrics"]["edp_js"] > 0
    assert summary["best_within_targets"]["design"] == summary["best"]["design"]
    more = train("resume=run", "search.budget=11")
    assert more.returncode == 0, more.stderr
    assert json.loads((tmp_path / "run" / "summary.json").read_text())["evaluations"] == 11


def test_targets_that_nothing_meets_are_told_at_the_end(tmp_path: Path, train: Train) -> None:
    ended = train(
        "env=ancoef", "agent=random", SMALL, "search.budget=4", "run_dir=run",
        "reward.targets.latency_s=1e-9",
    )  # fmt: skip
    assert ended.returncode == 2
    assert ended.stderr.splitlines()[-1].startswith(
        "error: reward.targets: no design met latency_s 1e-09 (least "
    )
    assert (tmp_path / "run" / "summary.json").is_file()


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("env.moves=[map.swop]", "env.moves: no move called 'map.swop'; did you mean 'map.swap'?"),
        ("env.space.mesh=[2x2]", "s256 fits no mesh"),
        ("constraints.n_parameters=5", "env=ancoef does not measure it"),
        ("env.application=nowhere.npz", "there is no file nowhere.npz"),
    ],
)
def test_a_mistake_is_one_line(typed: str, told: str, tmp_path: Path, train: Train) -> None:
    ended = train("env=ancoef", "agent=random", typed)
    assert ended.returncode == 2
    line = ended.stderr.splitlines()[-1]  # before it, perhaps that something is compiled
    assert line.startswith("error: ")
    assert told in line
    assert "Traceback" not in ended.stderr
    assert not list(tmp_path.iterdir())
