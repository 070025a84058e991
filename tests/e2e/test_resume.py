import os
import random
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
import yaml
from e2e_tools import (
    SMALL,
    has_forkserver,
    is_group_alive,
    n_stored,
    results,
    rows,
    summary,
    trajectory,
    wait_until,
    workers_of,
)

Train = Callable[..., subprocess.CompletedProcess[str]]
Start = Callable[..., subprocess.Popen[str]]
BUDGET = 20


@pytest.mark.slow
def test_four_kills_lose_and_repeat_nothing(tmp_path: Path, train: Train, start: Start) -> None:
    search = [*SMALL, f"search.budget={BUDGET}"]
    unbroken = train(*search, "run_dir=unbroken", "search.workers=1")
    assert unbroken.returncode == 0, unbroken.stderr
    broken = tmp_path / "broken"
    moments = random.Random(time.time_ns())  # noqa: S311 (any moment must do)
    finished: dict[object, object] = {}
    arguments = [*search, "run_dir=broken"]
    for n_kill in range(4):
        process = start(*arguments)
        wanted = min(BUDGET - 2, len(finished) + moments.randint(1, 5))
        assert wait_until(lambda n=wanted: n_stored(broken) >= n, 200), f"kill {n_kill}"
        time.sleep(moments.uniform(0, 0.4))
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
        assert wait_until(lambda p=process: not is_group_alive(p.pid), 10), "workers outlive it"
        now = dict(rows(broken, "SELECT key, created || wall_s FROM evaluations"))
        assert finished.items() <= now.items()
        finished = now
        arguments = ["resume=broken"]
    assert train("resume=broken").returncode == 0
    assert (
        finished.items()
        <= dict(rows(broken, "SELECT key, created || wall_s FROM evaluations")).items()
    )
    assert trajectory(broken) == trajectory(tmp_path / "unbroken")
    assert results(broken) == results(tmp_path / "unbroken")
    assert len(trajectory(broken)) >= BUDGET
    assert summary(broken)["evaluations"] == BUDGET


@pytest.mark.slow
def test_interrupt_saves_and_says_how_to_go_on(tmp_path: Path, train: Train, start: Start) -> None:
    process = start(*SMALL, "search.budget=400", "run_dir=stopped")
    assert wait_until(lambda: n_stored(tmp_path / "stopped") >= 5, 200)
    os.kill(process.pid, signal.SIGINT)
    output, _ = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "python -m agents.train resume=stopped" in output
    assert "Traceback" not in output
    n_before = n_stored(tmp_path / "stopped")
    again = train("resume=stopped", f"search.budget={n_before + 3}")
    assert again.returncode == 0, again.stderr
    assert summary(tmp_path / "stopped")["evaluations"] == n_before + 3


@pytest.mark.slow
@pytest.mark.parametrize("after_s", [0.1, 0.8, 2, 3])
def test_an_interrupt_while_workers_start_is_quiet(after_s: float, start: Start) -> None:
    process = start(*SMALL, "search.budget=400", "run_dir=early")
    assert wait_until(lambda: has_forkserver(process.pid), 200)
    time.sleep(after_s)  # it imports torch, then forks the workers
    os.killpg(process.pid, signal.SIGINT)  # as the terminal does: to all of them
    output, _ = process.communicate(timeout=20)
    assert process.returncode == 130
    assert output.endswith("python -m agents.train resume=early\n"), output
    assert "Traceback" not in output


@pytest.mark.slow
def test_a_dead_worker_is_told_and_the_search_can_go_on(
    tmp_path: Path, train: Train, start: Start
) -> None:
    process = start(*SMALL, "search.budget=400", "run_dir=hurt")
    assert wait_until(lambda: n_stored(tmp_path / "hurt") >= 3, 200)
    for worker in workers_of(process.pid):
        os.kill(worker, signal.SIGKILL)
    output, _ = process.communicate(timeout=20)
    assert process.returncode == 1
    assert "a worker process died" in output
    assert "Traceback" not in output
    again = train("resume=hurt", f"search.budget={n_stored(tmp_path / 'hurt') + 1}")
    assert again.returncode == 0, again.stderr


