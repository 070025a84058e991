"""``env=coexplore`` as a user types it."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from coexploration import SMALL
from e2e_tools import check_one_line, killed_once_stored, results, summary, trajectory

Train = Callable[..., subprocess.CompletedProcess[str]]
Start = Callable[..., subprocess.Popen[str]]
LOOSE = tuple(f"reward.targets.{cost}=1" for cost in ("latency_s", "energy_j", "area_m2"))
SEARCH = (
    *SMALL, *LOOSE, "search.budget=4", "agent.n_rounds=2", "agent.n_mutations=1",
    "agent.n_crossovers=1", "env.n_survivors=1",
)  # fmt: skip


def told(run_dir: Path) -> dict[str, object]:
    """What a run has found, without the times that differ from run to run."""
    found = {key: summary(run_dir)[key] for key in ("best", "comparison", "answer", "confirmed")}
    survivors = json.loads(json.dumps(summary(run_dir)["survivors"]))
    for one in survivors:
        del one["wall_s"]
    return found | {"survivors": survivors}


@pytest.mark.slow
def test_it_ends_with_a_trained_network_whatever_the_workers_and_however_often_it_was_cut(
    tmp_path: Path, train: Train, start: Start
) -> None:
    ended = train(*SEARCH, "run_dir=one", "search.workers=1")
    assert ended.returncode == 0, ended.stderr
    assert "figures of the actor engine: equal" in ended.stdout
    found = told(tmp_path / "one")
    assert found["confirmed"] == {"is_equal": True, "different": []}
    assert found["answer"] == json.loads(json.dumps(found["survivors"]))[0]["blocks"]
    assert (tmp_path / "one" / "fronts.png").is_file()
    process = start(*SEARCH, "run_dir=two", "search.workers=2")
    killed_once_stored(process, tmp_path / "two", 100)
    again = train("resume=two")
    assert again.returncode == 0, again.stderr
    assert results(tmp_path / "two") == results(tmp_path / "one")
    assert trajectory(tmp_path / "two") == trajectory(tmp_path / "one")
    assert told(tmp_path / "two") == found


@pytest.mark.slow
def test_targets_that_no_network_comes_near_are_told_in_one_line(
    tmp_path: Path, train: Train
) -> None:
    ended = train(*SEARCH, "run_dir=run", "reward.targets.energy_j=1e-9", "env.is_compared=false")
    assert ended.returncode == 2
    line = ended.stderr.splitlines()[-1]
    assert line.startswith("error: reward.targets: no design met energy_j 1e-09 (least ")
    assert "dropped after 2 of 4 simulations: energy_j is" in ended.stdout
    assert summary(tmp_path / "run")["best"] is None
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("dataset=synthetic", "the network takes (1, 8, 8) images of 10 classes"),
        ("env.n_samples=5000", "env.n_samples: needs at most the 269 images held out, got 5000"),
        ("env.hardware.application=s512", "env: hardware.application is each network's own"),
        ("env.inner.agent=spikenas", "env.inner.agent: spikenas searches cells, no hardware"),
    ],
)
def test_a_mistake_is_one_line(typed: str, said: str, tmp_path: Path, train: Train) -> None:
    check_one_line(train("env=coexplore", typed), said, tmp_path)
