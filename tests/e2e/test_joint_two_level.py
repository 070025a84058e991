"""``experiment=joint_two_level`` as a user types it."""

import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from e2e_tools import check_one_line, n_stored, results, summary, trajectory, wait_until
from jointly import SMALL

Train = Callable[..., subprocess.CompletedProcess[str]]
Start = Callable[..., subprocess.Popen[str]]
SEARCH = (
    "experiment=joint_two_level",
    *SMALL[1:],
    "env.inner.budget=6",
    "search.budget=4",
    "agent.batch_size=2",
)


def mappings(run_dir: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in (run_dir / "mappings").glob("*.json")}


@pytest.mark.slow
def test_it_finds_the_same_mappings_whatever_the_workers_and_however_often_it_was_cut(
    tmp_path: Path, train: Train, start: Start
) -> None:
    ended = train(*SEARCH, "run_dir=one", "search.workers=1")
    assert ended.returncode == 0, ended.stderr
    assert "simulated again: equal; actor engine: equal" in ended.stdout
    told = summary(tmp_path / "one")["mapping"]
    assert told["simulated_again"] == told["actor_engine"] == "equal"
    assert told["n_simulations"] == 4 * 6
    assert len(mappings(tmp_path / "one")) == 4
    process = start(*SEARCH, "run_dir=two", "search.workers=2")
    assert wait_until(lambda: n_stored(tmp_path / "two") >= 1, 200)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    again = train("resume=two")
    assert again.returncode == 0, again.stderr
    assert results(tmp_path / "two") == results(tmp_path / "one")
    assert trajectory(tmp_path / "two") == trajectory(tmp_path / "one")
    assert mappings(tmp_path / "two") == mappings(tmp_path / "one")
    assert summary(tmp_path / "two")["mapping"] == told


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("env.switches.SM=true", "env: inner.budget: the mapping of each design is one of its"),
        ("env.inner.options.n_imagined=9", "env.inner.options.n_imagined: needs 0: forecasts"),
    ],
)
def test_a_mistake_is_one_line(typed: str, said: str, tmp_path: Path, train: Train) -> None:
    check_one_line(train("experiment=joint_two_level", typed), said, tmp_path)