@pytest.mark.slow
def test_workers_change_no_result(tmp_path: Path, train: Train) -> None:
    for n in (1, 2):
        ended = train(*SMALL, "search.budget=8", f"search.workers={n}", f"run_dir=w{n}")
        assert ended.returncode == 0, ended.stderr
    assert trajectory(tmp_path / "w1") == trajectory(tmp_path / "w2")
    assert results(tmp_path / "w1") == results(tmp_path / "w2")
    assert len(results(tmp_path / "w1")) == 8


@pytest.mark.parametrize("name", ["config.yaml", "evaluations.sqlite"])
def test_a_broken_file_is_told_in_one_line(name: str, tmp_path: Path, train: Train) -> None:
    assert train("env=toy", "search.budget=8", "run_dir=hurt").returncode == 0
    (tmp_path / "hurt" / name).write_text("{{{ neither YAML nor a database " * 200)
    ended = train("resume=hurt", "search.budget=16")
    assert ended.returncode == 2
    assert ended.stderr.count("\n") == 1
    assert name in ended.stderr


def test_a_larger_budget_is_kept_and_changes_nothing_before_it(
    tmp_path: Path, train: Train
) -> None:
    assert train("env=toy", "search.budget=20", "run_dir=whole").returncode == 0
    assert train("env=toy", "search.budget=10", "run_dir=parts").returncode == 0
    assert len(trajectory(tmp_path / "parts")) >= 10  # what was not learnt from is told too
    assert train("resume=parts", "search.budget=20").returncode == 0
    assert trajectory(tmp_path / "parts") == trajectory(tmp_path / "whole")
    assert results(tmp_path / "parts") == results(tmp_path / "whole")
    config = yaml.safe_load((tmp_path / "parts" / "config.yaml").read_text())
    assert config["search"]["budget"] == 20
    assert (config["run_dir"], config["resume"]) == ("parts", None)
    assert train("resume=parts").returncode == 0
    assert summary(tmp_path / "parts")["budget"] == 20
    assert summary(tmp_path / "parts")["evaluations"] == 20


def test_results_of_other_code_are_refused(tmp_path: Path, train: Train) -> None:
    assert train("env=toy", "search.budget=8", "run_dir=old").returncode == 0
    with closing(sqlite3.connect(tmp_path / "old" / "evaluations.sqlite")) as store, store:
        store.execute(
            "UPDATE context SET checksum = NULL, "
            "content = replace(content, '\"toy\": 1', '\"toy\": 0')"
        )
    ended = train("resume=old", "search.budget=16")
    assert ended.returncode == 2
    assert ended.stderr == (
        "error: resume: old was evaluated with other code or data files: "
        "evaluator.toy is 0 there and 1 here; begin a new run\n"
    )


@pytest.mark.parametrize("mistake", ["float('nan')", "1 / 0", "metrics['beauty']"])
def test_a_reward_that_fails_on_some_designs_loses_nothing(
    mistake: str, tmp_path: Path, train: Train
) -> None:
    text = "class Own:\n    def __call__(self, metrics):\n        return {} if {} else 1\n"
    module, searched = tmp_path / "mine.py", ["env=toy", "reward._target_=mine.Own"]
    module.write_text(text.format(mistake, "metrics['accuracy'] > 0.7"))
    ended = train(*searched, "search.budget=40", "run_dir=own")
    assert ended.returncode == 2
    assert ended.stderr.startswith("error: the reward ")
    assert "resume=own" in ended.stderr
    assert ended.stderr.count("\n") == 1
    assert n_stored(tmp_path / "own") > 0
    assert train("resume=own").returncode == 2  # and again, until it is mended
    module.write_text(text.format("2", "metrics['accuracy'] > 0.7"))
    assert train("resume=own").returncode == 0
    assert summary(tmp_path / "own")["evaluations"] == 40


def test_a_second_process_is_kept_out(tmp_path: Path, train: Train, start: Start) -> None:
    start(*SMALL, "search.budget=400", "run_dir=busy")
    assert wait_until((tmp_path / "busy" / "evaluations.sqlite").exists, 200)
    second = train("resume=busy")
    assert second.returncode == 2
    assert "another process" in second.stderr
