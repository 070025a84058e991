"""Searches of one team in processes of their own, and a real PostgreSQL server."""

import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from e2e_tools import SMALL, n_stored, results, rows, trajectory, wait_until
from postgres import Server, needs_postgresql, server

Train = Callable[..., subprocess.CompletedProcess[str]]
Start = Callable[..., subprocess.Popen[str]]
BUDGET = 8


@pytest.fixture
def postgresql() -> Iterator[Server]:
    with server() as started:
        yield started


@needs_postgresql
@pytest.mark.slow
@pytest.mark.timeout(1500)
def test_two_searches_at_once_one_of_them_killed_evaluate_nothing_twice(
    postgresql: Server, tmp_path: Path, train: Train, start: Start
) -> None:
    search = [*SMALL, f"search.budget={BUDGET}", "search.workers=1"]
    shared = [*search, f"store={postgresql.address()}"]
    killed, other = start(*shared, "run_dir=killed"), start(*shared, "run_dir=other")
    assert wait_until(lambda: n_stored(tmp_path / "killed") >= 3, 500)
    os.kill(killed.pid, signal.SIGKILL)
    killed.communicate()
    output, _ = other.communicate(timeout=400)
    assert other.returncode == 0, output  # what was claimed by the killed one is free again
    again = train("resume=killed", shared[-1], timeout_s=400)
    assert again.returncode == 0, again.stderr
    alone = train(*search, "run_dir=alone", timeout_s=400)
    assert alone.returncode == 0, alone.stderr
    for name in ("killed", "other"):
        assert trajectory(tmp_path / name) == trajectory(tmp_path / "alone")
        assert results(tmp_path / name) == results(tmp_path / "alone")
    ((n_rows,),) = postgresql.asked("SELECT COUNT(*) FROM coexplore_evaluations")
    assert n_rows == len(results(tmp_path / "alone")) == BUDGET
    # evaluating takes its time, which is never twice the same: an equal time is a shared evaluation
    times = postgresql.asked("SELECT wall_s FROM coexplore_evaluations")
    assert {time for (time,) in times} == wall_times(tmp_path / "other")
    assert len(wall_times(tmp_path / "killed") & wall_times(tmp_path / "other")) >= BUDGET - 1


def wall_times(run: Path) -> set[object]:
    return {one for (one,) in rows(run, "SELECT wall_s FROM evaluations")}
